"""Plain requests, for a target that is examined or recorded: what the contract requires, and few other properties."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from conformance.contract import Contract
from conformance.contract.roles import merged_payload
from conformance.contract.sent_parameters import SentParameters
from conformance.http_client import Request
from conformance.validation.request import request_validator
from conformance.validation.semantic_rules import count_inputs

from .base import base_payload
from .case import encode_payload
from .sample_texts import sample_text

TEXT = sample_text(90, 6)
"""The input of plain requests."""

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class PlainRequests:
    """Plain requests to the operation of ``contract``.

    ``base_path`` is the path of the base URL, after which each request has the ``prefix``. ``headers`` are those of the
    user, ``parameters`` the values of the contract's parameters that the user gives.
    """

    contract: Contract
    base_path: str = ""
    headers: Headers = ()
    parameters: Mapping[str, str] = field(default_factory=dict)
    prefix: str = ""

    @property
    def names_model(self) -> bool:
        """Whether a request names a model: in its body, or in a parameter."""
        return self.contract.roles.model is not None or any(
            parameter.names_model for parameter in self.contract.parameters
        )

    def below(self, prefix: str) -> PlainRequests:
        """The same requests below another *prefix*."""
        return replace(self, prefix=prefix)

    def with_headers(self, headers: Headers) -> PlainRequests:
        """The same requests with other *headers*."""
        return replace(self, headers=headers)

    def request(self, model: str, properties: Mapping[str, Any] | None = None) -> Request:
        """A request for *model* with TEXT as input; *properties* replace its own.

        Raises MissingRole if the contract has no property for texts, ParameterError for a parameter without a value.
        """
        contract, sent = self.contract, self._sent(model)
        own = (("Content-Type", contract.media_type), *contract.responses.accept, *self.headers)
        return Request(
            headers=sent.headers(own),
            body=encode_payload(self.payload(model, properties or {})),
            method=contract.method.upper(),
            path=self.prefix + sent.path(),
            query=sent.query(),
            success=contract.success,
        )

    def path(self, model: str) -> str:
        """The path of the requests below the base URL."""
        return self.prefix + self._sent(model).path()

    def payload(self, model: str, properties: Mapping[str, Any]) -> Any:
        """The payload of a request for *model* with other *properties*."""
        plain = self.contract.roles.with_texts(base_payload(self.contract, model), self.texts(TEXT))
        return merged_payload(plain, properties)

    def texts(self, value: object) -> Any:
        """*value* as the texts of a request: a text is in an array if the contract allows only arrays."""
        return [value] if isinstance(value, str) and not self.contract.takes_single_texts else value

    def problem(self, model: str, properties: Mapping[str, Any]) -> str:
        """Why the contract does not allow a request with *properties*; empty if it does."""
        payload = self.payload(model, properties)
        if not request_validator(self.contract).accepts(payload):
            return "the contract does not allow it"
        several = (count_inputs(self.contract.roles.texts_of(payload)) or 0) > 1
        return "a response has one vector" if several and self.contract.roles.has_one_vector else ""

    def _sent(self, model: str) -> SentParameters:
        return SentParameters.choose(
            self.contract.path,
            self.contract.parameters,
            self.parameters,
            base_path=self.base_path + self.prefix,
            model=model,
            headers=self.headers,
        )
