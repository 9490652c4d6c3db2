"""Read an array of numbers with a SIMD parser, without a Python object for each of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from threading import local
from typing import Any, Final

KEPT: Final = 2**20
"""Bytes of a text up to which its parser is used again. A parser keeps several times as much memory."""


def read_numbers(text: bytes | memoryview) -> memoryview[float] | None:
    """The numbers in *text*, a JSON array without arrays in it, as IEEE 754 doubles, shape (length,).

    None for other texts, for an integer beyond 64 bits, and for a number beyond the range of doubles. None for all
    texts on platforms for which the parser is not available.
    """
    return number_reader()(text)


def number_reader() -> Callable[[bytes | memoryview], memoryview[float] | None]:
    """``read_numbers`` for many texts, in one thread."""
    parser = _parser()
    if parser is None:
        return lambda text: None
    own = _own(parser)

    def read(text: bytes | memoryview) -> memoryview[float] | None:
        try:
            numbers = (own if len(text) <= KEPT else parser()).parse(text).as_buffer(of_type="d")
        except (ValueError, TypeError, RuntimeError, AttributeError):
            return None
        return memoryview(numbers).cast("d")

    return read


_of_thread = local()


def _own(parser: Any) -> Any:
    """The parser of this thread."""
    try:
        return _of_thread.parser
    except AttributeError:
        _of_thread.parser = parser()
        return _of_thread.parser


@lru_cache(maxsize=1)
def _parser() -> Any:
    try:
        from simdjson import Parser
    except ImportError:
        return None
    return Parser
