"""A complete run of the command against a hostile server, and its report in the browser."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from conformance.cli.main import main
from conformance.config.headers import header_lines
from conformance.contract import Contract
from conformance.reference import background_server, default_credentials

if TYPE_CHECKING:
    from tests.browser.pages import Open

MOST = 5 * 2**20
LONG = 10 * 2**20
SCRIPT = "</script><script>window.pwned = true</script><img src=x onerror='window.pwned = true'>"
TERMINAL = "\x1b]0;owned\x07\x1b[2J\u202e\u2028\x00"
NOT_UNICODE = b"\xff\xfe\xed\xa0\x80"
HEADERS = [
    (b"content-type", b"application/json"),
    (b"server", b"<script>window.pwned = true</script>"),
    (b"x-said", SCRIPT.encode()),
    (b"x-bytes", b"\xff\xfe"),
]


class Hostile:
    """Responds with 200 and a different body each time; every 40th body has 10 MB."""

    def __init__(self) -> None:
        self.requests = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        while (await receive()).get("more_body"):
            pass
        self.requests += 1
        body = self._body()
        headers = [*HEADERS, (b"content-length", str(len(body)).encode())]
        start: Message = {"type": "http.response.start", "status": 200, "headers": headers}
        await send(start)
        await send({"type": "http.response.body", "body": body})

    def _body(self) -> bytes:
        text = f"{SCRIPT}{TERMINAL}"
        whole: dict[str, Any] = {
            "object": text,
            "model": text,
            SCRIPT: "\ud800",
            "data": [{"embedding": text}],
        }
        match self.requests % 4:
            case 0:
                return json.dumps(whole).encode()
            case 1:
                return text.encode() + NOT_UNICODE
            case 2:
                return json.dumps({"data": [{"embedding": [SCRIPT]}], "model": "m", "usage": text}).encode()
        length = LONG if self.requests % 40 == 3 else 1000
        return json.dumps({"object": "list", "data": [], "model": f"{text}{'x' * length}"}).encode()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the reports that the command wrote."""
    folder = tmp_path_factory.mktemp("hostile")
    contract = Contract.load()
    keys = [f"--header={line}" for line in header_lines(contract, default_credentials(contract))]
    with background_server(Hostile()) as url:
        words = [f"--{form}={folder / name}" for form, name in (("html", "r.html"), ("json", "r.json"))]
        code = main(["run", url, *words, *keys])
    assert code == 1
    return folder


@pytest.mark.browser
def test_the_report_opens_runs_nothing_and_stays_small(show: Open, folder: Path) -> None:
    written = (folder / "r.html").read_bytes()
    assert len(written) < MOST
    document = json.loads((folder / "r.json").read_text("utf-8"))
    failures = [row for row in document["requirements"] if row["verdict"] == "fail"]
    assert len(failures) > 20
    page = show(document)
    assert page.evaluate("document.documentElement.outerHTML.length") > 100_000
    assert page.evaluate("window.pwned") is None
    assert page.evaluate("document.images.length") == 0
    assert page.locator("h1").inner_text().endswith("Nonconformant")
    assert Path(page.url.removeprefix("file://")).read_bytes() == written
