"""Tools to build faulty servers for tests: a correct server, and functions that change its requests and responses.

``messages``: whole requests and responses. ``servers``: servers as functions, and as ASGI applications. ``faults``: the
common kinds of faults. ``embeddings``: faults in vectors and token counts. ``credentials``: faults in authentication.
"""
