"""The reference of the library, from its docstrings."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import conformance

from .markdown import fenced


def sections() -> str:
    """A section for each public name, with its public methods. Classes have no signature: users do not create them."""
    return "\n\n".join(text for name in conformance.__all__ for text in _section(name))


def _section(name: str) -> Iterator[str]:
    thing = getattr(conformance, name)
    yield f"## `{name}` {{ #{name} }}"
    if not inspect.isclass(thing):
        yield fenced("python", f"{name}{_signature(thing)}")
    yield inspect.getdoc(thing) or ""
    if inspect.isclass(thing):
        for member in vars(thing):
            if not member.startswith("_"):
                yield from _member(f"{name}.{member}", inspect.getattr_static(thing, member))


def _member(place: str, thing: object) -> Iterator[str]:
    function = thing.fget if isinstance(thing, property) else getattr(thing, "__func__", thing)
    if inspect.isfunction(function):
        yield f"### `{place}` {{ #{place} }}"
        if not isinstance(thing, property):
            yield fenced("python", f"{place}{_signature(function)}")
        yield inspect.getdoc(thing) or ""


def _signature(thing: object) -> str:
    """The signature as a caller writes it, without `self` or `cls`."""
    assert callable(thing)
    signature = inspect.signature(thing)
    own = [parameter for name, parameter in signature.parameters.items() if name not in ("self", "cls")]
    return str(signature.replace(parameters=own)).replace("'", "")
