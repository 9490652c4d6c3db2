"""Credentials that expire during a run are renewed; the target is judged by its responses to valid ones."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import pytest

from conformance.engine import (
    Budget,
    Check,
    Expect,
    Load,
    Moment,
    Probe,
    Renewable,
    Renewal,
    Run,
    RunResult,
    Settings,
)
from conformance.engine.clock import loop_time
from conformance.errors import ConfigurationError
from conformance.http_client import Exchange, Request
from conformance.secret import Secret
from tests.engine.fakes import CANARY, FakeTarget, check, suite, verdicts
from tests.virtual_time import run_in_virtual_time

LASTS = 40
"""Requests that a token of these servers is valid for."""


def token(number: int) -> Secret:
    return Secret(f"token-number-{number:04}", "AUTHORIZATION").with_prefix("Bearer ")


@dataclass
class Issuer:
    """A server whose tokens expire after some requests, and the command that prints new tokens."""

    lasts: int = LASTS
    prints: Callable[[Issuer], Secret] = lambda issuer: token(issuer.issued)
    issued: int = 0
    uses: int = 0
    runs: list[float] = field(default_factory=list)
    renewed: list[str] = field(default_factory=list)
    in_flight: int = 0

    def respond(self, request: Request) -> int:
        headers = dict(request.headers)
        if headers.get("authorization") != token(self.issued):
            return 401
        self.uses += 1
        return 401 if self.uses > self.lasts else 200

    async def run(self) -> Secret:
        self.runs.append(loop_time())
        self.in_flight += 1
        assert self.in_flight == 1
        await asyncio.sleep(1)
        self.in_flight -= 1
        self.issued, self.uses = self.issued + 1, 0
        return self.prints(self)

    def renewal(self) -> Renewal:
        header = Renewable("Authorization", token(0), self.run)

        def on_renewed(headers: Sequence[tuple[Renewable, Secret]]) -> None:
            self.renewed += [value for _, value in headers]

        return Renewal([header], given(token(0)), ["Authorization"], on_renewed)


def given(value: str) -> tuple[tuple[str, str], ...]:
    return (("authorization", value),)


def request(name: str, value: str = "", **parts: object) -> Request:
    return replace(Request(path=f"/{name}"), headers=given(value or token(0)), **parts)  # type: ignore[arg-type]


def probe(name: str, value: str = "", expect: Expect = Expect.ACCEPT) -> Probe:
    return Probe(name, request(name, value), expect, tokens=1)


def execute(
    issuer: Issuer,
    checks: Sequence[Check],
    *,
    load: Load | None = None,
    budget: Budget | None = None,
    target: FakeTarget | None = None,
) -> tuple[RunResult, FakeTarget]:
    target = target or FakeTarget(issuer.respond)
    tested = replace(suite(*checks), canary=replace(CANARY, request=request("canary")))
    settings = Settings(load or Load(), budget or Budget())
    run = Run(tested, target, settings, renewal=issuer.renewal())
    return run_in_virtual_time(run.execute()), target


def many(count: int) -> list[Check]:
    return [check(f"c{n:03}", probe(f"c{n:03}")) for n in range(count)]


@pytest.mark.parametrize("concurrency", [1, 8])
def test_a_run_goes_on_with_new_tokens(concurrency: int) -> None:
    issuer = Issuer()
    result, target = execute(issuer, many(3 * LASTS), load=Load(concurrency))
    assert set(verdicts(result).values()) == {"pass"}
    assert issuer.issued == 3
    assert issuer.renewed == [token(1), token(2), token(3)]
    assert result.requests == len(target.requests)
    repeated = result.requests - 3 * LASTS - 1
    assert 3 <= repeated <= 3 * concurrency


def test_the_budget_counts_the_repeated_requests() -> None:
    result, target = execute(Issuer(), many(LASTS + 5), load=Load(1), budget=Budget(LASTS + 6))
    assert len(target.requests) == LASTS + 6
    assert "over budget" in result.outcomes[f"c{LASTS + 4:03}"].reason


def test_tokens_are_renewed_at_most_every_ten_seconds() -> None:
    issuer = Issuer(lasts=3)
    result, _ = execute(issuer, many(12))
    assert set(verdicts(result).values()) == {"pass"}
    gaps = [later - earlier for earlier, later in zip(issuer.runs, issuer.runs[1:], strict=False)]
    assert len(gaps) >= 2
    assert min(gaps) >= 10


def test_the_same_token_again_is_judged() -> None:
    issuer = Issuer(prints=lambda _: token(0))
    result, _ = execute(issuer, many(LASTS + 20), load=Load(1))
    assert list(verdicts(result).values()).count("fail") == 21
    assert len(issuer.runs) == 3, "a command whose token does not change runs three times"


def test_a_new_token_that_is_rejected_is_judged() -> None:
    issuer = Issuer(prints=lambda issuer: token(issuer.issued + 1000))
    result, _ = execute(issuer, many(LASTS + 20), load=Load(1))
    assert list(verdicts(result).values()).count("fail") == 21
    assert len(issuer.runs) == 1, "it was never accepted, so it has not expired"


def test_a_rejected_token_that_was_never_accepted_is_judged() -> None:
    issuer = Issuer(lasts=0)
    result, _ = execute(issuer, many(3))
    assert set(verdicts(result).values()) == {"fail"}
    assert not issuer.runs


@pytest.mark.parametrize(
    "wrong", [token(0)[:-1], token(0) + "x", token(0).swapcase(), "Bearer another", "token-number-0000"]
)
def test_a_rejected_wrong_credential_is_no_expired_one(wrong: str) -> None:
    issuer = Issuer()
    result, _ = execute(issuer, [check("c", probe("c", wrong, Expect.REJECT))])
    assert verdicts(result) == {"c": "pass"}
    assert not issuer.runs


def test_a_token_in_another_valid_form_is_renewed() -> None:
    issuer = Issuer(lasts=1)
    lowercase = token(0).replace("Bearer", "bearer")

    def respond(one: Request) -> int:
        value = dict(one.headers)["authorization"]
        return issuer.respond(replace(one, headers=given(value.replace("bearer", "Bearer"))))

    result, _ = execute(issuer, [check("c", probe("c", lowercase))], target=FakeTarget(respond))
    assert verdicts(result) == {"c": "pass"}
    assert len(issuer.runs) == 1


def test_a_command_that_fails_ends_the_run_without_a_verdict_on_the_target() -> None:
    def fails(_: Issuer) -> Secret:
        raise ConfigurationError("header Authorization", "its command ended with exit code 1")

    issuer = Issuer(prints=fails)
    result, target = execute(issuer, many(LASTS + 20), load=Load(4))
    found = list(verdicts(result).values())
    assert (found.count("pass"), found.count("inconclusive")) == (LASTS - 1, 21)
    last = result.outcomes[f"c{LASTS + 10:03}"]
    assert last.reason == (
        "the credentials expired during the run, and were not renewed:"
        " header Authorization: its command ended with exit code 1"
    )
    assert len(issuer.runs) == 1
    assert len(target.requests) <= LASTS + 4


def test_all_later_requests_carry_the_new_token_in_each_place() -> None:
    renewal = Issuer().renewal()
    old, new = "token-number-0000", "token-number-0001"

    async def renew() -> None:
        renewal._replace([token(1)])

    run_in_virtual_time(renew())
    cookie = Secret(f"key={old}", shown="key=[Key]")
    sent = renewal.current(
        Request(
            headers=(*given(token(0)), ("cookie", cookie), ("x-other", "0000"), ("x", f"{old}x")),
            body=f'{{"key": "{old}"}}'.encode(),
            query=f"key={old}&a=b",
        )
    )
    assert sent.headers == (*given(token(1)), ("cookie", f"key={new}"), ("x-other", "0000"), ("x", f"{new}x"))
    assert [getattr(value, "shown", "") for _, value in sent.headers] == [token(0).shown, "key=[Key]", "", ""]
    assert sent.body == f'{{"key": "{new}"}}'.encode()
    assert sent.query == f"key={new}&a=b"
    plain = Request(headers=(("x-other", "0000"),), body=b"{}")
    assert renewal.current(plain) is plain


def test_an_exchange_names_the_request_of_its_probe_and_the_one_that_was_sent() -> None:
    issuer = Issuer(lasts=1)
    seen: list[Exchange] = []

    def keep(exchange: Exchange, _: Probe, __: Moment) -> Exchange:
        seen.append(exchange)
        return exchange

    tested = suite(check("c", probe("c")))
    reader = replace(tested.reader, read=keep)
    tested = replace(tested, canary=replace(CANARY, request=request("canary")), reader=reader)
    run_in_virtual_time(
        Run(tested, FakeTarget(issuer.respond), Settings(), renewal=issuer.renewal()).execute()
    )
    last = seen[-1]
    assert (last.request, last.sent) == (request("c"), request("c", token(1)))
    assert [exchange.status for exchange in seen] == [200, 401, 200]
