"""Saved reports: whatever can be loaded can be rendered, anything else is one error message."""

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
from conformance.report import FORMATS, UnreadableReport, compare_reports, load_report, overview
from conformance.report.model.document import MAX_EVIDENCE
from tests.report.documents import document, exchange, row
from tests.sampling import sampled

Change = Callable[[Any], Any]

SCHEMES = ("Key", "Config")

DROPPED = {"failure": "timeout", "detail": "no response", "seconds": 1.0}

HOSTILE = ("", "\ud800\x1b[2J\x00", "\ufffe</script><b>`|", "items", "x" * 5_000)
"""Texts that a target, or the author of the file, may put anywhere."""


def sets(*schemes: str) -> list[dict[str, Any]]:
    every = chain.from_iterable(combinations(schemes, size) for size in range(len(schemes) + 1))
    return [
        {"schemes": list(one), "expected": "refused", "found": "accepted", "status": 200} for one in every
    ]


def full() -> dict[str, Any]:
    """A report with data in each of its parts."""
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
        errata=[{"id": "e", "title": "a contradiction", "resolution": "neither"}],
        target={"url": "http://127.0.0.1:8787/v1", "server_header": "it", "app": "package:app"},
    )


@pytest.fixture
def saved(tmp_path: Path) -> Callable[[Any], Path]:
    """A function that writes a value as JSON, or a string unchanged, to a file."""

    def write(value: Any) -> Path:
        file = tmp_path / "r.json"
        file.write_text(value if isinstance(value, str) else json.dumps(value), "utf-8")
        return file

    return write


def render(file: Path) -> None:
    """Render the report in *file* in every format."""
    report = load_report(file)
    for format in FORMATS.values():
        assert format(report)
    assert list(overview(report, every=True))
    assert compare_reports(report, report) == []


def test_a_report_is_loaded_unchanged(saved: Callable[[Any], Path]) -> None:
    file = saved(full())
    assert load_report(file) == full()
    render(file)


def test_a_report_at_its_limits_is_loaded(saved: Callable[[Any], Path]) -> None:
    names = [f"S{i}" for i in range(12)]
    rows = (row(f"http.{i}", evidence=[exchange()] * MAX_EVIDENCE) for i in range(100))
    schemes = [{"name": name, "header": name} for name in names]
    render(saved(document(*rows, credentials={"schemes": schemes, "sets": sets(*names)}, seed=2**53 - 1)))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("no", "invalid JSON: expected a JSON value"),
        ("", "invalid JSON: expected a JSON value"),
        ("[" * 200_000, "invalid JSON: expected at most 128 "),
        (
            '{"seconds": NaN}',
            "invalid JSON: /seconds: expected a finite number (RFC 8259 section 6), found NaN",
        ),
        ('{"seconds": -Infinity}', "invalid JSON: /seconds: expected a finite number"),
        (f'{{"seed": 1{"0" * 5000}}}', "invalid JSON: /seed: expected an integer of at most 640 digits"),
        ("[]", "$: [] is not of type 'object'"),
    ],
)
def test_a_file_that_is_not_a_report_is_one_message(
    text: str, problem: str, saved: Callable[[Any], Path]
) -> None:
    with pytest.raises(
        UnreadableReport,
        match=r"r\.json cannot be read as a report: .*; give a file that a run wrote with --json",
    ) as caught:
        load_report(saved(text))
    assert caught.value.problem.startswith(problem)


SETS = "$.credentials.sets: each of the 4 sets of the schemes must occur once; found "

INVALID: dict[str, tuple[Change, str]] = {
    "a float that is whole": (lambda r: r.update(exit_code=1.0), "$.exit_code: 1.0 is not of type"),
    "a true": (lambda r: r.update(format=True), "$.format: True is not of type 'integer'"),
    "a float as a status": (
        lambda r: r["credentials"]["sets"][0].update(status=200.0),
        "$.credentials.sets[0].status: 200.0 is not of type",
    ),
    "a huge number of requests": (
        lambda r: r.update(requests=10**400),
        "$.requests: the value violates maximum 9007199254740991",
    ),
    "a huge seed": (lambda r: r.update(seed=2**53), "$.seed: "),
    "a huge negative seed": (lambda r: r.update(seed=-(2**53)), "$.seed: "),
    "a huge time": (lambda r: r.update(seconds=1e300), "$.seconds: 1e+300 is greater than the maximum"),
    "a huge count of failures": (lambda r: r["requirements"][0].update(failures=10**40), "$.requirements[0]"),
    "a huge latency": (lambda r: r["latency"][0].update(maximum=1e300), "$.latency[0].maximum: "),
    "a huge count of responses": (
        lambda r: r["latency"][0].update(requests=10**40),
        "$.latency[0].requests: ",
    ),
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
        "$.requirements: the value violates maxItems 10000",
    ),
    "far too many exchanges": (
        lambda r: r["requirements"][0].update(evidence=[exchange()] * 1_000),
        "$.requirements[0].evidence: the value violates maxItems 100",
    ),
    "blocked by a requirement without a row": (
        lambda r: r["requirements"][2].update(blocked_by="http.z"),
        "$.requirements: http.b is blocked by http.z, which has no row",
    ),
    "two rows with one id": (
        lambda r: r["requirements"][2].update(id="http.a"),
        "$.requirements: 2 rows have the id http.a",
    ),
    "two schemes with one name": (
        lambda r: r["credentials"]["schemes"][1].update(name="Key"),
        "$.credentials.schemes: the names must be unique: Key, Key",
    ),
    "a set that is missing": (lambda r: r["credentials"]["sets"].pop(), SETS + "3 of them and 0 others"),
    "a set that occurs twice": (
        lambda r: r["credentials"]["sets"].append(r["credentials"]["sets"][1]),
        SETS + "4 of them and 1 others",
    ),
    "a set with an unknown scheme": (
        lambda r: r["credentials"]["sets"][3].update(schemes=["Key", "Kay"]),
        SETS + "3 of them and 1 others",
    ),
    "a scheme twice in a set": (
        lambda r: r["credentials"]["sets"][3].update(schemes=["Key", "Key"]),
        "$.credentials.sets[3].schemes: ",
    ),
    "far too many schemes": (
        lambda r: r["credentials"].update(schemes=[{"name": str(i), "header": ""} for i in range(99)]),
        "$.credentials.schemes: the value violates maxItems 16",
    ),
}


@pytest.mark.parametrize(("change", "problem"), INVALID.values(), ids=INVALID.keys())
def test_an_invalid_report_is_one_message(change: Change, problem: str, saved: Callable[[Any], Path]) -> None:
    report = full()
    change(report)
    with pytest.raises(UnreadableReport) as caught:
        load_report(saved(report))
    assert caught.value.problem.startswith(problem)
    assert len(str(caught.value)) < 1_000


@pytest.mark.parametrize("words", [["report"], ["compare"]])
def test_the_exit_code_for_an_invalid_report_is_4(
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
    """Values that may replace *node* in an untrusted file."""
    numbers = [0, 1, 2**53 - 1, 1e-300, 0.5, -1, 1.0, 1e15]
    same = [*reversed(node), *node] if isinstance(node, list) else [node]
    return [None, True, [], {}, same, *HOSTILE, *numbers]


@pytest.mark.parametrize("seed", sampled(range(4), ["0"]))
def test_whatever_can_be_loaded_can_be_rendered(seed: int, saved: Callable[[Any], Path]) -> None:
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
    def replaced(node: Any) -> Any:
        if isinstance(node, dict):
            return {name: replaced(child) for name, child in node.items()}
        if isinstance(node, list):
            return [replaced(child) for child in node]
        return text if node in free else node

    report = full()
    free = {"the reason of http.a", "a 4xx", "an empty object", "{}", "it", "it is known", "a contradiction"}
    free |= {"curl -sS -i -X POST url", "x-Key", "contract.yaml", "portkey", "0.1.0", report["started"]}
    free |= {"RFC 9110, section 12.5.1", report["target"]["url"], "POST", "server", "no response", "timeout"}
    made = replaced(report)
    for one in made["requirements"] if text else ():
        one |= {"id": f"{text}{one['id']}", "area": text}
        one["blocked_by"] = one["blocked_by"] and f"{text}{one['blocked_by']}"
    made["generator"], made["target"][text] = {text: 3}, text
    render(saved(made))
