"""Reports in files: what can be rendered is read, anything else is one message."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Iterator
from itertools import chain, combinations
from pathlib import Path
from typing import Any

import pytest

from conformance.cli.main import main
from conformance.report import FORMATS, UnreadableReport, compare, load_report, overview
from conformance.report.model.document import MAX_EVIDENCE
from tests.report.documents import document, exchange, row

Spoil = Callable[[Any], Any]

SCHEMES = ("Key", "Config")

DROPPED = {"failure": "timeout", "detail": "no answer", "seconds": 1.0}

HOSTILE = ("", "\ud800\x1b[2J\x00", "\ufffe</script><b>`|", "items", "x" * 5_000)
"""Texts that a target, or whoever made the file, may put anywhere."""


def sets(*schemes: str) -> list[dict[str, Any]]:
    every = chain.from_iterable(combinations(schemes, size) for size in range(len(schemes) + 1))
    return [
        {"schemes": list(one), "expected": "refused", "found": "accepted", "status": 200} for one in every
    ]


def full() -> dict[str, Any]:
    """A report with something in each of its parts."""
    parts = ("minimum", "lower_quartile", "median", "upper_quartile", "p95", "maximum")
    return document(
        row("auth.key", "fail", failures=7),
        row("http.a", "fail", evidence=[exchange(response=DROPPED), exchange()]),
        row("http.b", "blocked", blocked_by="http.a"),
        row("http.c", "fail", standing="known", baseline="it is known", level="should"),
        *(row(f"request.{verdict}", verdict) for verdict in ("pass", "error", "inconclusive", "unsupported")),
        credentials={
            "schemes": [{"name": name, "header": f"x-{name}"} for name in SCHEMES],
            "sets": sets(*SCHEMES),
        },
        latency=[{"area": "http", "requests": 3} | dict.fromkeys(parts, 0.25)],
        generator={"valid": 3},
        errata=[{"id": "e", "title": "it says both", "resolution": "neither"}],
        target={"url": "http://127.0.0.1:8787/v1", "server_header": "it", "app": "package:app"},
    )


@pytest.fixture
def saved(tmp_path: Path) -> Callable[[Any], Path]:
    """A file that holds a value as JSON, or a text as it is."""

    def write(value: Any) -> Path:
        file = tmp_path / "r.json"
        file.write_text(value if isinstance(value, str) else json.dumps(value), "utf-8")
        return file

    return write


def render(file: Path) -> None:
    """Make all that can be made of the report in *file*."""
    told = load_report(file)
    for form in FORMATS.values():
        assert form(told)
    assert list(overview(told, every=True))
    assert compare(told, told) == []


def test_what_a_report_says_is_read(saved: Callable[[Any], Path]) -> None:
    file = saved(full())
    assert load_report(file) == full()
    render(file)


def test_a_report_at_its_bounds_is_read(saved: Callable[[Any], Path]) -> None:
    names = [f"S{i}" for i in range(12)]
    rows = (row(f"http.{i}", evidence=[exchange()] * MAX_EVIDENCE) for i in range(100))
    schemes = [{"name": name, "header": name} for name in names]
    render(saved(document(*rows, credentials={"schemes": schemes, "sets": sets(*names)}, seed=2**53 - 1)))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no", "no JSON: expected a JSON value"),
        ("", "no JSON: expected a JSON value"),
        ("[" * 200_000, "no JSON: expected at most 128 arrays and objects"),
        ('{"seconds": NaN}', "no JSON: /seconds: expected a finite number (RFC 8259 section 6), found NaN"),
        ('{"seconds": -Infinity}', "no JSON: /seconds: expected a finite number"),
        (f'{{"seed": 1{"0" * 5000}}}', "no JSON: /seed: expected an integer of at most 640 digits"),
        ("[]", "$: [] is not of type 'object'"),
    ],
)
def test_what_is_no_report_is_one_message(text: str, said: str, saved: Callable[[Any], Path]) -> None:
    with pytest.raises(UnreadableReport, match=r"r\.json: expected a report") as caught:
        load_report(saved(text))
    assert caught.value.found.startswith(said)


SPOILT: dict[str, tuple[Spoil, str]] = {
    "a float that is whole": (lambda r: r.update(exit_code=1.0), "$.exit_code: 1.0 is not of type"),
    "a true": (lambda r: r.update(format=True), "$.format: True is not of type 'integer'"),
    "a float as a status": (
        lambda r: r["credentials"]["sets"][0].update(status=200.0),
        "$.credentials.sets[0].status: 200.0 is not of type",
    ),
    "a huge number of requests": (
        lambda r: r.update(requests=10**400),
        "$.requests: what breaks maximum 9007199254740991",
    ),
    "a huge seed": (lambda r: r.update(seed=2**53), "$.seed: "),
    "a huge negative seed": (lambda r: r.update(seed=-(2**53)), "$.seed: "),
    "a huge time": (lambda r: r.update(seconds=1e300), "$.seconds: 1e+300 is greater than the maximum"),
    "a huge count of failures": (lambda r: r["requirements"][0].update(failures=10**40), "$.requirements[0]"),
    "a huge latency": (lambda r: r["latency"][0].update(maximum=1e300), "$.latency[0].maximum: "),
    "a huge count of answers": (lambda r: r["latency"][0].update(requests=10**40), "$.latency[0].requests: "),
    "a huge count of payloads": (lambda r: r["generator"].update(valid=10**40), "$.generator.valid: "),
    "a huge count in the summary": (
        lambda r: r["summary"]["must"].update(fail=10**40),
        "$.summary.must.fail",
    ),
    "a level that is not counted": (lambda r: r["summary"].pop("may"), "$.summary: 'may' is a required"),
    "a verdict that is not counted": (
        lambda r: r["summary"]["should"].pop("error"),
        "$.summary.should: 'error' is a required property",
    ),
    "far too many rows": (
        lambda r: r.update(requirements=r["requirements"] * 2_000),
        "$.requirements: what breaks maxItems 10000",
    ),
    "far too many exchanges": (
        lambda r: r["requirements"][0].update(evidence=[exchange()] * 1_000),
        "$.requirements[0].evidence: what breaks maxItems 100",
    ),
    "blocked by nothing": (lambda r: r["requirements"][2].update(blocked_by="http.z"), "http.z"),
    "two rows of one id": (lambda r: r["requirements"][2].update(id="http.a"), "2 for http.a"),
    "two schemes of one name": (
        lambda r: r["credentials"]["schemes"][1].update(name="Key"),
        "Key, Key",
    ),
    "a set that is missing": (lambda r: r["credentials"]["sets"].pop(), "3 of them, and 0 others"),
    "a set that stands there twice": (
        lambda r: r["credentials"]["sets"].append(r["credentials"]["sets"][1]),
        "4 of them, and 1 others",
    ),
    "a set of schemes that are none": (
        lambda r: r["credentials"]["sets"][3].update(schemes=["Key", "Kay"]),
        "3 of them, and 1 others",
    ),
    "a scheme twice in a set": (
        lambda r: r["credentials"]["sets"][3].update(schemes=["Key", "Key"]),
        "$.credentials.sets[3].schemes: ",
    ),
    "far too many schemes": (
        lambda r: r["credentials"].update(schemes=[{"name": str(i), "header": ""} for i in range(99)]),
        "$.credentials.schemes: what breaks maxItems 16",
    ),
}


@pytest.mark.parametrize(("spoil", "said"), SPOILT.values(), ids=SPOILT.keys())
def test_a_broken_report_is_one_message(spoil: Spoil, said: str, saved: Callable[[Any], Path]) -> None:
    told = full()
    spoil(told)
    with pytest.raises(UnreadableReport) as caught:
        load_report(saved(told))
    assert caught.value.found.startswith(said)
    assert len(str(caught.value)) < 1_000


@pytest.mark.parametrize("words", [["report"], ["compare"]])
def test_the_command_ends_with_4_for_it(
    words: list[str], saved: Callable[[Any], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    file = str(saved("[" * 200_000))
    assert main([*words, *[file] * (2 if words == ["compare"] else 1)]) == 4
    assert len(capsys.readouterr().err.splitlines()) == 1


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path to each value inside of *node*."""
    for step, child in node.items() if isinstance(node, dict) else enumerate(node):
        yield (*path, step)
        if isinstance(child, dict | list):
            yield from places(child, (*path, step))


def values(node: Any) -> list[Any]:
    """What may stand in the place of *node* in a file that is not to be trusted."""
    numbers = [0, 1, 2**53 - 1, 1e-300, 0.5, -1, 1.0, 1e15]
    same = [*reversed(node), *node] if isinstance(node, list) else [node]
    return [None, True, [], {}, same, *HOSTILE, *numbers]


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_read_can_be_rendered(seed: int, saved: Callable[[Any], Path]) -> None:
    choose = random.Random(seed)
    whole = full()
    read = 0
    for path in choose.sample(sorted(places(whole), key=repr), 40):
        changed = copy.deepcopy(whole)
        *above, last = path
        parent = changed
        for step in above:
            parent = parent[step]
        parent[last] = choose.choice(values(parent[last]))
        try:
            load_report(saved(changed))
        except UnreadableReport:
            continue
        render(saved(changed))
        read += 1
    assert read > 0


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_in_a_report_can_break_a_renderer(text: str, saved: Callable[[Any], Path]) -> None:
    def spoilt(node: Any) -> Any:
        if isinstance(node, dict):
            return {name: spoilt(child) for name, child in node.items()}
        if isinstance(node, list):
            return [spoilt(child) for child in node]
        return text if node in free else node

    told = full()
    free = {"the reason of http.a", "a 4xx", "an empty object", "{}", "it", "it is known", "it says both"}
    free |= {"curl -sS -i -X POST url", "x-Key", "contract.yaml", "portkey", "0.1.0", told["started"]}
    free |= {"RFC 9110, section 12.5.1", told["target"]["url"], "POST", "server", "no answer", "timeout"}
    made = spoilt(told)
    for one in made["requirements"] if text else ():
        one |= {"id": f"{text}{one['id']}", "area": text}
        one["blocked_by"] = one["blocked_by"] and f"{text}{one['blocked_by']}"
    made["generator"], made["target"][text] = {text: 3}, text
    render(saved(made))
