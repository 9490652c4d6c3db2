"""The limits of the suite, written down: once a check sees one of these faults, this test asks for it to be moved."""

from __future__ import annotations

import pytest

from .ground import Ground, failed
from .unseen import unseen_mutants

NAMES = [name for name, _ in unseen_mutants()]


@pytest.mark.parametrize("name", NAMES)
def test_no_check_sees_it_yet(name: str, small: Ground) -> None:
    found = failed(small.run(dict(unseen_mutants())[name]))
    assert found == set(), f"move {name!r} to the zoo, as what breaks {', '.join(sorted(found))}"
