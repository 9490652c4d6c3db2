"""Area ``request``: what a server must accept and reject."""
