"""Area ``property``: generated requests."""
