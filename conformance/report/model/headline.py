"""The result of a run in one sentence: which clients work with the target, and what failed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from conformance.contract import LEVELS
from conformance.exit_codes import Exit
from conformance.text import clip, counted

from .compatibility import known_clients
from .root_causes import root_causes, wrong_for_any_client

PASSES = "passes (all failures are known or excluded)"
"""The verdict of a run with exit code 0 although a MUST failed: its options or a baseline accept the failure."""


WRONG = ", but any of them can get wrong data"


def verdict_text(document: Mapping[str, Any]) -> str:
    """The verdict of a report in a word, or PASSES: a run that passes is not called nonconformant."""
    verdict = str(document["verdict"])
    return PASSES if verdict == "nonconformant" and document["exit_code"] == Exit.OK else verdict


def verdict_note(document: Mapping[str, Any]) -> str:
    """What a verdict means if its name does not say that, or how the run ended early; in parentheses, or empty."""
    if document.get("max_failures_reached"):
        return " (ended after the first failures)"
    if document.get("out_of_time"):
        return " (out of time)"
    if document["interrupted"]:
        return " (interrupted)"
    return " (not every MUST was tested)" if document["verdict"] == "partial" else ""


def headline(document: Mapping[str, Any]) -> str:
    """``2 of 8 clients break (an error), 6 work; 3 MUSTs failed, most severe: "GET is rejected".``"""
    title = first_failure(document)
    return short_headline(document) + (f', most severe: "{clip(title)}".' if title else ".")


def short_headline(document: Mapping[str, Any]) -> str:
    """The headline without the first failure: which clients work, and how many requirements failed."""
    text = "; ".join([*_clients(document), _requirements(document)])
    return f"{text[0].upper()}{text[1:]}"


def first_failure(document: Mapping[str, Any]) -> str:
    """The title of the failed requirement that is most severe; empty without failures."""
    failed = (
        cause.row["title"]
        for cause in root_causes(document["requirements"])
        if cause.row["verdict"] == "fail"
    )
    return str(next(failed, ""))


def _clients(document: Mapping[str, Any]) -> Iterator[str]:
    """What is known about clients; nothing if the result of none is known."""
    table = known_clients(document["requirements"])
    if not table:
        return
    counts = Counter(found.label for found in table.values())
    texts = Counter(found.consequences for found in table.values() if found.breaks)
    several = ", ".join(f"{count} with {text}" for text, count in texts.items())
    consequences = several if len(texts) > 1 else "".join(texts)
    words = {
        "breaks": f"{'break' if counts['breaks'] > 1 else 'breaks'} ({consequences})",
        "works": "work" if counts["works"] > 1 else "works",
        "not known": "are not known" if counts["not known"] > 1 else "is not known",
    }
    first, *others = [label for label in words if counts[label]]
    rest = "".join(f", {counts[label]} {words[label]}" for label in others)
    number = f"{counts[first]} of" if others else "all"
    wrong = (
        "" if counts["breaks"] or not wrong_for_any_client(root_causes(document["requirements"])) else WRONG
    )
    yield f"{number} {counted(len(table), 'client')} {words[first]}{rest}{wrong}"


def _requirements(document: Mapping[str, Any]) -> str:
    rows = document["requirements"]
    failed = Counter(row["level"] for row in rows if row["verdict"] == "fail")
    listed = [counted(failed[level], level.upper()) for level in LEVELS if failed[level]]
    return f"{' and '.join(listed)} failed" if listed else f"no requirement failed{_untested(document)}"


def _untested(document: Mapping[str, Any]) -> str:
    """How many MUSTs have no result although the run ended well; empty for none."""
    verdicts = Counter(row["verdict"] for row in document["requirements"] if row["level"] == "must")
    number = sum(verdicts.values()) - verdicts["pass"]
    return f", {counted(number, 'MUST was', 'MUSTs were')} not tested" if number else ""
