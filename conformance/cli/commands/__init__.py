"""The sub-commands of ``embeddings-conformance``, a module each: ``add_arguments(parser)`` and ``main(given)``."""
