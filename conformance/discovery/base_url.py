"""Find the base URL and the model: those of the first plain request whose response has embeddings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from conformance.contract import Contract
from conformance.contract.contract import ANY_MODEL
from conformance.contract.openapi.source_file import read_file
from conformance.contract.spec_files import spec_file
from conformance.engine import Unreachable
from conformance.generators.plain_requests import PlainRequests
from conformance.http_client import Exchange, Request
from conformance.reference import BASE_PATH
from conformance.validation.large_json import large_value

from .client import DiscoveryClient
from .errors import DiscoveryFailed
from .findings import Finding, given_finding, likely_finding, shown_finding
from .probing import embeddings_of, response_summary

NO_ENDPOINT = (404, 405)
UNAUTHORIZED = (401, 403)

MAX_TRIED_MODELS = 4
"""The maximum number of the target's models that are tried."""

MAX_LISTED_MODELS = 2000
"""The maximum number of entries that are read from the target's list of models."""

MAX_MODEL_NAME = 200
"""The maximum number of characters of a model's name. Longer names are ignored."""


WITHOUT_TEXTS = (
    "the contract has no property for texts",
    "name the property in a profile, as the role texts",
)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An embeddings endpoint: the plain requests to it, the model, and an exchange with embeddings."""

    requests: PlainRequests
    model: str
    exchange: Exchange
    findings: tuple[Finding, ...]


def base_url_of(url: str, path: str) -> str:
    """Return the base URL of *url*, which may end with the contract's *path*.

    Of a path with parameters, only what follows them is removed: a base URL may have their values.
    """
    parts = urlsplit(url)
    after = path.rpartition("}")[2].rstrip("/")
    own = parts.path.rstrip("/")
    return parts._replace(path=own.removesuffix(after) if after.startswith("/") else own).geturl()


@dataclass(frozen=True)
class EndpointSearch:
    """A search for the endpoint below ``url``.

    ``shown_url`` is the URL without credentials, for messages. ``named`` is the model that the user gave, or None.
    """

    client: DiscoveryClient
    requests: PlainRequests
    url: str
    shown_url: str
    named: str | None

    @property
    def contract(self) -> Contract:
        """The contract of the endpoint."""
        return self.requests.contract

    async def find(self) -> Endpoint:
        """Return the endpoint. Raises Unreachable; DiscoveryFailed if no plain request gets embeddings."""
        first = self.named or self.contract.example_model or ANY_MODEL
        if self.contract.roles.texts is None:
            raise DiscoveryFailed(self._operation("", first), *WITHOUT_TEXTS)
        prefixes = self._prefixes(first)
        tried = {prefix: await self._post(prefix, first) for prefix in prefixes[:1]}
        if self._is_not_endpoint(tried[""]):
            tried |= {prefix: await self._post(prefix, first) for prefix in prefixes[1:]}
        prefix = next(
            (prefix for prefix, exchange in tried.items() if not self._is_not_endpoint(exchange)), None
        )
        listed: Sequence[str] = ()
        is_open = self.named is None and self.requests.names_model
        if prefix is None or (is_open and tried[prefix].status not in UNAUTHORIZED):
            prefix, listed = await self._list_models(tried if prefix is None else {prefix: tried[prefix]})
        exchanges = {first: tried[prefix]}
        for model in _most_likely_first(listed, first)[:MAX_TRIED_MODELS] if is_open else ():
            exchanges.setdefault(model, await self._post(prefix, model))
            if embeddings_of(exchanges[model], self.contract.roles):
                findings = (self._base_url(prefix, model), _listed_model(model, listed))
                return Endpoint(self.requests.below(prefix), model, exchanges[model], findings)
        if embeddings_of(tried[prefix], self.contract.roles):
            findings = (self._base_url(prefix, first), self._first_model(first, listed))
            return Endpoint(self.requests.below(prefix), first, tried[prefix], findings)
        raise self._failure(self._operation(prefix, first), exchanges)

    def _operation(self, prefix: str, model: str) -> str:
        return f"{self.contract.method.upper()} {self.requests.below(prefix).path(model)}"

    def _prefixes(self, model: str) -> list[str]:
        """The prefixes to try, each with another path: none, the one of the contract's server, the usual one."""
        path = urlsplit(self.url).path
        known = ["", *(p for p in (self.contract.base_path, BASE_PATH) if not path.endswith(p))]
        paths = {self.requests.below(prefix).path(model): prefix for prefix in reversed(known)}
        return [prefix for prefix in dict.fromkeys(known) if prefix in paths.values()]

    async def _post(self, prefix: str, model: str) -> Exchange:
        exchange = await self.client.send(self.requests.below(prefix).request(model))
        if exchange.failure is not None:
            detail = self.client.redact(exchange.failure.detail)
            raise Unreachable(exchange.failure.kind, detail, self.shown_url)
        return exchange

    async def _list_models(self, prefixes: Mapping[str, Exchange]) -> tuple[str, Sequence[str]]:
        """The first of *prefixes* with a list of models, and the names; without a list, the first and no names."""
        for prefix in prefixes:
            request = Request(headers=self.requests.headers, method="GET", path=f"{prefix}/models")
            exchange = await self.client.send(request)
            if exchange.response is not None and exchange.response.status == 200:
                names = _model_names(large_value(exchange.response.body))
                if names := [name for name in names if self.client.redact(name) == name]:
                    return prefix, names
        return next(iter(prefixes)), ()

    def _is_not_endpoint(self, exchange: Exchange) -> bool:
        status = exchange.status
        return status in NO_ENDPOINT or (
            exchange.succeeded and not embeddings_of(exchange, self.contract.roles)
        )

    def _base_url(self, prefix: str, model: str) -> Finding:
        sentence = f"{self._operation(prefix, model)} returns {self.contract.responses.status}"
        if prefix:
            sentence += f"; there is no endpoint without {prefix}"
        parts = urlsplit(self.url)
        return shown_finding(sentence, "url", parts._replace(path=parts.path.rstrip("/") + prefix).geturl())

    def _first_model(self, model: str, listed: Sequence[str]) -> Finding:
        if self.named is not None:
            return given_finding("given with --model; the response is 200", "model", model)
        if not self.requests.names_model:
            return shown_finding("model: the contract has no place for it")
        why = "the listed models do not work" if listed else "the server lists no models (GET /models)"
        return likely_finding(f"the contract's example works (200); {why}", "model", model)

    def _failure(self, operation: str, exchanges: Mapping[str, Exchange]) -> DiscoveryFailed:
        results = "; ".join(
            f"{response_summary(exchange, self.client.redact)} for model {model!r}"
            for model, exchange in exchanges.items()
        )
        fix = self._fix({exchange.status for exchange in exchanges.values()})
        return DiscoveryFailed(f"{self.shown_url}: {operation}", results, fix)

    def _fix(self, statuses: set[int]) -> str:
        if statuses & {*UNAUTHORIZED}:
            return (
                "the server rejects the given headers; check their values"
                if self.requests.headers
                else "give credentials with --header, as in --header 'Authorization: Bearer env:API_KEY'"
            )
        if all(status >= 500 for status in statuses):
            return "a plain request fails; check the server's log"
        if statuses <= {*NO_ENDPOINT}:
            return "give the base URL as for an SDK, and a model of the server with --model"
        if statuses & {*range(300, 400)}:
            return "give the URL of the redirect"
        return "give a model of the server with --model" + (
            ""
            if self.requests.headers
            else ", and give credentials with --header if the server requires them"
        )


def _listed_model(model: str, listed: Sequence[str]) -> Finding:
    if len(listed) == 1:
        return shown_finding(
            "the only model that the server lists (GET /models); a request for it returns 200", "model", model
        )
    sentence = (
        f"one of the {len(listed)} models that the server lists, chosen by name; a request for it returns 200"
    )
    return likely_finding(sentence, "model", model)


def _model_names(listed: object) -> list[str]:
    """The names in a list of models in OpenAI's form; empty for any other form."""
    match listed:
        case {"data": [*entries]}:
            names = [entry.get("id") for entry in entries[:MAX_LISTED_MODELS] if isinstance(entry, Mapping)]
            return list(dict.fromkeys(name for name in names if isinstance(name, str) and _is_name(name)))
    return []


def _most_likely_first(names: Sequence[str], example: str) -> list[str]:
    """Sort *names*: the contract's *example*, then typical names of embedding models, then the others."""
    return sorted(names, key=lambda name: (name != example, not _is_typical(name)))


def _is_typical(name: str) -> bool:
    return any(part in name.lower() for part in _typical_parts())


def _is_name(name: str) -> bool:
    """Whether *name* can be written to a file: a lone surrogate has no UTF-8 form."""
    return 0 < len(name) <= MAX_MODEL_NAME and not any("\ud800" <= c <= "\udfff" for c in name)


@lru_cache(maxsize=1)
def _typical_parts() -> tuple[str, ...]:
    return tuple(read_file(spec_file("discovery.yaml")).value["embedding-model-names"])
