"""OpenAPI documents: reading, JSON pointers, references."""
