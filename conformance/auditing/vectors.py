"""Cut the vectors out of a recorded line, and read them without a Python object for each number.

A line with vectors is long, and what is left of it is short. The rest is parsed with a stand-in for each vector.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from math import inf, sqrt
from secrets import SystemRandom, token_hex
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from conformance.contract.roles import Roles
from conformance.validation.simd_numbers import number_reader
from conformance.validation.vector_lengths import read_base64

Matrix = NDArray[np.float32]

NEAR: Final = 2000
"""Bytes after a vector in which the next one begins."""

# No line has these stand-ins, except by guessing them.
NUMBER_STAND_IN, TEXT_STAND_IN = SystemRandom().uniform(0.5, 1), token_hex(8)

_NUMBER, _TEXT = repr(NUMBER_STAND_IN).encode(), TEXT_STAND_IN.encode()


class Cut(NamedTuple):
    """The ``rest`` of a line, and its vectors: either ``arrays``, texts of JSON arrays, or ``texts`` in base64."""

    rest: bytes
    arrays: Sequence[memoryview] = ()
    texts: Sequence[memoryview] = ()

    @property
    def number(self) -> int:
        """The number of vectors."""
        return len(self.arrays) + len(self.texts)

    @property
    def stand_in(self) -> Any:
        """What each vector of the rest is replaced by."""
        return [NUMBER_STAND_IN] if self.arrays else TEXT_STAND_IN

    def vectors(self) -> Vectors | None:
        """The vectors with their norms; None without any, if one may not be a vector, or if their lengths differ.

        Each has only finite numbers, at least one of which is not 0. The caller ignores overflows (``np.errstate``).
        """
        matrix = read_base64(self.texts) if self.texts else self._from_arrays()
        if matrix is None:
            return None
        if len(matrix) == 1:
            vector = matrix[0]
            squares = [float(vector.dot(vector))]
        else:
            squares = np.einsum("ij,ij->i", matrix, matrix).tolist()
        if not all(0 < square < inf for square in squares):
            return None
        return Vectors(matrix, [*map(sqrt, squares)])

    def _from_arrays(self) -> Matrix | None:
        read = number_reader()
        rows = []
        for text in self.arrays:
            numbers = read(text)
            if numbers is None:
                return None
            rows.append(np.asarray(numbers))
        if not rows or not len(rows[0]) or {*map(len, rows)} != {len(rows[0])}:
            return None
        found: Matrix = (np.stack(rows) if len(rows) > 1 else rows[0].reshape(1, -1)).astype(np.float32)
        return found


class Vectors(NamedTuple):
    """Vectors, shape (vectors, dimensions), and their norms."""

    matrix: Matrix
    norms: list[float]


def cut_vectors(line: bytes, roles: Roles) -> Cut:
    """Cut the vectors out of *line*, in a body that is JSON, or JSON in a string. Without any, the rest is the line."""
    first = _first_vector(roles.vector[-1]).search(line) if roles.vector else None
    if first is None:
        return Cut(line)
    quote, is_array = first[1] or first[2], first.group().endswith(b"[")
    mark, end = quote + first.group(), b"]" if is_array else quote
    rest: list[bytes] = []
    found = list(_between(line, mark, first.end(), end, rest, is_array))
    if is_array:
        return Cut(_NUMBER.join(rest), arrays=found)
    return Cut(_TEXT.join(rest), texts=found)


def _between(
    line: bytes, mark: bytes, start: int, end: bytes, rest: list[bytes], is_array: bool
) -> Iterator[memoryview]:
    """The texts between each *mark* and the next *end*, arrays with their brackets. What is around them is *rest*."""
    view, find, done, size = memoryview(line), line.find, 0, 0
    brackets = int(is_array)
    while True:
        stop = start + size
        if not line.startswith(end, stop) and (stop := find(end, start)) < 0:
            break
        rest.append(line[done:start])
        yield view[start - brackets : stop + brackets]
        done = stop
        if not is_array:  # Texts mostly have one size. What ends behind its quotation mark is no base64.
            size = stop - start
        begin = find(mark, done, done + NEAR)
        if begin < 0 and (begin := find(mark, done)) < 0:
            break
        start = begin + len(mark)
    rest.append(line[done:])


@lru_cache(maxsize=32)
def _first_vector(name: str) -> re.Pattern[bytes]:
    """The name, after its quotation mark, and the first byte of a vector: in a body, or in a string with a body.

    It begins with the name itself, for which Python searches quickly. A group has the quotation mark.
    """
    written = re.escape(json.dumps(name, ensure_ascii=False)[1:-1].encode())
    colon = rb"[ \t\n\r]*:[ \t\n\r]*"
    in_string = rb'(?<=\\"%b)(\\")%b(?:\[|\\")' % (written, colon)
    in_body = rb'(?<=[^\\]"%b)(")%b(?:\[|")' % (written, colon)
    return re.compile(rb"%b(?:%b|%b)" % (written, in_string, in_body))
