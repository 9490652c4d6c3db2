"""The fixture for the test suite of a server's author: green, or a failure that explains itself."""

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

async def forgetful(scope, receive, send):
    '''A server whose 405 does not say what is allowed, and which serves GET.'''
    if scope["type"] == "http" and scope["method"] == "GET":
        await send({{"type": "http.response.start", "status": 200, "headers": []}})
        await send({{"type": "http.response.body", "body": b'{{"data": [{{"embedding": [0.5]}}]}}'}})
    else:
        await app(scope, receive, send)
"""


KNOWN = """
format: 1
known-failures:
  http.method.get: {reason: it is being mended}
"""


@pytest.fixture
def headers(header: list[str]) -> dict[str, str]:
    return dict(line.split(": ", 1) for line in header)


@pytest.fixture
def suite(pytester: pytest.Pytester, headers: dict[str, str]) -> Suite:
    """Run a test of the user, whose body is given, beside a server of the user."""

    def run(body: str, *arguments: str) -> pytest.RunResult:
        pytester.makepyfile(
            my_server=SERVER.format(headers=headers),
            test_mine=f"""
            from my_server import HEADERS, app, forgetful

            def test_my_server(embeddings_conformance):
                {body}
            """,
        )
        pytester.syspathinsert()
        return pytester.runpytest_inprocess("-p", "no:cacheprovider", *arguments)

    return run


def test_a_server_that_conforms_passes_and_its_report_is_given(suite: Suite) -> None:
    result = suite(
        "report = embeddings_conformance(app, headers=HEADERS, only=['http.method.*']); "
        "assert report.as_dict()['requests'] > 10"
    )
    result.assert_outcomes(passed=1)


def test_a_failure_explains_each_requirement_and_ends_with_the_conclusion(suite: Suite) -> None:
    result = suite("embeddings_conformance(forgetful, headers=HEADERS, only=['http.method.*'])")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "E * AssertionError: 1 unmet: http.method.get",
            "E * http.method.get (MUST)",
            "E *   Requirement  *",
            "E *   Source       *",
            "E *   Probe        the method GET",
            "E *   Expected     no embedding",
            'E *   Actual       accepted: 200 {"data": *',
            "E *   Reproduce    curl * -X GET *",
            "E * my_server:forgetful: nonconformant: *",
        ]
    )


def test_a_failure_shows_the_line_of_the_users_test_alone(suite: Suite) -> None:
    result = suite(
        "embeddings_conformance(forgetful, headers=HEADERS, only=['http.method.*'])", "--showlocals"
    )
    result.stdout.fnmatch_lines(["test_mine.py:4: AssertionError"])
    result.stdout.no_fnmatch_line("*conformance/fixture.py*")


def test_a_server_of_which_nothing_was_exercised_fails(suite: Suite) -> None:
    result = suite("embeddings_conformance(app, headers=HEADERS, max_requests=1)")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E * AssertionError: nothing was exercised"])


def test_a_known_failure_does_not_fail(suite: Suite, pytester: pytest.Pytester) -> None:
    (pytester.path / "known.yaml").write_text(KNOWN, "utf-8")
    options = "headers=HEADERS, only=['http.method.*'], baseline='known.yaml'"
    suite(f"embeddings_conformance(forgetful, {options})").assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("embeddings_conformance(app, headers=HEADERS, profil='portkey')", "*did you mean profile?*"),
        ("embeddings_conformance(print.__name__, headers=HEADERS)", "*TargetUrlError*"),
        ("embeddings_conformance(lambda environ, start_response: [], headers=HEADERS)", "*this is a WSGI*"),
        ("embeddings_conformance('http://127.0.0.1:9/v1', headers=HEADERS)", "*Unreachable*"),
    ],
)
def test_what_can_not_be_used_is_said_and_shows_no_credential(
    suite: Suite, headers: dict[str, str], call: str, said: str
) -> None:
    result = suite(call, "--showlocals")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f"E  {said}"])
    assert headers["x-portkey-api-key"] not in str(result.stdout)


def test_an_error_of_the_suite_is_no_failure_of_the_server(
    suite: Suite, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_run: Any) -> None:
        raise RuntimeError("a bug of ours")

    monkeypatch.setattr("conformance.engine.run.Run.execute", broken)
    result = suite("embeddings_conformance(app, headers=HEADERS)")
    result.stdout.fnmatch_lines(["E * the suite itself broke, the target is not to blame: *a bug of ours"])


def test_an_application_and_its_name_give_equal_reports(headers: dict[str, str]) -> None:
    reports = [
        check(target, headers=headers, only=["http.method.*"]).as_dict()
        for target in ("conformance.reference:app", create_app())
    ]
    names = [report["target"].pop("app") for report in reports]
    assert names == ["conformance.reference:app", "starlette.applications:Starlette"]
    for report in reports:
        for of_its_own in ("started", "seconds", "latency", "reproduce"):
            report.pop(of_its_own, None)
    assert reports[0]["requests"] > 10
    assert reports[0] == reports[1]
