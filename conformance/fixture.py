"""What the plugin's fixture gives to the tests of a server's author: a run that asserts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .api import check
from .errors import UsageError
from .report import Exit, Report, conclusion, explain
from .runner.background import SuiteBroke


def assert_conformance(
    target: str | object, *, headers: Mapping[str, str] | None = None, **options: Any
) -> Report:
    """Run the suite against *target* as ``conformance.check`` does, with its parameters, and return its report.

    Raises AssertionError, which explains each requirement that is not met, unless the run would end with exit code 0:
    a run that exercised nothing fails as well. Raises what ``check`` raises for a target or an option that can not be
    used.
    """
    __tracebackhide__ = True  # pytest then shows the line of the user's test, and not this module's
    try:
        report = check(target, headers=headers, **options)
    except SuiteBroke as broken:
        broken.add_note(broken.traceback)
        raise broken.with_traceback(None) from None
    except UsageError as error:
        # Frames further down hold credentials, which --showlocals would show.
        raise error.with_traceback(None) from None
    if report.code != Exit.OK:
        raise AssertionError("\n\n".join(_explanation(report)))
    return report


def _explanation(report: Report) -> Iterator[str]:
    document = report.as_dict()
    unmet = [row for row in document["requirements"] if row["standing"] == "bad" and row["selected"]]
    listed = ", ".join(row["id"] for row in unmet)
    yield f"{len(unmet)} unmet: {listed}" if unmet else "nothing was exercised"
    yield from map(explain, unmet)
    target = document["target"]
    yield f"{target.get('app', target['url'])}: {conclusion(document)}"
