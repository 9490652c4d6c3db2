"""The command ``embeddings-conformance``."""
