"""Area ``meaning``: relations between the vectors of different requests.

``batches``: a text has the same vector in a batch and alone. ``differences``: different texts have different vectors.
``determinism``: the same text always has the same vector. ``dimensions``: norms, and vectors of requested lengths.
``tokens``: token arrays. ``distinct_inputs``: inputs that differ in one word, number or token. ``models``: other models
of the contract. ``positions``: texts behind others, and far into a body. ``batch_sizes``: batches of the sizes at which
servers split them. ``duplicates``: copies in a batch. ``lengths``: long texts and token arrays.
``requested_lengths``: vectors of many lengths.
"""

from . import (
    batch_sizes,
    batches,
    combinations,
    determinism,
    differences,
    dimensions,
    distinct_inputs,
    duplicates,
    lengths,
    models,
    positions,
    requested_lengths,
    tokens,
)

__all__ = [
    "batch_sizes",
    "batches",
    "combinations",
    "determinism",
    "differences",
    "dimensions",
    "distinct_inputs",
    "duplicates",
    "lengths",
    "models",
    "positions",
    "requested_lengths",
    "tokens",
]
