"""Root causes: the failures of a report, most severe first, each with the requirements that it blocks."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from conformance.contract import LEVELS
from conformance.contract.requirements.severity import SEVERITIES
from conformance.text import clip, counted

from .compatibility import client_table
from .hints import explanations, is_observer, likely_cause

Row = Mapping[str, Any]
"""One of the ``requirements`` of a JSON report."""

STANDINGS = ("bad", "known")
"""The standings of failures, most severe first."""

SEVERAL = ("meaning", "state")
"""The areas whose requirements compare several responses: the same fault shows with many results."""

NUMBER = re.compile(r"\d[\d,.]*(?: ([a-z]+?)s?\b)?")
"""A number in the text of a result."""

COMPARED = 1000
"""Characters of two texts that are compared."""

AGAINST = " against "
"""What precedes the ids of the requirements that a generated request violates, in its description."""

VERDICTS = ("error", "fail", "inconclusive", "blocked", "unsupported", "not-tested", "pass")
"""Verdicts, most severe first. A ``pass`` with a bad standing is a stale baseline entry."""


@dataclass(frozen=True, slots=True)
class Cause:
    """A failed requirement and the requirements that it blocks; ``standing`` is the most severe among all of them."""

    row: Row
    blocked: tuple[Row, ...]
    standing: str

    @property
    def note(self) -> str:
        """Why the cause makes the run fail although its own requirement does not; empty for most."""
        if self.row["standing"] == self.standing:
            return ""
        return "This requirement alone does not make the run fail. The requirements that it blocks do."


def root_causes(rows: Iterable[Row]) -> list[Cause]:
    """Return the root causes among *rows* by standing, level and verdict, those that break the most clients first.

    Raises KeyError if the ``blocked_by`` of a row is not the id of another row.
    """
    by_id = {row["id"]: row for row in rows}
    groups: dict[str, list[Row]] = {}
    for row in by_id.values():
        if row["standing"] in STANDINGS:
            groups.setdefault(row["blocked_by"] or row["id"], []).append(row)
    found = [_cause(by_id[id], members) for id, members in groups.items()]
    broken = Counter(
        one.row["id"] for client in client_table(by_id.values()).values() for one in client.breaks
    )
    return sorted(found, key=lambda cause: _severity(cause, broken))


def group_similar(found: Iterable[Cause]) -> list[list[Cause]]:
    """Group *found* by subject, level, and the first exchange's expectation and result; the order is kept.

    The subject is the beginning of the id, such as the property of a request. In areas whose requirements compare
    several responses, failures with the same likely cause are a group. Failures of a group may have the same cause.
    A failure that may repeat another one joins the first group with its symptom, or, if its request was generated, the
    first group with a requirement that the request violates. A failure that another one explains
    (``spec/hints.yaml``) joins the group of that one.
    """
    found = list(found)
    explained = _explained(found)
    groups: dict[Hashable, list[Cause]] = {}
    by_symptom: dict[Hashable, list[Cause]] = {}
    by_id: dict[str, list[Cause]] = {}
    for cause in _causes_first(found, explained):
        if (explaining := explained.get(cause.row["id"])) is not None:
            by_id[explaining.row["id"]].append(cause)
            continue
        symptom = _symptom(cause.row)
        violated = _violated(cause.row)
        if violated:
            same = next((g for g in groups.values() if any(c.row["id"] in violated for c in g)), None)
            symptom = None
        else:
            same = by_symptom.get(symptom)
        if same is not None and _may_repeat(cause.row, same[0].row):
            same.append(cause)
            by_id[cause.row["id"]] = same
            continue
        group = by_id[cause.row["id"]] = groups.setdefault(_similarity(cause.row), [])
        group.append(cause)
        if symptom is not None:
            by_symptom.setdefault(symptom, group)
    return list(groups.values())


def _explained(found: Sequence[Cause]) -> dict[str, Cause]:
    """The cause that explains a failure, by the id of the failure.

    A failure that another one of the same subject explains passes on to that one what it explains itself.
    """
    explained: dict[str, Cause] = {}
    for one in explanations():
        for cause in filter(lambda cause: one.is_cause(cause.row), found):
            root = explained.get(cause.row["id"], cause)
            if _subject(root.row) == _subject(cause.row):
                for other in found:
                    if other is not root and one.may_explain(other.row):
                        explained.setdefault(other.row["id"], root)
                break
    return explained


def _causes_first(found: Sequence[Cause], explained: Mapping[str, Cause]) -> Iterator[Cause]:
    """The failures *found*, each after the one that explains it."""
    seen = set()
    for cause in found:
        for one in (explained.get(cause.row["id"], cause), cause):
            if one.row["id"] not in seen:
                seen.add(one.row["id"])
                yield one


def wrong_for_any_client(found: Iterable[Cause]) -> list[str]:
    """The ids of causes that give wrong data to a caller of any client, and that no known client breaks for.

    For example, a client works with a server that truncates long texts, but their vectors are wrong.
    """
    found = list(found)
    table = client_table(cause.row for cause in found)
    known = {one.row["id"] for client in table.values() for one in client.breaks}
    return [
        group[0].row["id"]
        for group in group_similar(found)
        if _gives_wrong_data(group[0].row) and known.isdisjoint(cause.row["id"] for cause in group)
    ]


def _gives_wrong_data(row: Row) -> bool:
    return row["verdict"] == "fail" and row.get("severity") == "wrong-data" and row["level"] == "must"


def first_fix(document: Mapping[str, Any]) -> str:
    """A sentence that names the failure to fix first, if it blocks at least half of all failures; else empty."""
    found = root_causes(document["requirements"])
    widest = max(found, key=lambda cause: len(cause.blocked), default=None)
    if widest is None or 2 * len(widest.blocked) < sum(1 + len(cause.blocked) for cause in found):
        return ""
    blocked = counted(len(widest.blocked), "requirement is", "requirements are")
    advice = _advice(widest.row, document["target"]["url"])
    return " ".join([f"Fix {widest.row['id']} first: {blocked} blocked by it.", *advice])


def _cause(root: Row, members: list[Row]) -> Cause:
    blocked = sorted((row for row in members if row["id"] != root["id"]), key=_rank)
    return Cause(root, tuple(blocked), min((row["standing"] for row in members), key=STANDINGS.index))


def _severity(cause: Cause, broken: Mapping[str, int]) -> tuple[int, ...]:
    """The place of *cause* among others; *broken* is the number of clients that a requirement breaks, by its id."""
    failing = [row for row in (cause.row, *cause.blocked) if row["standing"] in STANDINGS]
    severity = str(cause.row.get("severity"))
    return (
        *min(map(_rank, failing)),
        is_observer(cause.row),
        -broken.get(cause.row["id"], 0),
        list(SEVERITIES).index(severity) if severity in SEVERITIES else len(SEVERITIES),
        -len(cause.blocked),
    )


def _rank(row: Row) -> tuple[int, int, int]:
    return STANDINGS.index(row["standing"]), LEVELS.index(row["level"]), VERDICTS.index(row["verdict"])


def _similarity(row: Row) -> Hashable:
    evidence: Sequence[Mapping[str, Any]] = row["evidence"]
    if row["verdict"] != "fail" or not evidence:
        return str(row["id"])
    if (likely := likely_cause(row)) and row["area"] in SEVERAL:
        return row["level"], likely
    return _subject(row), row["level"], evidence[0]["expected"], *_actual(evidence[0])


def _may_repeat(row: Row, other: Row) -> bool:
    """Whether a failure of *row* with the symptom of *other* tells nothing more.

    Its requirement watches the requests of others; or it compares several responses, and *other* needs only one.
    """
    return is_observer(row) or (row["area"] in SEVERAL and other["area"] not in SEVERAL)


def _symptom(row: Row) -> Hashable:
    """What the first failure of *row* shows, without its numbers; None if there is no failure."""
    if row["verdict"] != "fail" or not row["evidence"]:
        return None
    first = row["evidence"][0]
    *response, actual = _actual(first)
    return _masked(first["expected"]), *response, _masked(actual.partition(";")[0])


def _violated(row: Row) -> frozenset[str]:
    """The ids of the requirements that the first failed request of an observer violates, if it was generated so."""
    if row["verdict"] != "fail" or not row["evidence"] or not is_observer(row):
        return frozenset()
    _, _, ids = row["evidence"][0]["probe"].partition(AGAINST)
    return frozenset(ids.split(", ")) if ids else frozenset()


def _masked(text: str) -> str:
    """The beginning of *text* without its numbers, and with nouns in the singular after them."""
    return NUMBER.sub(r"N \1", text[:COMPARED])


def _actual(item: Mapping[str, Any]) -> tuple[Any, Any, str]:
    """Status, transport failure, and the kind of the result of an exchange."""
    response = item["response"]
    return response.get("status"), response.get("failure"), item["actual"].partition(":")[0]


def _subject(row: Row) -> str:
    """The area and what follows it in the id. In area auth, one fault shows with many kinds of credentials."""
    return "auth" if row["area"] == "auth" else ".".join(row["id"].split(".")[:2])


def _advice(row: Row, base_url: str) -> Iterator[str]:
    """What to check if valid credentials do not lead to a 200."""
    if row["area"] != "auth" or not row["evidence"]:
        return
    match row["evidence"][0]["response"].get("status"):
        case 401 | 403:
            yield "Check the credentials."
        case 404 | 405:
            path = _repeated_path(row["evidence"][0]["request"]["url"], base_url)
            yield (
                f"Remove {clip(path)} from the end of the URL: the suite adds it."
                if path
                else "Check the base URL and the model name."
            )
        case 400 | 422:
            yield "Check the model name."


def _repeated_path(url: str, base_url: str) -> str:
    """The operation's path in *url* if *base_url* already ends with it; else empty."""
    base = urlsplit(base_url).path.rstrip("/")
    path = urlsplit(url).path.removeprefix(base)
    return path if base.endswith(path) else ""
