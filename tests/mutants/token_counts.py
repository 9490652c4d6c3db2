"""Mutants that count the tokens of some requests wrongly, and servers with unusual but right counts."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from tests.faulty_servers.embeddings import (
    changes_token_count,
    input_of,
    inputs,
    is_array_of,
    is_base64,
)
from tests.faulty_servers.faults import changes_result, only_for
from tests.faulty_servers.messages import Payload, Request, Response
from tests.faulty_servers.servers import Fault, Server
from tests.mutants.mutant import Mutant

USAGE = "response.usage"
PROMPT, TOTAL = "prompt_tokens", "total_tokens"


def token_count_mutants() -> Iterator[Mutant]:
    """The mutants about token counts of several requests; new ones each time, because some keep state."""
    large = only_for(
        lambda p: len(inputs(p["input"])) > 8 if "input" in p else False,
        changes_token_count(lambda counts: 2 * sum(counts)),
    )
    nested = only_for(lambda p: is_array_of(input_of(p), list), changes_token_count(len))
    first = only_for(lambda p: is_array_of(input_of(p), list), changes_token_count(lambda counts: counts[0]))
    more = only_for(is_base64, changes_token_count(lambda counts: 4 * sum(counts)))
    yield Mutant("counts the tokens of large batches twice", f"{USAGE}.sums", large)
    last = changes_token_count(lambda counts: sum(counts[(len(counts) - 1) // 32 * 32 :]))
    yield Mutant("counts the tokens of the last block of 32 texts", f"{USAGE}.sums", last)
    begins = changes_token_count(lambda counts: sum(counts[:40]))
    yield Mutant("counts the tokens of the first 40 texts", f"{USAGE}.large-batches", begins)
    twice = changes_token_count(lambda counts: sum(counts) + 2 * sum(counts[40:]))
    yield Mutant("counts the tokens after 40 texts three times", f"{USAGE}.sums", twice)
    yield Mutant("counts token arrays of a batch as one token", f"{USAGE}.token-sums", nested)
    yield Mutant("counts only the first token array of a batch", f"{USAGE}.token-sums", first)
    yield Mutant("counts the digits of token ids", f"{USAGE}.token-sums", _counts_digits())
    yield Mutant("counts more tokens in base64", f"{USAGE}.encodings", more)
    twice = only_for(
        lambda p: is_base64(p) and len(inputs(p.get("input"))) > 32,
        changes_token_count(lambda counts: 2 * sum(counts)),
    )
    yield Mutant("counts the tokens of large batches twice in base64", f"{USAGE}.encodings", twice)
    zero = only_for(
        lambda p: is_base64(p) and is_array_of(input_of(p), list),
        changes_token_count(lambda counts: counts[0]),
    )
    yield Mutant("counts only the first token array in base64", f"{USAGE}.encodings", zero)
    short = only_for(lambda p: p.get("dimensions") is not None, changes_token_count(lambda c: sum(c) + 1))
    yield Mutant("counts another token for short vectors", f"{USAGE}.repeated", short)
    yield Mutant("counts equal arrays of a batch once", f"{USAGE}.token-sums", _counts_each_once())
    yield Mutant(
        "adds the tokens of the last equal request", f"{USAGE}.repeated", _Accumulates(PROMPT, TOTAL)
    )
    yield Mutant("adds the tokens of each user's last request", f"{USAGE}.repeated", _AddsUp())
    yield Mutant("adds up the tokens in total of equal requests", f"{USAGE}.repeated", _Accumulates(TOTAL))
    yield Mutant("counts one token for a request that is cached", f"{USAGE}.repeated", _CountsCached())


def adds_special_tokens() -> Fault:
    """A correct server that adds three tokens to each request, and two to each input."""
    return changes_token_count(lambda counts: sum(counts) + 3 + 2 * len(counts))


def _counts_digits() -> Fault:
    """For arrays of token ids, counts the digits of the ids, and the commas between them."""

    def change(result: dict[str, object], payload: Payload) -> None:
        digits = sum(len(",".join(map(str, item))) for item in inputs(payload["input"]))
        result["usage"] = {PROMPT: digits, TOTAL: digits}

    def has_ids(payload: Payload) -> bool:
        return is_array_of(input_of(payload), int) or is_array_of(input_of(payload), list)

    return only_for(has_ids, changes_result(change))


def _counts_each_once() -> Fault:
    """Counts equal arrays of a batch only once."""

    def change(result: dict[str, object], payload: Payload) -> None:
        count = sum(map(len, {tuple(item): item for item in inputs(payload["input"])}.values()))
        result["usage"] = {PROMPT: count, TOTAL: count}

    return only_for(lambda p: is_array_of(input_of(p), list), changes_result(change))


class _Accumulates:
    """Adds the tokens of earlier requests with the same body: the counts of these names."""

    def __init__(self, *names: str) -> None:
        self._times: dict[bytes, int] = {}
        self._names = names

    async def __call__(self, request: Request, correct: Server) -> Response:
        times = self._times[request.body] = self._times.get(request.body, 0) + 1
        return await _multiplied(times, self._names)(request, correct)


class _AddsUp:
    """Adds the tokens of earlier requests of the same user."""

    def __init__(self) -> None:
        self._tokens: dict[str, int] = {}

    async def __call__(self, request: Request, correct: Server) -> Response:
        payload = request.payload()
        user = payload.get("user") if isinstance(payload, dict) else None
        if not isinstance(user, str):
            return await correct(request)

        def add(counts: list[int]) -> int:
            self._tokens[user] = self._tokens.get(user, 0) + sum(counts)
            return self._tokens[user]

        return await changes_token_count(add)(request, correct)


class _CountsCached:
    """Counts one token for a request that was sent before."""

    def __init__(self) -> None:
        self._seen: set[bytes] = set()

    async def __call__(self, request: Request, correct: Server) -> Response:
        if request.body not in self._seen:
            self._seen.add(request.body)
            return await correct(request)
        return await changes_token_count(lambda counts: 1)(request, correct)


def _multiplied(times: int, names: Collection[str]) -> Fault:
    def change(result: dict[str, dict[str, int]], _: object) -> None:
        usage = result["usage"]
        result["usage"] = usage | {name: usage[name] * times for name in names}

    return changes_result(change)
