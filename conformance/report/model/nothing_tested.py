"""Why a run has tested nothing (exit codes 4 and 5), and the option that changes that."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from conformance.text import clip, counted

NEEDS = "it needs "
"""The beginning of reasons that name what a requirement needs."""

OVER_BUDGET = "over budget"
"""The beginning of the reasons of requirements that do not fit into the budget."""

OPTION = re.compile(r" \(option ([a-z-]+)\)")
PREREQUISITE = re.compile(r"it needs \S+, whose verdict is [a-z-]+: ")
"""What precedes the reason of a prerequisite in the reason of its dependents."""

LIMITS = ("concurrency", "max-requests", "max-tokens", "max-seconds")
"""The options whose value a user raises. For the others, a user gives one."""


def command_spelling(option: str) -> str:
    """How the command spells *option*."""
    return f"--{option}"


def nothing_tested(document: Mapping[str, Any], spelled: Callable[[str], str] = command_spelling) -> str:
    """The most frequent reason of the requirements that were not tested, and what to type.

    *spelled* gives the name of an option as the front end spells it.
    """
    if document.get("audit", {}).get("exchanges", 1) == 0:
        return "Nothing was tested: no exchange was judged. Check the files, or give --format or --mapping."
    rows = [row for row in document["requirements"] if row["selected"]]
    if not rows:
        return "Nothing was tested: no requirement is selected. Select other requirements."
    reasons = Counter(
        _reason(row["reason"]) for row in rows if row["verdict"] in ("not-tested", "unsupported")
    )
    if not reasons:
        return _without_reasons(rows, spelled)
    reason, number = reasons.most_common(1)[0]
    return " ".join([f"Nothing was tested: {_sentence(reason, number)}.", *_advice(reason, spelled)])


def why_not_testable(document: Mapping[str, Any]) -> str:
    """Why the target could not be tested at all: the reason that its requirements have."""
    return next((clip(row["reason"]) for row in document["requirements"] if row["selected"]), "")


def _without_reasons(rows: list[Mapping[str, Any]], spelled: Callable[[str], str]) -> str:
    if any(row["verdict"] == "pass" for row in rows):
        return (
            "Nothing was tested: the server accepted credentials, and no test shows that it rejects others."
            " Also select 'auth.reject.*'."
        )
    if any(row["verdict"] == "fail" for row in rows):
        level, fail_on, catalogue = map(spelled, ("level", "fail-on", "catalogue"))
        return (
            "No selected requirement passed. The failures do not make the run fail, because of the baseline,"
            f" {level}, {fail_on} or {catalogue}."
        )
    return "Nothing was tested: no selected requirement passed. Fix the failures first."


def _reason(text: str) -> str:
    """The reason without what differs between requirements."""
    own = PREREQUISITE.sub("", text)
    return OVER_BUDGET if own.startswith(OVER_BUDGET) else own


def _sentence(reason: str, number: int) -> str:
    text = clip(OPTION.sub("", reason))
    requirements = counted(number, "requirement")
    if text.startswith(NEEDS):
        return f"{requirements} {'needs' if number == 1 else 'need'} {text.removeprefix(NEEDS)}"
    if text == OVER_BUDGET:
        return f"{requirements} {'is' if number == 1 else 'are'} over budget"
    return f"{requirements} could not be tested ({text})"


def _advice(reason: str, spelled: Callable[[str], str]) -> list[str]:
    """What to type, if an option changes the result."""
    named = OPTION.findall(reason)
    if reason == OVER_BUDGET:
        named = ["max-requests", "max-tokens"]
    elif "credential" in reason and "given" in reason:
        named = ["header"]
    if not named:
        return []
    verb = "Raise" if named[0] in LIMITS else "Give"
    return [f"{verb} {' or '.join(map(spelled, named))}."]
