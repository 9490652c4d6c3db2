"""OpenAPI Overlay 1.1: documents whose actions change another document."""
