"""What the service tells its operators of itself: counts, ages and durations, never a person, an id or an address."""
