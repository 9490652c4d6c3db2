"""Finds out from the first response of a run whether the base URL is wrong, and which one works."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from conformance.contract import Contract
from conformance.discovery.base_url import NO_ENDPOINT, base_url_of
from conformance.discovery.probing import embeddings_of
from conformance.engine import Unreachable
from conformance.http_client import Exchange, FailureKind, Request, Target
from conformance.reference import BASE_PATH
from conformance.secret import Secret

from .inputs import Inputs, open_target

KIND = "wrong path"

OTHER_SCHEMES = {"http": "https", "https": "http"}
WRONG_SCHEME = frozenset({FailureKind.TLS, FailureKind.NOT_HTTP})
"""Failures of a request that speaks TLS to a server without it, or the reverse."""

CHANGING = re.compile(r"[0-9a-fA-F-]{4,}|\d+")
"""Parts of an error body that differ between two requests: times and ids."""


@dataclass(frozen=True)
class UrlExamination:
    """Examines the base URL of a run. ``request`` is plainly valid."""

    inputs: Inputs
    request: Request

    async def examine(self, first: Exchange) -> int:
        """Return the number of requests that it took to find that the base URL of the *first* exchange may be right.

        Raises Unreachable if it is wrong.
        """
        has_path_parameters = any(parameter.location == "path" for parameter in self._contract.parameters)
        if has_path_parameters or self.inputs.configuration.url is None or self._is_application:
            return 0  # a 404 may be about the value of a parameter
        if not self._is_suspicious(first):
            return 0
        sent, request = 0, self.request if first.response is not None else _without_secrets(self.request)
        for url in dict.fromkeys(self._other_urls(first)):
            configuration = replace(self.inputs.configuration, url=url)
            target = open_target(configuration)
            sent += 1
            if self._is_endpoint(await _exchange(target, request)):
                raise self._error(
                    first, f"use {target.description['url']}, where an embeddings endpoint responds"
                )
        if first.response is None:
            return sent
        missing = replace(self.request, path=f"{self.request.path}-that-does-not-exist")
        other = await _exchange(open_target(self.inputs.configuration), missing)
        if _fingerprint(other, missing) == _fingerprint(first, self.request):
            raise self._error(first, f"give the base URL as for an SDK, such as {self._example}")
        return sent + 1

    @property
    def _is_application(self) -> bool:
        return self.inputs.is_object or self.inputs.configuration.app is not None

    @property
    def _contract(self) -> Contract:
        return self.inputs.contract

    @property
    def _example(self) -> str:
        parts = urlsplit(self.inputs.description["url"])
        return parts._replace(path=BASE_PATH, query="").geturl()

    def _is_suspicious(self, first: Exchange) -> bool:
        """Whether the response may come from something else than an embeddings endpoint."""
        if first.response is None:
            return first.failure is not None and first.failure.kind in WRONG_SCHEME
        return first.status in NO_ENDPOINT and b"model" not in first.response.body.lower()

    def _is_endpoint(self, exchange: Exchange) -> bool:
        if exchange.succeeded:
            return bool(embeddings_of(exchange, self._contract.roles))
        return 400 <= exchange.status < 500 and exchange.status not in NO_ENDPOINT

    def _other_urls(self, first: Exchange) -> Iterator[str]:
        """The base URLs that the user may have meant."""
        url = self.inputs.configuration.url or ""
        parts = urlsplit(url)
        if first.response is None:
            yield parts._replace(scheme=OTHER_SCHEMES[parts.scheme]).geturl()
            return
        bare = urlsplit(base_url_of(url, self._contract.path))
        for path in (bare.path, _with_or_without(bare.path)):
            if path != parts.path.rstrip("/"):
                yield bare._replace(path=path).geturl()

    def _error(self, first: Exchange, advice: str) -> Unreachable:
        url = self.inputs.description["url"]
        if first.response is None:
            assert first.failure is not None
            return Unreachable(first.failure.kind.value, f"{first.failure.detail}; {advice}", url)
        found = f"{self.request.method} {self.request.path} below this URL returns {first.status}"
        return Unreachable(KIND, f"{found}; {advice}", url)


def _with_or_without(path: str) -> str:
    """*path* without the usual base path at its end, or else with it."""
    return path.removesuffix(BASE_PATH) if path.endswith(BASE_PATH) else path + BASE_PATH


def _without_secrets(request: Request) -> Request:
    """*request* without the values that must not be sent in plain text instead of over TLS."""
    kept = tuple((name, value) for name, value in request.headers if not isinstance(value, Secret))
    return replace(request, headers=kept)


async def _exchange(target: Target, request: Request) -> Exchange:
    async with target:
        return await target.send(request)


def _fingerprint(exchange: Exchange, request: Request) -> tuple[int, str]:
    """The status and the body of a response, without what differs between two requests for unknown paths."""
    body = exchange.response.body.decode("utf-8", "replace") if exchange.response is not None else ""
    return exchange.status, CHANGING.sub("", body.replace(request.path, ""))
