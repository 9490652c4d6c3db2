"""The pytest fixture for authors of servers: it passes, or fails with an explanation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from conformance import check
from conformance.reference import create_app

pytest_plugins = ["pytester"]

Suite = Callable[..., pytest.RunResult]

SERVER = """
from conformance.reference import create_app

HEADERS = {headers!r}
app = create_app()

async def faulty(scope, receive, send):
    '''A server that accepts GET, and omits Allow from a 405.'''
    if scope["type"] == "http" and scope["method"] == "GET":
        await send({{"type": "http.response.start", "status": 200, "headers": []}})
        await send({{"type": "http.response.body", "body": b'{{"data": [{{"embedding": [0.5]}}]}}'}})
    else:
        await app(scope, receive, send)
"""


KNOWN = """
format: 1
known-failures:
  http.method.get: {reason: a fix is in progress}
"""


@pytest.fixture
def headers(header: list[str]) -> dict[str, str]:
    return dict(line.split(": ", 1) for line in header)


@pytest.fixture
def suite(pytester: pytest.Pytester, headers: dict[str, str]) -> Suite:
    """Run a test of a user with the given body, in a folder with the user's server."""

    def run(body: str, *arguments: str) -> pytest.RunResult:
        pytester.makepyfile(
            my_server=SERVER.format(headers=headers),
            test_mine=f"""
            from my_server import HEADERS, app, faulty

            def test_my_server(embeddings_conformance):
                {body}
            """,
        )
        pytester.syspathinsert()
        return pytester.runpytest_inprocess("-p", "no:cacheprovider", *arguments)

    return run


def test_a_conformant_server_passes_and_returns_the_report(suite: Suite) -> None:
    result = suite(
        "report = embeddings_conformance(app, headers=HEADERS, only=['http.method.*']); "
        "assert report.as_dict()['requests'] > 10"
    )
    result.assert_outcomes(passed=1)


def test_a_failure_explains_each_requirement_and_ends_with_the_conclusion(suite: Suite) -> None:
    result = suite("embeddings_conformance(faulty, headers=HEADERS, only=['http.method.*'])")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "E * AssertionError: FAIL http.method.get (MUST, strictness)",
            "E *   Requirement  *",
            "E *   Source       *",
            "E *   Request      the method GET",
            "E *   Expected     no embedding",
            'E *   Actual       the server accepted it: 200 {"data": *',
            "E *   Reproduce    repeat the call with only=?'http.method.get'?",
            "E * Causes",
            "E *   1. http.method.get (MUST, strictness): *",
            "E * my_server:faulty: nonconformant: *",
        ]
    )


def test_a_failure_shows_only_the_line_of_the_users_test(suite: Suite) -> None:
    result = suite("embeddings_conformance(faulty, headers=HEADERS, only=['http.method.*'])", "--showlocals")
    result.stdout.fnmatch_lines(["test_mine.py:4: AssertionError"])
    result.stdout.no_fnmatch_line("*conformance/api.py*")


def test_fails_if_nothing_was_exercised(suite: Suite) -> None:
    result = suite("embeddings_conformance(app, headers=HEADERS, max_requests=1)")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E * Nothing was tested: * over budget. Raise max_requests or max_tokens."])


def test_a_known_failure_does_not_fail(suite: Suite, pytester: pytest.Pytester) -> None:
    (pytester.path / "known.yaml").write_text(KNOWN, "utf-8")
    options = "headers=HEADERS, only=['http.method.*'], baseline='known.yaml'"
    suite(f"embeddings_conformance(faulty, {options})").assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("embeddings_conformance(app, headers=HEADERS, profil='portkey')", "*did you mean profile?*"),
        ("embeddings_conformance(print.__name__, headers=HEADERS)", "*TargetUrlError*"),
        ("embeddings_conformance(lambda environ, start_response: [], headers=HEADERS)", "*this is a WSGI*"),
        ("embeddings_conformance('http://127.0.0.1:9/v1', headers=HEADERS)", "*Unreachable*"),
    ],
)
def test_a_usage_error_shows_no_credential(
    suite: Suite, headers: dict[str, str], call: str, message: str
) -> None:
    result = suite(call, "--showlocals")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f"E  {message}"])
    assert headers["x-portkey-api-key"] not in str(result.stdout)


def test_an_internal_error_is_not_a_failure_of_the_server(
    suite: Suite, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def crash(_run: Any) -> None:
        raise RuntimeError("a bug of ours")

    monkeypatch.setattr("conformance.engine.run.Run.execute", crash)
    result = suite("embeddings_conformance(app, headers=HEADERS)")
    result.stdout.fnmatch_lines(
        ["E * internal error in the suite (not a fault of the target): *a bug of ours"]
    )


def test_an_application_object_and_its_name_give_equal_reports(headers: dict[str, str]) -> None:
    reports = [
        check(target, headers=headers, only=["http.method.*"]).as_dict()
        for target in ("conformance.reference:app", create_app())
    ]
    names = [report["target"].pop("app") for report in reports]
    assert names == ["conformance.reference:app", "starlette.applications:Starlette"]
    for report in reports:
        for key in ("started", "seconds", "latency", "canaries", "reproduce"):
            report.pop(key, None)
    assert reports[0]["requests"] > 10
    assert reports[0] == reports[1]
