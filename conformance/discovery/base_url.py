"""Where the target answers, and under which model: the first plain request that is answered with vectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from conformance.contract import Contract
from conformance.engine import Unreachable
from conformance.http_client import Exchange, Request
from conformance.reference import BASE_PATH
from conformance.validation import parse

from .client import Asker
from .errors import NotDiscovered
from .findings import Finding, found, given, guessed
from .ground import Headers, plain_request
from .models import likely, names_in
from .probing import embeddings_of, said

ABSENT = (404, 405)
DOOR_CLOSED = (401, 403)
MOST_MODELS = 4
"""Models that are tried of those that the target lists."""


@dataclass(frozen=True, slots=True)
class Entrance:
    """The way in: what stands between base URL and path, the model, and the exchange that was answered."""

    prefix: str
    model: str
    exchange: Exchange
    findings: tuple[Finding, ...]


def cut(url: str, path: str) -> str:
    """The base URL that *url* is, or is the whole address of."""
    parts = urlsplit(url)
    return parts._replace(path=parts.path.rstrip("/").removesuffix(path)).geturl()


@dataclass(frozen=True)
class Search:
    """Looks for the way in. ``shown`` is the base URL as it may be shown, ``named`` the model that the user gave."""

    asker: Asker
    contract: Contract
    url: str
    shown: str
    headers: Headers
    named: str | None

    async def enter(self) -> Entrance:
        """The way in. Raises Unreachable, and NotDiscovered where no plain request is answered with embeddings."""
        first = self.named or self.contract.example_model or "model"
        tried = {prefix: await self._post(prefix, first) for prefix in self._prefixes()[:1]}
        if _is_elsewhere(tried[""]):
            tried |= {prefix: await self._post(prefix, first) for prefix in self._prefixes()[1:]}
        prefix = next((prefix for prefix, exchange in tried.items() if not _is_elsewhere(exchange)), None)
        listed: Sequence[str] = ()
        if prefix is None or (self.named is None and tried[prefix].status not in DOOR_CLOSED):
            prefix, listed = await self._listed(tried if prefix is None else {prefix: tried[prefix]})
        place = f"{self.contract.method.upper()} {prefix}{self.contract.path}"
        exchanges = {first: tried[prefix]}
        for model in likely(listed, first)[:MOST_MODELS] if self.named is None else ():
            exchanges.setdefault(model, await self._post(prefix, model))
            if embeddings_of(exchanges[model]):
                return Entrance(prefix, model, exchanges[model], (self._base(prefix), _chosen(model, listed)))
        if embeddings_of(tried[prefix]):
            return Entrance(prefix, first, tried[prefix], (self._base(prefix), self._first(first, listed)))
        raise self._refusal(place, exchanges)

    def _prefixes(self) -> list[str]:
        return ["", *([] if urlsplit(self.url).path.endswith(BASE_PATH) else [BASE_PATH])]

    async def _post(self, prefix: str, model: str) -> Exchange:
        exchange = await self.asker.ask(plain_request(self.contract, prefix, self.headers, model))
        if exchange.failure is not None:
            detail = self.asker.hide(exchange.failure.detail)
            raise Unreachable(exchange.failure.kind, detail, self.shown)
        return exchange

    async def _listed(self, prefixes: dict[str, Exchange]) -> tuple[str, Sequence[str]]:
        """The first of *prefixes* below which models are listed, else the first of all, with their names."""
        for prefix in prefixes:
            request = Request(headers=self.headers, method="GET", path=f"{prefix}/models")
            exchange = await self.asker.ask(request)
            if exchange.response is not None and exchange.response.status == 200:
                names = names_in(parse(exchange.response.body).value)
                if names := [name for name in names if self.asker.hide(name) == name]:
                    return prefix, names
        return next(iter(prefixes)), ()

    def _base(self, prefix: str) -> Finding:
        sentence = f"{self.contract.method.upper()} {prefix}{self.contract.path} is answered with 200"
        if prefix:
            sentence += f"; without {prefix} there is nothing"
        parts = urlsplit(self.url)
        return found(sentence, "url", parts._replace(path=parts.path.rstrip("/") + prefix).geturl())

    def _first(self, model: str, listed: Sequence[str]) -> Finding:
        if self.named is not None:
            return given("named with --model, and answered with 200", "model", model)
        why = "none of the models that it lists was" if listed else "it lists no models (GET /models)"
        return guessed(f"the contract's example is answered with 200; {why}", "model", model)

    def _refusal(self, place: str, exchanges: dict[str, Exchange]) -> NotDiscovered:
        found = "; ".join(f"{said(e, self.asker.hide)} for model {model!r}" for model, e in exchanges.items())
        statuses = {exchange.status for exchange in exchanges.values()}
        return NotDiscovered(f"{self.shown}, {place}", "200 with embeddings", found, self._mend(statuses))

    def _mend(self, statuses: set[int]) -> str:
        if statuses & {*DOOR_CLOSED}:
            return (
                "it does not take the headers that were given"
                if self.headers
                else "it wants credentials: give them with --header, as in --header 'Authorization: env:API_KEY'"
            )
        if all(status >= 500 for status in statuses):
            return "it fails on the plainest request: look at its own log"
        if statuses <= {*ABSENT}:
            return "give the base URL as an SDK would get it, and name a model that it has with --model"
        if statuses & {*range(300, 400)}:
            return "give the URL that it leads to"
        return "name a model that it has with --model" + (
            "" if self.headers else ", and credentials with --header if it wants any"
        )


def _is_elsewhere(exchange: Exchange) -> bool:
    """Whether nothing that knows embeddings answered."""
    status = exchange.status
    return status in ABSENT or (status == 200 and not embeddings_of(exchange))


def _chosen(model: str, listed: Sequence[str]) -> Finding:
    if len(listed) == 1:
        return found("the one model that it lists (GET /models), and answered with 200", "model", model)
    sentence = f"one of the {len(listed)} models that it lists, chosen by its name, and answered with 200"
    return guessed(sentence, "model", model)
