"""Area ``state``: what one request leaves behind for another."""
