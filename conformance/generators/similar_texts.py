"""Pairs of different texts for which a careless cache computes the same key."""

from __future__ import annotations

from collections.abc import Mapping

from .sample_texts import sample_text

START = sample_text(131, 140)
"""Over 900 characters: longer than the part of a text that caches usually keep."""

SIMILAR: Mapping[str, tuple[str, str]] = {
    "900 characters at the start, and the length": (f"{START} granite", f"{START} harvest"),
    "the start, the end and the length": (
        f"{sample_text(132, 40)} granite {sample_text(133, 40)}",
        f"{sample_text(132, 40)} harvest {sample_text(133, 40)}",
    ),
    "the start of a longer text": (f"{sample_text(134, 30)} {sample_text(135, 9)}", sample_text(134, 30)),
    "the letters, in another order": ("night listen", "thing silent"),
    "the CRC-32 checksum": ("tower museum rabbit station", "timber turtle saddle temple"),
    "the hash code of Java": ("umbrella rocket singer turtle", "ocean silver mirror bakery"),
    "the hash FNV-1a": ("winter bottle river fiddle", "wagon blanket butter engine"),
}
"""Two different texts, by what they have in common."""
