"""Fixtures: the vendored contract, and changed copies of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import count
from typing import Any

import pytest
import yaml

from conformance.contract import Contract
from conformance.contract.spec_files import vendored_document

Change = Callable[[Any], None]
Changed = Callable[..., Contract]


@pytest.fixture(scope="session")
def contract() -> Contract:
    return Contract.load()


@pytest.fixture(scope="session")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Changed:
    """A function that loads a copy of the vendored document with some changes."""

    number, folder = count(), tmp_path_factory.mktemp("contracts")

    @cache
    def make(*changes: Change) -> Contract:
        document = yaml.safe_load(vendored_document().read_text("utf-8"))
        for change in changes:
            change(document)
        file = folder / f"contract-{next(number)}.yaml"
        file.write_text(yaml.safe_dump(document, sort_keys=False), "utf-8")
        return Contract.load(file)

    return make
