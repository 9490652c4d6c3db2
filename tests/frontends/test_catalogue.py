"""``--catalogue``: requirements that are newer are tested and reported, and never make the run fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from conformance.contract import contract as contracts
from conformance.contract.requirements import requirement, versions

pytest_plugins = ["pytester"]

FrontEnd = Callable[..., Any]
ONLY = ["http.method.*"]


@pytest.fixture
def second_version(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A suite whose catalogue has version 2, to which http.method.get was added."""
    data = {**requirement.written_requirements(), "version": 2, "since": {"http.method.get": 2}}
    for module in (contracts, versions):
        monkeypatch.setattr(module, "written_requirements", lambda: data)
    contracts._load.cache_clear()
    yield
    contracts._load.cache_clear()


@pytest.fixture
def faulty(alter: Callable[..., Any]) -> str:
    """The URL of a server that accepts GET."""

    def change(response: Any) -> Any:
        if response.scope["method"] == "GET":
            return replace(response, status=200, body=b'{"data": [{"embedding": [0.5]}]}')
        return response

    return str(alter(change).url)


@pytest.mark.usefixtures("second_version")
@pytest.mark.parametrize(("catalogue", "code"), [(None, 1), (2, 1), (1, 0)])
def test_a_failure_of_a_newer_requirement_does_not_fail_the_run(
    front_end: FrontEnd, faulty: str, catalogue: int | None, code: int
) -> None:
    result = front_end(faulty, only=ONLY, catalogue=catalogue)
    assert result.code == code, result.text
    assert result.verdict("http.method.get") == "fail"
    assert result.report["catalogue"] == {"version": 2, "newer": [] if code else ["http.method.get"]}
    assert result.row("http.method.get")["since"] == 2
    assert result.row("http.method.get")["standing"] == ("bad" if code else "known")
    named = "1 requirement is newer than your catalogue, without effect on the exit code: http.method.get (failed)"
    assert (named in result.text) == (code == 0)


@pytest.mark.usefixtures("second_version")
def test_other_failures_still_fail_the_run(front_end: FrontEnd, faulty: str) -> None:
    result = front_end(faulty, only=ONLY, catalogue=1, level="should")
    assert result.code == 1, result.text


def test_a_version_of_a_later_suite_is_a_usage_error(front_end: FrontEnd) -> None:
    result = front_end("http://127.0.0.1:9/v1", catalogue=2)
    assert result.code == 4
    assert (
        "catalogue: the catalogue of this suite has version 1; upgrade the suite, or give at most 1"
        in result.text
    )
