"""Returns announced by foreign affairs and recorded at the gate, person by person."""
