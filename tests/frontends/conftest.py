"""Fixtures that run the suite through pytest and the command, and targets: the reference, plain or altered."""

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
import conformance.reference.uvicorn_server  # noqa: F401
from conformance.cli.main import main
from conformance.config.headers import header_lines
from conformance.config.options import OPTIONS
from conformance.contract import Contract
from conformance.reference import background_server, create_app, default_credentials
from tests.mutants.setup import small_contract

Headers = list[tuple[bytes, bytes]]
Serve = Callable[[ASGIApp], str]
Alter = Callable[..., "AlteredApp"]


@dataclass(frozen=True)
class AppResponse:
    """A response of an application, with the ASGI scope of its request, which has the request's body as ``sent``."""

    scope: Scope
    status: int
    headers: Headers
    body: bytes


Change = Callable[[AppResponse], AppResponse]


class AlteredApp:
    """An application with altered responses. It keeps the scopes of its requests."""

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
        sent: list[Message] = []

        async def receive_and_keep() -> Message:
            message = await receive()
            scope["sent"] += message.get("body", b"")
            return message

        async def keep(message: Message) -> None:
            sent.append(message)

        await self._app(scope, receive_and_keep, keep)
        body = b"".join(message.get("body", b"") for message in sent)
        kept = [(name, value) for name, value in sent[0]["headers"] if name != b"content-length"]
        changed = self._change(AppResponse(scope, sent[0]["status"], kept, body))
        length = (b"content-length", str(len(changed.body)).encode())
        headers = [*changed.headers, length]
        await send({"type": "http.response.start", "status": changed.status, "headers": headers})
        await send({"type": "http.response.body", "body": changed.body})


@dataclass(frozen=True)
class FinishedRun:
    """The exit code of a run, its output, and its JSON report (empty if it wrote none)."""

    code: int
    text: str
    report: dict[str, Any]

    def verdict(self, id: str) -> str:
        return str(self.row(id)["verdict"])

    def row(self, id: str) -> dict[str, Any]:
        (row,) = [row for row in self.report["requirements"] if row["id"] == id]
        return dict(row)


class FrontEnd(Protocol):
    """Runs the suite with options by key. ``header`` defaults to all credentials of the reference."""

    def __call__(self, url: str | None = None, **options: Any) -> FinishedRun: ...


@pytest.fixture(scope="session", autouse=True)
def interruptible() -> None:
    """Let SIGINT interrupt this process and its children: a shell without job control makes them ignore it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def httpx_is_whole() -> None:
    """Let httpx finish its late imports: pytester would remove them, and a second httpcore has other exceptions."""
    httpx.Client().close()


@pytest.fixture(scope="session")
def contract() -> Contract:
    return Contract.load()


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    """The contract with a small limit for arrays, for tests that need responses of all kinds."""
    return small_contract(tmp_path_factory.mktemp("contract"))


@pytest.fixture(scope="session")
def credentials(contract: Contract) -> Mapping[str, str]:
    """The credentials that the reference accepts, by scheme name."""
    return default_credentials(contract)


@pytest.fixture(scope="session")
def header(contract: Contract, credentials: Mapping[str, str]) -> list[str]:
    """All credential headers that the reference accepts, as users write them."""
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
    """Serve an application until the test ends. Returns its base URL."""
    with ExitStack() as servers:
        yield lambda app: servers.enter_context(background_server(app))


@pytest.fixture
def alter(reference: ASGIApp, serve: Serve) -> Alter:
    """Serve the reference with altered responses, by default unaltered ones; the requests are kept."""

    def altered(change: Change = lambda response: response) -> AlteredApp:
        target = AlteredApp(reference, change)
        target.url = serve(target)
        return target

    return altered


@pytest.fixture
def run_pytest(pytester: pytest.Pytester, header: list[str]) -> FrontEnd:
    def run(url: str | None = None, arguments: Sequence[str] = (), **options: Any) -> FinishedRun:
        words = list(_words({"url": url, "header": header, **options}, lambda option: option.flag))
        json_file = pytester.path / "report.json"
        result = pytester.runpytest_inprocess(
            *words, f"--conformance-json={json_file}", "-p", "no:cacheprovider", *arguments
        )
        return FinishedRun(int(result.ret), f"{result.stdout}\n{result.stderr}", _read(json_file))

    return run


@pytest.fixture
def run_command(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, header: list[str]
) -> FrontEnd:
    monkeypatch.chdir(tmp_path)

    def run(url: str | None = None, **options: Any) -> FinishedRun:
        words = _words({"header": header, **options}, lambda option: f"--{option.name}")
        place = [] if url is None else [url]
        capsys.readouterr()
        code = _exit_code(["run", *place, *words, "--json=report.json"])
        printed = capsys.readouterr()
        return FinishedRun(code, printed.out + printed.err, _read(tmp_path / "report.json"))

    return run


@pytest.fixture(params=["pytest", "command"])
def front_end(request: pytest.FixtureRequest) -> FrontEnd:
    """Each of the two front ends that read a command line."""
    found: FrontEnd = request.getfixturevalue(f"run_{request.param}")
    return found


def _exit_code(arguments: list[str]) -> int:
    try:
        return main(arguments)
    except SystemExit as error:
        return int(error.code or 0)


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
