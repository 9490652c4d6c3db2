"""Area ``auth``: credentials."""
