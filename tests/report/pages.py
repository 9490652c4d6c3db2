"""HTML pages as a browser parses them, and reports with data of each kind or with hostile text."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

from tests.report.documents import document, exchange, row

HOSTILE = (
    "<script>window.pwned=1</script></script><img src=x onerror=window.pwned=2>"
    "\" onclick=window.pwned=3 '\x1b[31m\u202egnp.exe\u200b\ud800\x00\u2028\x9b"
)
LATENCY = {
    "area": "http",
    "requests": 20,
    "minimum": 0.001,
    "lower_quartile": 0.002,
    "median": 0.0042,
    "upper_quartile": 0.01,
    "p95": 0.1,
    "maximum": 1.0,
}
CREDENTIALS: dict[str, Any] = {
    "schemes": [{"name": "Key", "header": "x-key"}, {"name": "Config", "header": "x-config"}],
    "sets": [
        {"schemes": ["Key"], "expected": "refused", "found": "neither", "status": None},
        {"schemes": [], "expected": "refused", "found": "accepted", "status": 200},
        {"schemes": ["Config"], "expected": "refused", "found": None, "status": None},
        {"schemes": ["Key", "Config"], "expected": "accepted", "found": "accepted", "status": 200},
    ],
}


class Page(HTMLParser):
    """A parsed page: its elements with their attributes, the text of each element, and all text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.words: list[str] = []
        self._inside: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._inside.append(tag)
        self.texts.setdefault(tag, []).append("")

    def handle_endtag(self, tag: str) -> None:
        while self._inside and self._inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not {"script", "style"} & set(self._inside):
            self.words.append(data)
        for tag in self._inside:
            self.texts[tag][-1] += data

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def full(**changes: Any) -> dict[str, Any]:
    """A report with data of each kind."""
    rows = [
        row("http.a"),
        row("http.b", "fail", level="should", standing="known", baseline="ticket 4711"),
        row("http.c", "fail", source={"kind": "prose", "pointer": "/info", "quote": "be good"}),
        row("auth.d", "blocked", blocked_by="http.c"),
        row("auth.e", "not-tested"),
    ]
    defaults = {
        "credentials": CREDENTIALS,
        "latency": [LATENCY],
        "generator": {"valid, to accept": 22},
        "errata": [{"id": "base64", "title": "Base64 violates the schema", "resolution": "It is allowed."}],
    }
    return document(*rows, **{**defaults, **changes})


def hostile(text: str, *, requirements: int = 1) -> dict[str, Any]:
    """A report with *text* wherever the target can have written the text."""
    headers = [[text, text]] * 300
    request = {"method": "POST", "url": "http://127.0.0.1/" + HOSTILE, "headers": headers, "body": text}
    response = {"status": 200, "headers": headers, "body": text, "seconds": 0.1}
    dropped = {"failure": "dropped", "detail": text, "seconds": 0.1}
    shown = [
        exchange(probe=text, expected=text, actual=text, request=request, response=one)
        for one in (response, response, response, response, dropped)
    ]
    rows = (row(f"http.r{i}", "fail", reason=text, evidence=shown) for i in range(requirements))
    return full(
        requirements=[*rows, row("http.baselined", "fail", baseline=text, evidence=shown)],
        target={"url": text, "server_header": text},
    )
