"""Area ``http``: methods, media types, framing, and error responses."""
