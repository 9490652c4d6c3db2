"""Deviations from the contract that many real servers accept. A lenient reference server accepts them too."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from conformance.contract import Contract
from conformance.contract.role_kinds import forms_of
from conformance.validation import parse_json

from .errors import unsupported_by_model
from .models import Model, default_model, model_maker
from .tokenizer import NotUnicode, utf8_bytes


@dataclass(frozen=True, slots=True)
class Tolerated:
    """A request without its deviations: the payload that the contract judges, and the model that it names."""

    payload: dict[str, Any]
    model: Model


@dataclass(frozen=True)
class Tolerance:
    """What a lenient server accepts besides valid requests.

    - Unknown properties. They are ignored.
    - null for a property that the contract does not require. It is an absent property.
    - A missing model, null, or an empty name. The server uses the ``default`` model.
    - Any name of a model. Its vectors have the usual length.
    - Any media type, if the body is JSON.

    All else is judged as in a strict server: credentials, malformed JSON, wrong types, bounds, and the limits of a
    model.
    """

    model_name: str | None
    known: frozenset[str]
    required: frozenset[str]
    default: Model
    make_model: Callable[[str], Model]

    @classmethod
    def of(cls, contract: Contract, models: Mapping[str, Model]) -> Tolerance:
        """The tolerance of a server of *contract* with *models*."""
        forms = [*forms_of(contract.request), contract.form]
        return cls(
            contract.roles.model,
            frozenset(name for form in forms for name in form.properties),
            frozenset(name for form in forms for name in form.required),
            default_model(contract, models),
            model_maker(contract),
        )

    def read(self, body: bytes) -> Tolerated | None:
        """The request in *body*; None if it is not a JSON object, so that the contract judges it as it is.

        Raises Rejection for the name of a model that has no UTF-8 form.
        """
        parsed = parse_json(body)
        if parsed.problems or not isinstance(parsed.value, dict):
            return None
        payload = {name: value for name, value in parsed.value.items() if self._is_kept(name, value)}
        if self.model_name is None:
            return Tolerated(payload, self.default)
        named = payload.get(self.model_name)
        if named is not None and not isinstance(named, str):
            return Tolerated(payload, self.default)  # of a wrong type, which the contract judges
        return Tolerated({**payload, self.model_name: self.default.name}, self._model(named))

    def _is_kept(self, name: str, value: object) -> bool:
        is_known = name in self.known or name in self.required or not self.known
        return is_known and (value is not None or name in self.required)

    def _model(self, named: str | None) -> Model:
        if not named:
            return self.default
        try:
            utf8_bytes(named)
        except NotUnicode as error:
            raise unsupported_by_model(f"/{self.model_name}", str(error), code="invalid_unicode") from None
        return self.make_model(named)
