"""The three doors to a run, and targets for them: the reference, and applications that change its answers."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import httpx
import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import conformance.pytest_plugin.session  # pytester forgets what is first imported inside of it: no patch holds
import conformance.reference.http_server  # noqa: F401
from conformance.cli.main import main
from conformance.config.headers import header_lines
from conformance.config.options import OPTIONS
from conformance.contract import Contract
from conformance.reference import background_server, create_app, default_credentials

Headers = list[tuple[bytes, bytes]]
Serve = Callable[[ASGIApp], str]
Alter = Callable[..., "Changed"]


@dataclass(frozen=True)
class Said:
    """An answer on its way, with the request that it is for: an ASGI scope, with the body under ``sent``."""

    scope: Scope
    status: int
    headers: Headers
    body: bytes


Change = Callable[[Said], Said]


class Changed:
    """An application whose answers are changed on their way; it keeps the scopes of its requests."""

    url = ""

    def __init__(self, app: ASGIApp, change: Change) -> None:
        self._app, self._change = app, change
        self.requests: list[Scope] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        self.requests.append(scope)
        scope["sent"] = bytearray()
        said: list[Message] = []

        async def hear() -> Message:
            message = await receive()
            scope["sent"] += message.get("body", b"")
            return message

        async def keep(message: Message) -> None:
            said.append(message)

        await self._app(scope, hear, keep)
        whole = b"".join(message.get("body", b"") for message in said)
        kept = [(name, value) for name, value in said[0]["headers"] if name != b"content-length"]
        changed = self._change(Said(scope, said[0]["status"], kept, whole))
        length = (b"content-length", str(len(changed.body)).encode())
        headers = [*changed.headers, length]
        await send({"type": "http.response.start", "status": changed.status, "headers": headers})
        await send({"type": "http.response.body", "body": changed.body})


@dataclass(frozen=True)
class Ended:
    """How a run ended: its exit code, all that it printed, and its JSON report if it wrote one."""

    code: int
    text: str
    report: dict[str, Any]

    def verdict(self, id: str) -> str:
        return str(self.row(id)["verdict"])

    def row(self, id: str) -> dict[str, Any]:
        (row,) = [row for row in self.report["requirements"] if row["id"] == id]
        return dict(row)


class Door(Protocol):
    """Runs the suite with options by key; all credentials of the reference are given unless ``header`` is."""

    def __call__(self, url: str | None = None, **options: Any) -> Ended: ...


@pytest.fixture(scope="session", autouse=True)
def interruptible() -> None:
    """Let SIGINT interrupt, here and in what is started: in the background of a shell without jobs it is ignored."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def httpx_is_whole() -> None:
    """Let httpx import what it imports late: pytester forgets it, and it would go by another httpcore's exceptions."""
    httpx.Client().close()


@pytest.fixture(scope="session")
def contract() -> Contract:
    return Contract.load()


@pytest.fixture(scope="session")
def credentials(contract: Contract) -> Mapping[str, str]:
    """What the reference accepts, by scheme name."""
    return default_credentials(contract)


@pytest.fixture(scope="session")
def header(contract: Contract, credentials: Mapping[str, str]) -> list[str]:
    """All headers that the reference accepts, as users write them."""
    return header_lines(contract, credentials)


@pytest.fixture(scope="session")
def reference(contract: Contract) -> ASGIApp:
    return create_app(contract)


@pytest.fixture(scope="session")
def url(reference: ASGIApp) -> Iterator[str]:
    """The base URL of the reference."""
    with background_server(reference) as url:
        yield url


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serve an application for as long as the test lasts; gives its base URL."""
    with ExitStack() as servers:
        yield lambda app: servers.enter_context(background_server(app))


@pytest.fixture
def alter(reference: ASGIApp, serve: Serve) -> Alter:
    """Serve the reference with its answers changed; by default it only keeps what reached it."""

    def altered(change: Change = lambda said: said) -> Changed:
        target = Changed(reference, change)
        target.url = serve(target)
        return target

    return altered


@pytest.fixture
def door_of_pytest(pytester: pytest.Pytester, header: list[str]) -> Door:
    def run(url: str | None = None, arguments: Sequence[str] = (), **options: Any) -> Ended:
        words = list(_words({"url": url, "header": header, **options}, lambda option: option.flag))
        json_file = pytester.path / "report.json"
        result = pytester.runpytest_inprocess(
            *words, f"--conformance-json={json_file}", "-p", "no:cacheprovider", *arguments
        )
        return Ended(int(result.ret), f"{result.stdout}\n{result.stderr}", _read(json_file))

    return run


@pytest.fixture
def door_of_command(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, header: list[str]
) -> Door:
    monkeypatch.chdir(tmp_path)

    def run(url: str | None = None, **options: Any) -> Ended:
        words = _words({"header": header, **options}, lambda option: f"--{option.name}")
        place = [] if url is None else [url]
        capsys.readouterr()
        code = _exit_code(["run", *place, *words, "--json=report.json"])
        printed = capsys.readouterr()
        return Ended(code, printed.out + printed.err, _read(tmp_path / "report.json"))

    return run


@pytest.fixture(params=["pytest", "command"])
def door(request: pytest.FixtureRequest) -> Door:
    """Either door, one after the other."""
    found: Door = request.getfixturevalue(f"door_of_{request.param}")
    return found


def _exit_code(arguments: list[str]) -> int:
    try:
        return main(arguments)
    except SystemExit as ended:
        return int(ended.code or 0)


def _words(options: Mapping[str, Any], flag: Callable[[Any], str]) -> Iterator[str]:
    known = {option.key: option for option in OPTIONS}
    for key, value in options.items():
        name = flag(known[key])
        match value:
            case None | False:
                continue
            case True:
                yield name
            case list():
                yield from (f"{name}={item}" for item in value)
            case _:
                yield f"{name}={value}"


def _read(file: Path) -> dict[str, Any]:
    if not file.exists():
        return {}
    found: dict[str, Any] = json.loads(file.read_text("utf-8"))
    file.unlink()
    return found
