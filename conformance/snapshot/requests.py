"""The requests for texts, and the vectors and token counts in the responses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from conformance.contract.roles import MissingRole, value_at
from conformance.drift import Form, Observation, Text
from conformance.generators.plain_requests import PlainRequests
from conformance.http_client import Exchange, Request
from conformance.validation.embeddings import numbers_in
from conformance.validation.large_json import large_value


@dataclass(frozen=True)
class TextRequests:
    """Requests for texts to the operation of a contract; *model* is that of all requests."""

    plain: PlainRequests
    model: str

    def request(self, texts: Sequence[Text], **options: object) -> Request | None:
        """The request for one text, or a batch, with *options* by role; None if the contract does not allow it."""
        values = [text.text for text in texts]
        try:
            named = self.plain.contract.roles.named(
                texts=self.plain.texts(values[0] if len(values) == 1 else values), **options
            )
        except MissingRole:
            return None
        return None if self.plain.problem(self.model, named) else self.plain.request(self.model, named)

    def batch_request(self, texts: Sequence[Text], **options: object) -> Request | None:
        """The request for a batch of two or more texts, as ``request``; None for fewer texts."""
        return self.request(texts, **options) if len(texts) > 1 else None

    def read(self, into: Observation, form: Form, texts: Sequence[Text], exchange: Exchange) -> bool:
        """Add the response to a request for *texts* to an observation. Returns whether it was a success."""
        ids = [text.id for text in texts]
        if not exchange.succeeded:
            if form is Form.SINGLE and 400 <= exchange.status < 500:
                into.rejected[ids[0]] = exchange.status
            else:
                into.add(form, ids, None)
            return False
        roles = self.plain.contract.roles
        value = large_value(exchange.body)
        into.add(form, ids, numbers_in(value, roles))
        if form is Form.SINGLE and (count := _integer(value, roles.prompt_tokens)) is not None:
            into.tokens.setdefault(ids[0], count)
        if roles.response_model is not None and isinstance(
            name := value_at(value, roles.response_model, None), str
        ):
            into.model = into.model or name[:200]
        return True


def _integer(value: object, path: Any) -> int | None:
    found = None if path is None else value_at(value, path, None)
    if isinstance(found, float) and found.is_integer():
        found = int(found)  # Dialects of JSON Schema disagree whether 7.0 is an integer.
    return found if type(found) is int and 0 <= found < 10**7 else None
