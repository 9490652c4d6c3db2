"""Drive an ASGI application in this process."""
