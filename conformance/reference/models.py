"""The models of the reference server: names from the contract, sizes and limits from a data file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import yaml

from conformance.contract import Contract
from conformance.contract.spec_files import spec_file

MODELS = "reference-models.yaml"

ANY_MODEL = "model"
"""The name of the only model of a contract that names none."""


@dataclass(frozen=True, slots=True)
class Model:
    """``native_size`` is the length of a vector; ``dimensions`` is whether a request may choose a smaller one."""

    name: str
    native_size: int
    max_tokens: int
    dimensions: bool


def load_models(contract: Contract) -> Mapping[str, Model]:
    """The models that *contract* names, in its order. A model that is not in the data file gets the default there.

    If the contract names none, there is one model, ``ANY_MODEL``.
    """
    data = _data()
    names = dict.fromkeys((*contract.known_models, contract.example_model or ANY_MODEL))
    return MappingProxyType({n: Model(n, **data["models"].get(n, data["default"])) for n in names})


def vendor_tokenizer() -> str:
    """The name of the tokenizer of the vendor's models."""
    name: str = _data()["tokenizer"]
    return name


def _data() -> Any:
    return yaml.safe_load(spec_file(MODELS).read_text("utf-8"))
