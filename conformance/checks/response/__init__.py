"""Area ``response``: what a response must contain."""
