"""The models of the reference server: names from the contract, sizes and limits from a data file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import yaml

from conformance.contract import Contract
from conformance.contract.contract import ANY_MODEL
from conformance.contract.schema import Schema
from conformance.contract.spec_files import spec_file
from conformance.validation.own_schema import own_validator

MODELS = "reference-models.yaml"


@dataclass(frozen=True, slots=True)
class Model:
    """``native_size`` is the length of a vector; ``dimensions`` is whether a request may choose a smaller one."""

    name: str
    native_size: int
    max_tokens: int
    dimensions: bool


def load_models(contract: Contract, names: Sequence[str] = ()) -> Mapping[str, Model]:
    """The models *names*, or without any those that *contract* names, in its order.

    If the contract names none, there is one model, ``ANY_MODEL``. Raises ValueError for a name that the contract does
    not allow.
    """
    _check_names(contract, names)
    known = names or (*contract.known_models, contract.example_model or ANY_MODEL)
    make = model_maker(contract)
    return MappingProxyType({name: make(name) for name in dict.fromkeys(known)})


def default_model(contract: Contract, models: Mapping[str, Model]) -> Model:
    """The one of *models* that a request without a model gets: the contract's example, or else the first one."""
    name = contract.example_model or ANY_MODEL
    return models[name] if name in models else next(iter(models.values()))


def model_maker(contract: Contract) -> Callable[[str], Model]:
    """A function that makes the model of a name. A model that is not in the data file gets the default there.

    Vectors have a length that *contract* allows.
    """
    data = _data()
    least, most = _lengths(contract.response)
    return lambda name: _model(name, data, least, most)


def _check_names(contract: Contract, names: Sequence[str]) -> None:
    node = contract.property_of("model")
    if not names or node is None:
        return
    validator = own_validator(node)
    for name in names:
        if not name.isprintable() or not validator.accepts(name):
            known = ", ".join(contract.known_models)
            raise ValueError(
                f"the contract does not allow the model {name!r}{f'; use one of: {known}' if known else ''}"
            )


def _model(name: str, data: Any, least: int, most: int | None) -> Model:
    model = Model(name, **data["models"].get(name, data["default"]))
    size = max(model.native_size, least)
    return replace(model, native_size=size if most is None else min(size, most))


def _lengths(response: Schema) -> tuple[int, int | None]:
    """The bounds of the first array of numbers in an item of an array: the vectors."""
    for node in response.walk():
        items = node.items.type if node.items is not None else None
        if node.type == "array" and ".items." in node.name and items in ("number", "integer"):
            return node.node.get("minItems", 0), node.node.get("maxItems")
    return 0, None


def vendor_tokenizer() -> str:
    """The name of the tokenizer of the vendor's models."""
    name: str = _data()["tokenizer"]
    return name


def _data() -> Any:
    return yaml.safe_load(spec_file(MODELS).read_text("utf-8"))
