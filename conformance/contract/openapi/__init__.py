"""Reading an OpenAPI document."""
