"""The name of the suite in pytest. A module of its own: the plugin imports nothing else without a target."""

NAME = "embeddings-conformance"
"""The first part of each item's id, before ``::``."""
