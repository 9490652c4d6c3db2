"""One thing that discovery says of a target, and what it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Basis(StrEnum):
    """Found: an exchange showed it. Guessed: it is likely, and somebody should look. Given: the user said so."""

    FOUND = "found"
    GUESSED = "guessed"
    GIVEN = "given"


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence, and the setting that follows from it: ``key`` of the configuration file, empty where none follows.

    Several findings may have a key whose value is a list: each adds a ``value`` to it.
    """

    basis: Basis
    sentence: str
    key: str = ""
    value: str | float | int = ""


def found(sentence: str, key: str = "", value: str | float | int = "") -> Finding:
    """What an exchange showed."""
    return Finding(Basis.FOUND, sentence, key, value)


def guessed(sentence: str, key: str = "", value: str | float | int = "") -> Finding:
    """What is likely."""
    return Finding(Basis.GUESSED, sentence, key, value)


def given(sentence: str, key: str = "", value: str | float | int = "") -> Finding:
    """What the user said."""
    return Finding(Basis.GIVEN, sentence, key, value)
