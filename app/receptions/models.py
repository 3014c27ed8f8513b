"""Mass receptions: who of many shows indicators becomes a case, all others remain counts."""
