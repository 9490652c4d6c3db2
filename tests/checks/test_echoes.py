"""Credentials of a request in its response."""

from __future__ import annotations

import json
from base64 import b64encode
from urllib.parse import quote

import pytest

from conformance.checks.answers import Answers
from conformance.checks.echoes import echoed_header
from conformance.checks.whole_run import MAX_ECHOES, WholeRun
from conformance.contract import Contract
from conformance.engine import Expect, FaultKind, Moment, Probe
from conformance.http_client import Exchange, Request, Response

CONTRACT = Contract.load()
TOKEN = 'rejected-token-"0123'
BEARER = ("authorization", f"Bearer {TOKEN}")


def echoed(
    body: str | bytes, *sent: tuple[str, str], headers: tuple[tuple[str, str], ...] = (), status: int = 401
) -> str:
    content = body if isinstance(body, bytes) else body.encode()
    response = Response(status, headers, content)
    return echoed_header(Request(sent or (BEARER,)), response, CONTRACT.security)


@pytest.mark.parametrize("status", [200, 401, 500])
@pytest.mark.parametrize(
    "shown",
    [
        TOKEN,
        json.dumps(TOKEN),
        quote(TOKEN),
        TOKEN.replace('"', "&quot;"),
        b64encode(TOKEN.encode()).decode(),
    ],
)
def test_credential_of_the_own_request_is_found(shown: str, status: int) -> None:
    assert echoed(f"no {shown} here", status=status) == "authorization"
    assert echoed("", headers=(("x-rejected", f"it is {shown}"),), status=status) == "authorization"


def test_part_of_a_credential_is_not_found() -> None:
    assert echoed(f"{TOKEN[:7]}...{TOKEN[-7:]}") == ""
    assert echoed(TOKEN[:-1]) == ""


def test_token_is_searched_for_without_the_name_of_its_scheme() -> None:
    for scheme in ("Bearer", "Basic", "bearer"):
        assert echoed(TOKEN, ("Authorization", f"{scheme} {TOKEN}")) == "Authorization"
    assert echoed(TOKEN, ("Authorization", TOKEN)) == "Authorization"


def test_short_and_public_values_are_not_searched_for() -> None:
    unusable = CONTRACT.security["Config"].unusable[0]
    assert echoed("wrong key: key-123", ("x-portkey-api-key", "key-123")) == ""
    assert echoed("no provider openai-europe", ("x-portkey-provider", "openai-europe")) == ""
    assert echoed(f"cannot use {unusable}", ("x-portkey-config", unusable)) == ""
    assert echoed("text/plain", ("content-type", "text/plain")) == ""


def test_public_value_in_the_header_of_a_secret_is_not_searched_for() -> None:
    request = Request((("authorization", "Bearer openai-europe"),))
    response = Response(401, (("x-portkey-provider", "openai-europe"),), b"no access")
    assert echoed_header(request, response, CONTRACT.security) == "authorization"
    assert echoed_header(request, response, CONTRACT.security, {"openai-europe"}) == ""


def test_whole_run_keeps_the_first_responses_with_a_credential() -> None:
    run = WholeRun(CONTRACT, Answers(CONTRACT, ("valid-token-0123",)), Request(), ("valid-token-0123",))
    bodies = (b"{}", TOKEN.encode(), b"expected valid-token-0123", *[TOKEN.encode()] * MAX_ECHOES)
    for number, body in enumerate(bodies):
        sent = Request((BEARER,), b"{}")
        exchange = Exchange(sent, Response(401, (), body), None, 0.1)
        run.read(exchange, Probe(f"probe {number}", sent, Expect.REJECT), Moment(number, 0.0))
    found = run.found(FaultKind.ECHO)
    assert len(found) == MAX_ECHOES
    assert [(one.probe, one.actual) for one in found[:2]] == [
        ("probe 1", "the credential of the request's header authorization"),
        ("probe 2", "a valid credential"),
    ]
    assert run.found(FaultKind.LOAD) == ()
