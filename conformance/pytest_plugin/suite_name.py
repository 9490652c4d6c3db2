"""The name of the suite in pytest. It has its own module: without a target, the plugin imports nothing else."""

NAME = "embeddings-conformance"
"""The first part of each item's id, before ``::``."""
