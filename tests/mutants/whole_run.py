"""Mutants whose fault shows only if many responses of a run are compared, and responses with their own credentials."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import count

from conformance.contract import Contract
from tests.faulty_servers.credentials import Authentication
from tests.faulty_servers.embeddings import count_words, embeds, input_of
from tests.faulty_servers.messages import Request, Response, error
from tests.faulty_servers.servers import Fault, Server
from tests.mutants.mutant import Mutant

LONGEST = 0.4
"""Seconds by which a response is delayed at most."""

SAME_TEXT, LATENCY, ECHO = "state.same-text", "state.latency", "auth.echo"
MANY_REQUESTS = "http.connection.many-requests"


def whole_run_mutants(contract: Contract) -> Iterator[Mutant]:
    """The mutants; new ones each time, because they keep state."""
    yield from _other_models(contract)
    yield from _slower()
    yield from _echoes(Authentication(contract))
    yield Mutant("crashes on the 40th request for a text", MANY_REQUESTS, _CrashesLater())


def _other_models(contract: Contract) -> Iterator[Mutant]:
    """Servers that use another model for some requests, whatever the request says."""
    other = contract.known_models[-1]
    assert other != contract.example_model
    conditions: dict[str, Callable[[int], bool]] = {
        "every fourth request, as one of four replicas": lambda number: number % 4 == 0,
        "one request in 100": lambda number: number % 100 == 50,
        "all requests after the first 80": lambda number: number > 80,
    }
    for which, condition in conditions.items():
        yield Mutant(f"uses another model for {which}", SAME_TEXT, _with_model(other, condition))
    yield Mutant("has a cache that returns the vector of an older model", SAME_TEXT, _OldCache(other))


def _with_model(other: str, condition: Callable[[int], bool]) -> Fault:
    number = count(1)
    fault = embeds(lambda payload: {**payload, "model": other})

    async def server(request: Request, correct: Server) -> Response:
        if request.method == "POST" and condition(next(number)):
            return await fault(request, correct)
        return await correct(request)

    return server


class _OldCache:
    """Returns the vectors of another model for a text of one word, from its 30th request on."""

    def __init__(self, other: str) -> None:
        self._times: dict[str, int] = {}
        self._fault = embeds(lambda payload: {**payload, "model": other})

    async def __call__(self, request: Request, correct: Server) -> Response:
        value = input_of(request.json_object)
        if not isinstance(value, str) or " " in value:
            return await correct(request)
        self._times[value] = self._times.get(value, 0) + 1
        return await (self._fault(request, correct) if self._times[value] >= 30 else correct(request))


def _slower() -> Iterator[Mutant]:
    """Servers that become slower for texts of one word only, so that a run does not take long."""
    yield Mutant("is 20 ms slower after each request", LATENCY, _slows_down(lambda n: 0.02 * n))
    yield Mutant("is slow after ten requests", LATENCY, _slows_down(lambda n: 1.0 * (n >= 10)))


def _slows_down(seconds: Callable[[int], float]) -> Fault:
    number = count()

    async def server(request: Request, correct: Server) -> Response:
        if count_words(input_of(request.json_object)) == 1:
            await asyncio.sleep(min(LONGEST, seconds(next(number))))
        return await correct(request)

    return server


def _changes(
    when: Callable[[Request, Response], object], change: Callable[[Request, Response], Response]
) -> Fault:
    """A server that changes some responses, with parts of their requests."""

    async def server(request: Request, correct: Server) -> Response:
        response = await correct(request)
        return change(request, response) if when(request, response) else response

    return server


def _echoes(auth: Authentication) -> Iterator[Mutant]:
    """Servers that repeat a credential: one that only some requests have, elsewhere, or encoded."""
    for scheme in auth.secret_schemes:
        valid = auth.valid[scheme.name]

        def is_rejected(
            request: Request, response: Response, name: str = scheme.header, valid: str = valid
        ) -> bool:
            value = request.header(name)
            return response.status == 401 and value is not None and not value.endswith(valid)

        def in_body(request: Request, response: Response, name: str = scheme.header) -> Response:
            return response.with_payload({"error": {"message": f"no {request.header(name)}"}})

        def in_header(request: Request, response: Response, name: str = scheme.header) -> Response:
            return response.with_header("x-rejected", request.header(name))

        yield Mutant(f"repeats a rejected {scheme.name}", ECHO, _changes(is_rejected, in_body))
        yield Mutant(f"returns a rejected {scheme.name} in a header", ECHO, _changes(is_rejected, in_header))
    first = auth.secret_schemes[0]

    def encoded(request: Request, response: Response) -> Response:
        value = request.header(first.header) or ""
        return response.with_header("x-key", b64encode(value.encode()).decode())

    yield Mutant(
        f"returns {first.name} in base64 after generated requests",
        ECHO,
        _changes(lambda request, response: response.ok and b'"user"' in request.body, encoded),
    )


class _CrashesLater:
    """Crashes on a text of four words that it has got many times."""

    def __init__(self) -> None:
        self._times: Counter[str] = Counter()

    async def __call__(self, request: Request, correct: Server) -> Response:
        text = input_of(request.payload())
        if isinstance(text, str) and count_words(text) == 4:
            self._times[text] += 1
            if self._times[text] >= 40:
                return error(500)
        return await correct(request)
