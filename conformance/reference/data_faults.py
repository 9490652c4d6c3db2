"""Wrong data in responses with status 200. A client must detect it itself: the status does not show it.

Each function changes a decoded request or response in place, and returns whether anything is different now.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import nan
from typing import Any

import numpy as np

from conformance.contract import Contract
from conformance.contract.encodings import can_ask_for
from conformance.contract.role_kinds import BINARY
from conformance.contract.roles import Path, Roles, value_at

Change = Callable[[Any, Roles], bool]


@dataclass(frozen=True, slots=True)
class DataFault:
    """A kind of wrong data: a change of the response, or of the request before the server reads it.

    ``needs`` are roles; the contract must have one of them. ``of_base64``: whether the fault is only in base64.
    """

    needs: tuple[str, ...]
    response: Change | None = None
    request: Change | None = None
    of_base64: bool = False

    def is_possible(self, contract: Contract) -> bool:
        """Whether responses of *contract* can have the fault."""
        has_role = any(contract.roles.has(role) for role in self.needs)
        return has_role and (not self.of_base64 or can_ask_for(BINARY, contract.property_of("encoding")))


def _without_last(response: Any, roles: Roles) -> bool:
    items = roles.items_of(response)
    if not isinstance(items, list) or not items:
        return False
    items.pop()
    return True


def _in_reverse_order(response: Any, roles: Roles) -> bool:
    items = roles.items_of(response)
    if not isinstance(items, list) or len(items) < 2:
        return False
    items.reverse()
    return True


def _base64_as_numbers(response: Any, roles: Roles) -> bool:
    return _change_vectors(response, roles, lambda vector: _floats(vector).tolist())


def _base64_of_float64(response: Any, roles: Roles) -> bool:
    return _change_vectors(response, roles, lambda vector: _base64(_floats(vector).astype("<f8")))


def _first_number_is_nan(response: Any, roles: Roles) -> bool:
    items = roles.items_of(response)
    vector = roles.vector_of(items[0]) if items else None
    if isinstance(vector, str):
        floats = _floats(vector)
        floats[:1] = nan
        _write(items, 0, roles.vector, _base64(floats))
    elif isinstance(vector, list) and vector:
        vector[0] = nan
    return bool(vector)


def _without_dimensions(request: Any, roles: Roles) -> bool:
    return isinstance(request, dict) and request.pop(roles.dimensions, None) is not None


def _without_usage(response: Any, roles: Roles) -> bool:
    paths = {path[:1] for path in (roles.prompt_tokens, roles.total_tokens) if path}
    removed = [isinstance(response, dict) and response.pop(name, None) for (name,) in paths]
    return any(value not in (None, False) for value in removed)


DATA_FAULTS: Mapping[str, DataFault] = {
    "missing-vector": DataFault(("vectors",), _without_last),
    "shuffled": DataFault(("vectors",), _in_reverse_order),
    "base64-ignored": DataFault(("vector",), _base64_as_numbers, of_base64=True),
    "float64": DataFault(("vector",), _base64_of_float64, of_base64=True),
    "nan": DataFault(("vector",), _first_number_is_nan),
    "dimensions-ignored": DataFault(("dimensions",), request=_without_dimensions),
    "missing-usage": DataFault(("prompt-tokens", "total-tokens"), _without_usage),
}
"""The kinds of wrong data by name."""


def _change_vectors(response: Any, roles: Roles, change: Callable[[str], Any]) -> bool:
    """Change each vector in base64."""
    items = roles.items_of(response) or []
    changed = False
    for place, item in enumerate(items):
        vector = roles.vector_of(item)
        if isinstance(vector, str):
            _write(items, place, roles.vector, change(vector))
            changed = True
    return changed


def _write(items: Any, place: int, path: Path | None, value: Any) -> None:
    """Replace the vector of an item, which is the item itself if *path* is empty."""
    if not path:
        items[place] = value
    else:
        value_at(items[place], path[:-1])[path[-1]] = value


def _floats(text: str) -> np.ndarray[Any, np.dtype[np.float32]]:
    return np.frombuffer(b64decode(text), "<f4").copy()


def _base64(numbers: np.ndarray[Any, Any]) -> str:
    return b64encode(numbers.tobytes()).decode()
