"""A token that expires during a run: a command prints the next one, and no output contains any of them."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from conformance import check
from conformance.contract import Contract
from conformance.engine import renewal
from conformance.reference import create_app
from tests.frontends.conftest import AlteredApp, AppResponse

pytest_plugins = ["pytester"]

FrontEnd = Callable[..., Any]
Serve = Callable[[ASGIApp], str]

REPORTS = {
    "html": "r.html",
    "markdown": "r.md",
    "badge": "b.json",
    "junitxml": "j.xml",
    "har": "r.har",
    "script": "r.sh",
}
ONLY = ["auth.accept.*", "auth.reject.*", "auth.echo", "http.method.*", "request.input.*"]
LASTS = 25
"""Requests after which a token expires."""


class Rotating:
    """The reference server with tokens that expire, and the file with the valid one, from which a command reads it."""

    def __init__(self, contract: Contract, file: Path, *, lasts: int = LASTS) -> None:
        self._contract, self._file, self._lasts = contract, file, lasts
        self.tokens: list[str] = []
        self.uses = 0
        self._issue()

    def _issue(self) -> None:
        self.tokens.append(hashlib.sha256(f"token {len(self.tokens)}".encode()).hexdigest()[:40] + "+/é=")
        self.uses = 0
        self._app = create_app(self._contract, dict.fromkeys(self.schemes, self.tokens[-1]))
        self.write()

    @property
    def schemes(self) -> list[str]:
        return [scheme.name for scheme in self._contract.security.schemes]

    def write(self) -> None:
        self._file.write_text(self.tokens[-1], "utf-8")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self.uses += 1
            if self.uses > self._lasts:
                self._issue()
        await self._app(scope, receive, send)


class WithoutNext(Rotating):
    """Its tokens expire once, and then there is no file with the next one."""

    def write(self) -> None:
        if len(self.tokens) == 1:
            super().write()
        else:
            self._file.unlink(missing_ok=True)


def header(file: Path) -> list[str]:
    return [f"Authorization: Bearer cmd:cat '{file}'"]


def leaks(tokens: list[str], text: str) -> Iterator[str]:
    """The tokens of which *text* contains a part, as it is or encoded."""
    for token in tokens:
        content = token.encode()
        whole = (
            quote(token),
            base64.b64encode(content).decode()[:-4],
            content.hex(),
            json.dumps(token)[1:-1],
        )
        if token[:10] in text or token[30:40] in text or any(form in text for form in whole):
            yield token


def repeat(response: AppResponse) -> AppResponse:
    """Repeat the token in several forms."""
    sent = dict(response.scope["headers"]).get(b"authorization", b"").decode().removeprefix("Bearer ")
    forms = [sent, quote(sent), base64.b64encode(sent.encode()).decode(), sent.encode().hex()]
    echo = (b"x-echo", json.dumps(forms).encode())
    body = json.dumps({"error": {"message": " ".join(forms)}}).encode()
    return replace(response, headers=[*response.headers, echo], body=body)


@pytest.fixture(autouse=True)
def without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(renewal, "INTERVAL", 0.0)


@pytest.fixture(scope="module")
def bearer(small: Contract) -> Contract:
    return Contract.load(small.file, profile="openai")


def test_the_run_goes_on_with_new_tokens(
    front_end: FrontEnd, bearer: Contract, serve: Serve, tmp_path: Path
) -> None:
    file = tmp_path / "the token"
    server = Rotating(bearer, file)
    options = {"contract": bearer.file, "profile": "openai", "only": ONLY, "concurrency": 4}
    ended = front_end(serve(server), header=header(file), **options)
    assert ended.code == 0, ended.text
    assert len(server.tokens) > 3
    assert ended.report["verdict"] == "partial"
    selected = [row["verdict"] for row in ended.report["requirements"] if row["selected"]]
    assert "pass" in selected
    assert not {"fail", "blocked", "inconclusive", "error"} & set(selected)
    assert not [*leaks(server.tokens, ended.text + json.dumps(ended.report, ensure_ascii=False))]
    assert "env:AUTHORIZATION" in ended.report["reproduce"]


def test_no_output_contains_a_token_that_the_server_repeats(
    run_command: FrontEnd, bearer: Contract, serve: Serve, tmp_path: Path
) -> None:
    file = tmp_path.parent / "token"
    server = Rotating(bearer, file, lasts=20)

    def repeat_later(response: AppResponse) -> AppResponse:
        return response if len(server.tokens) < 3 else repeat(response)

    options = {
        "contract": bearer.file,
        "profile": "openai",
        "only": ONLY,
        "concurrency": 1,
    }
    ended = run_command(serve(AlteredApp(server, repeat_later)), header=header(file), **options, **REPORTS)
    assert ended.code == 1, ended.text
    row = ended.row("auth.echo")
    assert row["verdict"] == "fail"
    assert "the credential of the request's header Authorization" in row["reason"]
    written = {one.name: one.read_text("utf-8") for one in tmp_path.iterdir() if one.is_file()}
    assert set(REPORTS.values()) <= set(written)
    written |= {"report": json.dumps(ended.report, ensure_ascii=False), "output": ended.text}
    for name, text in written.items():
        assert not [*leaks(server.tokens, text)], name
    assert "[credential]" in written["report"]


def test_a_command_that_fails_is_not_the_servers_fault(
    run_command: FrontEnd, bearer: Contract, serve: Serve, tmp_path: Path
) -> None:
    file = tmp_path / "token"
    server = WithoutNext(bearer, file, lasts=40)
    options = {"contract": bearer.file, "profile": "openai", "only": ONLY, "concurrency": 2}
    ended = run_command(serve(server), header=header(file), **options)
    assert ended.code == 1
    found = {row["verdict"] for row in ended.report["requirements"]}
    assert "fail" not in found
    assert "inconclusive" in found
    sentence = (
        "the credentials expired during the run, and were not renewed:"
        " header Authorization: its command ended with exit code 1; run it in a terminal to see why"
    )
    assert sentence in " ".join(ended.text.split())
    assert "rejects" not in " ".join(row["reason"] for row in ended.report["requirements"])
    assert not [*leaks(server.tokens, ended.text)]


def test_a_command_that_fails_at_the_start_is_a_usage_error(front_end: FrontEnd, tmp_path: Path) -> None:
    ended = front_end("http://127.0.0.1:9/v1", header=header(tmp_path / "missing"), profile="openai")
    assert ended.code == 4
    assert "header Authorization: its command ended with exit code 1" in ended.text


def test_the_library_reads_commands_too(bearer: Contract, tmp_path: Path) -> None:
    server = Rotating(bearer, tmp_path / "token", lasts=30)
    (name, _, value) = header(tmp_path / "token")[0].partition(": ")
    options = {"contract": bearer.file, "profile": "openai", "only": ("request.input.*",)}
    report = check(server, headers={name: value}, **options)
    assert report.ok, str(report)
    assert len(server.tokens) > 2
