"""The list of models. Clients made for OpenAI get it with GET, from a path beside that of the operation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import orjson
from starlette.requests import Request
from starlette.responses import Response

from conformance.contract import Contract

from .auth import Authenticator
from .declared_responses import DeclaredResponses
from .errors import Rejection

NAME = "models"
"""The last segment of the path."""

OWNER = "embeddings-conformance"

CREATED = 0
"""The time at which each model was created, in seconds since 1970. A constant, since the models have no such time."""


def path_of_models(contract: Contract) -> str:
    """The path of the list: that of the operation of *contract* with another last segment."""
    return f"{contract.path.rpartition('/')[0]}/{NAME}"


@dataclass(frozen=True)
class ModelList:
    """Answers with the list, in OpenAI's form, to requests with the credentials of the operation."""

    content: bytes
    authenticator: Authenticator = field(repr=False)
    declared: DeclaredResponses = field(repr=False)

    @classmethod
    def of(cls, names: Iterable[str], authenticator: Authenticator, declared: DeclaredResponses) -> ModelList:
        """The list of the models *names*; *declared* gives errors the form that the contract declares."""
        items = [{"id": name, "object": "model", "created": CREATED, "owned_by": OWNER} for name in names]
        return cls(orjson.dumps({"object": "list", "data": items}), authenticator, declared)

    async def handle(self, request: Request) -> Response:
        """The response to *request*."""
        try:
            self.authenticator.authenticate(request.headers.raw)
        except Rejection as rejection:
            return self.declared.error(rejection)
        return Response(self.content, media_type="application/json")
