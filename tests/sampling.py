"""Parameters of which the default run tests a sample; `pytest -m slow` tests all others."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any

import pytest


def slow(*values: Any) -> Any:
    """The parameters *values*, which the default run leaves out."""
    return pytest.param(*values, marks=pytest.mark.slow)


def sampled(values: Iterable[Any], sample: Collection[str], name: Callable[[Any], str] = str) -> list[Any]:
    """*values* as parameters, all marked slow except those whose *name* is in *sample*."""
    values = list(values)
    unknown = {*sample} - {name(value) for value in values}
    assert not unknown, f"the sample has unknown names: {unknown}"
    return [
        pytest.param(value, marks=[] if name(value) in sample else [pytest.mark.slow], id=name(value))
        for value in values
    ]
