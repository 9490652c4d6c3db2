"""Mutants with other ways in than the contract's, that keep friends out, or that give secrets away."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from conformance.contract import Contract, Scheme
from conformance.reference import default_credentials
from tests.mutants.asgi import Call, Fault, Reply, Serve, error
from tests.mutants.mutant import Crash, Mutant

Asked = Callable[[Call], object]


def door_mutants(contract: Contract) -> Iterator[Mutant]:
    """The mutants of area auth beyond sets of credentials."""
    door = _Door(contract)
    yield from _nearly(door)
    yield from _bearer(door)
    yield from _elsewhere(door)
    yield from _detours(door)
    yield from _order(door)
    yield from _echoes(door)


class _Door:
    """What a mutant knows of the door: the credentials that are valid, and how to let somebody in."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self.valid = default_credentials(contract)
        self.secrets = [scheme for scheme in contract.security.schemes if scheme.secret]
        self.bearer: Scheme = next(scheme for scheme in contract.security.schemes if scheme.prefix)

    def admitted(self, call: Call) -> Call:
        """*call* with all valid credentials."""
        for scheme in self.contract.security.schemes:
            call = call.with_header(*scheme.render(self.valid[scheme.name]))
        return call

    def opened(self, to: Asked, change: Callable[[Call], Call] = lambda call: call) -> Fault:
        """Lets calls in that fulfil a condition, *change*d."""

        async def serve(call: Call, correct: Serve) -> Reply:
            return await correct(self.admitted(change(call)) if to(call) else call)

        return serve

    def mistaking(self, scheme: Scheme, test: Asked) -> Fault:
        """Takes the credential for *scheme* for the valid one in calls that fulfil a condition."""
        valid = scheme.render(self.valid[scheme.name])

        async def serve(call: Call, correct: Serve) -> Reply:
            return await correct(call.with_header(*valid) if test(call) else call)

        return serve

    def shut(self, to: Asked) -> Fault:
        """Keeps calls out that fulfil a condition."""

        async def serve(call: Call, correct: Serve) -> Reply:
            if to(call):
                return error(401).with_header("www-authenticate", "Bearer")
            return await correct(call)

        return serve

    def nobody(self, call: Call) -> bool:
        """Whether a call has no credential at all."""
        return all(call.header(scheme.header) is None for scheme in self.contract.security.schemes)

    def authorization(self, call: Call) -> str:
        """The value of the bearer scheme's header."""
        return call.header(self.bearer.header) or ""


def _nearly(door: _Door) -> Iterator[Mutant]:
    for scheme in door.secrets:
        valid = door.valid[scheme.name]
        yield Mutant(
            f"looks for the end of a credential for {scheme.name}",
            f"auth.secret.{scheme.label}.first-character-removed",
            door.mistaking(scheme, partial(_ends, scheme=scheme, valid=valid)),
        )
        yield Mutant(
            f"crashes on two of {scheme.header}",
            f"auth.duplicate-header.{scheme.label}",
            _crashing(partial(_repeats, name=scheme.header)),
        )
    for scheme in door.contract.security.schemes:
        for value in scheme.unusable:
            unusable = partial(_sends, header=scheme.render(value))
            requirement = f"auth.secret.{scheme.label}.unusable"
            yield Mutant(f"crashes on {scheme.header}: {value}", requirement, _crashing(unusable))
            yield Mutant(f"takes {scheme.header}: {value}", requirement, door.opened(unusable))
    first = door.secrets[0]
    yield Mutant(
        "crashes on two credentials of a kind",
        f"auth.duplicate-header.{first.label}",
        _crashing(lambda c: any(_repeats(c, scheme.header) for scheme in door.secrets)),
    )
    yield Mutant(
        f"is unavailable to two of {first.header}",
        f"auth.duplicate-header.{first.label}",
        _answering(partial(_repeats, name=first.header), 503),
    )


def _bearer(door: _Door) -> Iterator[Mutant]:
    token = door.valid[door.bearer.name]
    yield Mutant(
        "takes a token as Basic credentials",
        "auth.scheme.other",
        door.mistaking(door.bearer, lambda c: door.authorization(c) == f"Basic {token}"),
    )
    yield Mutant(
        "takes a token without a scheme",
        "auth.scheme.missing",
        door.mistaking(door.bearer, lambda c: door.authorization(c) == token),
    )
    yield Mutant(
        "takes a token behind any word or none",
        "auth.scheme.other",
        door.mistaking(door.bearer, lambda c: door.authorization(c).rpartition(" ")[2] == token),
    )
    yield Mutant(
        "knows Bearer by its letters",
        "auth.scheme.case",
        door.shut(lambda c: door.authorization(c).startswith("bearer")),
    )
    yield Mutant(
        "crashes on bearer",
        "auth.scheme.case",
        _crashing(lambda c: door.authorization(c).startswith("bearer")),
    )
    meaningless = "auth.placeholder-authorization"
    yield Mutant(
        "refuses a meaningless Authorization",
        meaningless,
        door.shut(lambda c: "API_KEY" in door.authorization(c)),
    )
    yield Mutant(
        "wants every Authorization to be right",
        meaningless,
        door.shut(lambda c: door.authorization(c) not in ("", *_cased(token))),
    )


def _elsewhere(door: _Door) -> Iterator[Mutant]:
    key, elsewhere = door.secrets[0], "auth.headers-only"
    value = door.valid[key.name].encode()
    yield Mutant("reads a key from the query", elsewhere, door.opened(lambda c: value in c.query))
    for name in (b"key", b"access_token"):
        yield Mutant(
            f"reads {name.decode()} from the query",
            elsewhere,
            door.opened(partial(_queries, pair=name + b"=" + value)),
        )
    yield Mutant(
        "reads a key from a cookie",
        elsewhere,
        door.opened(lambda c: value.decode() in (c.header("cookie") or "")),
    )
    yield Mutant(
        "reads a key from the body",
        elsewhere,
        door.opened(lambda c: value in c.body, lambda c: c.with_payload(_described(door, c.payload()))),
    )


def _detours(door: _Door) -> Iterator[Mutant]:
    detour = "auth.bypass"
    yield Mutant("looks at no credentials behind a slash", detour, _pathless(door, _bare))
    yield Mutant("looks at no credentials behind two slashes", detour, _pathless(door, _single))
    for name in ("x-http-method-override", "x-original-url", "x-forwarded-for"):
        yield Mutant(f"lets anybody in with {name}", detour, door.opened(partial(_has, name=name)))
    yield Mutant("lets a stranger in who comes three times", "auth.reused-connection", _Patient(door))
    yield Mutant("knows who was let in before by his address", "auth.reused-connection", _Acquainted(door))


def _order(door: _Door) -> Iterator[Mutant]:
    before = "auth.before-body"
    yield Mutant(
        "reads a body before credentials", before, _judging(door, lambda answer: answer.status == 400)
    )
    yield Mutant(
        "reads JSON before credentials",
        before,
        _judging(door, lambda answer: answer.status == 400 and b"request.json" in answer.body),
    )


def _echoes(door: _Door) -> Iterator[Mutant]:
    echo = "auth.echo"
    tests: dict[str, Callable[[Call, Reply], object]] = {
        "errors of credentials": lambda call, answer: answer.status == 401,
        "errors of a payload": lambda call, answer: answer.status == 400,
        "errors of unknown properties": lambda call, answer: b"additional-properties" in answer.body,
        "errors of encodings": lambda call, answer: answer.status == 400 and b"UTF-8" in answer.body,
        "errors of media types": lambda call, answer: answer.status == 415,
        "errors of models": lambda call, answer: answer.status == 404,
        "errors of methods": lambda call, answer: answer.status == 405,
        "answers": lambda call, answer: answer.status == 200,
    }
    for what, test in tests.items():
        yield Mutant(f"shows all headers in {what}", echo, _echoing(test, _all_headers))
    yield Mutant(
        "shows a wrong credential",
        echo,
        _echoing(tests["errors of credentials"], lambda c: [_wrong(door, c)]),
    )
    yield Mutant("sends Authorization back", echo, _returning(door.secrets[0].header))


def _credential(call: Call, scheme: Scheme) -> str:
    value = call.header(scheme.header) or ""
    return value.removeprefix(scheme.prefix.strip()).strip()


def _ends(call: Call, scheme: Scheme, valid: str) -> bool:
    value = call.header(scheme.header) or ""
    given = value.removeprefix(scheme.prefix)
    return value.startswith(scheme.prefix) and bool(given) and valid.endswith(given)


def _repeats(call: Call, name: str) -> bool:
    return sum(key.lower() == name.lower().encode() for key, _ in call.headers) > 1


def _sends(call: Call, header: tuple[str, str]) -> bool:
    name, value = header
    return call.header(name) == value


def _queries(call: Call, pair: bytes) -> bool:
    return pair in call.query.split(b"&")


def _has(call: Call, name: str) -> bool:
    return call.header(name) is not None


def _cased(token: str) -> tuple[str, str]:
    return f"Bearer {token}", f"bearer {token}"


def _pathless(door: _Door, plain: Callable[[str], str]) -> Fault:
    """Serves other paths as well, and there everybody."""
    return door.opened(lambda c: plain(c.path) != c.path, lambda c: replace(c, path=plain(c.path)))


def _bare(path: str) -> str:
    return path.rstrip("/")


def _single(path: str) -> str:
    return path.replace("//", "/")


def _described(door: _Door, payload: Any) -> Any:
    known = door.contract.request.properties
    return {key: value for key, value in payload.items() if key in known}


def _answering(test: Asked, status: int) -> Fault:
    async def serve(call: Call, correct: Serve) -> Reply:
        return error(status) if test(call) else await correct(call)

    return serve


def _crashing(test: Asked) -> Fault:
    async def serve(call: Call, correct: Serve) -> Reply:
        if test(call):
            raise Crash
        return await correct(call)

    return serve


def _judging(door: _Door, shows: Callable[[Reply], bool]) -> Fault:
    """Tells strangers what is wrong with their requests, where *shows* says so."""

    async def serve(call: Call, correct: Serve) -> Reply:
        answer = await correct(call)
        if answer.status != 401:
            return answer
        judged = await correct(door.admitted(call))
        return judged if shows(judged) else answer

    return serve


def _echoing(test: Callable[[Call, Reply], object], shown: Callable[[Call], list[str]]) -> Fault:
    async def serve(call: Call, correct: Serve) -> Reply:
        answer = await correct(call)
        if not test(call, answer):
            return answer
        return answer.with_payload({**answer.payload(), "debug": shown(call)})

    return serve


def _all_headers(call: Call) -> list[str]:
    return [f"{name.decode('latin-1')}: {value.decode('latin-1')}" for name, value in call.headers]


def _wrong(door: _Door, call: Call) -> str:
    """The first credential of a call that is not valid."""
    given = {scheme.name: _credential(call, scheme) for scheme in door.secrets}
    return next((value for name, value in given.items() if value and value != door.valid[name]), "")


def _returning(name: str) -> Fault:
    async def serve(call: Call, correct: Serve) -> Reply:
        return (await correct(call)).with_header("x-debug", call.header(name) or "none")

    return serve


class _Patient:
    """Lets a stranger in who sends the same request for the third time."""

    def __init__(self, door: _Door) -> None:
        self._door = door
        self._times: dict[Call, int] = {}

    async def __call__(self, call: Call, correct: Serve) -> Reply:
        if not self._door.nobody(call):
            return await correct(call)
        self._times[call] = self._times.get(call, 0) + 1
        return await correct(self._door.admitted(call) if self._times[call] > 2 else call)


class _Acquainted:
    """Lets everybody in without credentials once somebody was let in with them."""

    def __init__(self, door: _Door) -> None:
        self._door, self._known = door, False

    async def __call__(self, call: Call, correct: Serve) -> Reply:
        if self._known and self._door.nobody(call):
            return await correct(self._door.admitted(call))
        answer = await correct(call)
        self._known = self._known or answer.status == 200
        return answer
