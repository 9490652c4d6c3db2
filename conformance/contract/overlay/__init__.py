"""OpenAPI Overlay 1.1."""
