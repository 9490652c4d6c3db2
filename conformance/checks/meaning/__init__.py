"""Area ``meaning``: relations between the vectors of different requests.

``batches``: a text has the same vector in a batch and alone. ``differences``: different texts have different vectors.
``determinism``: the same text always has the same vector. ``dimensions``: lengths of vectors. ``tokens``: token arrays.
"""

from . import batches, determinism, differences, dimensions, tokens

__all__ = ["batches", "determinism", "differences", "dimensions", "tokens"]
