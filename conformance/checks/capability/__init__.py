"""Area ``capability``: features that the target does not support."""
