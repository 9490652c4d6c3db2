"""The forms in which a text's vector is requested, and the grades of a comparison, from `identical` to `re-embed`."""

from __future__ import annotations

from enum import IntEnum, StrEnum


class Form(StrEnum):
    """How the vector of a text is requested: alone, in a batch, in base64, or with another length."""

    SINGLE = "single"
    BATCH = "batch"
    BASE64 = "base64"
    DIMENSIONS = "dimensions"


class Grade(IntEnum):
    """How much vectors differ, the least difference first.

    IDENTICAL: no difference beyond the notation of numbers. NOISE: no more than the target's own noise. COMPATIBLE: the
    nearest texts are the same, but distances have moved. RE_EMBED: a stored index does not fit the new vectors.
    """

    IDENTICAL = 0
    NOISE = 1
    COMPATIBLE = 2
    RE_EMBED = 3

    @property
    def words(self) -> str:
        """The grade in words, as reports show it."""
        return ("identical", "within noise", "compatible", "re-embed")[self]
