"""Area ``meaning``: relations between the vectors of different requests."""
