"""A base URL that is wrong: exit code 4, and the URL that works."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

pytest_plugins = ["pytester"]

FrontEnd = Callable[..., Any]
Alter = Callable[..., Any]
GET = ["http.method.get"]


@pytest.mark.parametrize(
    ("given", "path"), [("", "/v1"), ("/", "/v1"), ("/v1/embeddings", "/v1"), ("/v1/embeddings/", "/v1")]
)
def test_names_the_url_that_works(front_end: FrontEnd, url: str, given: str, path: str) -> None:
    origin = url.removesuffix("/v1")
    result = front_end(origin + given, only=GET)
    assert result.code == 4, result.text
    assert result.text.count("cannot be tested") == 1
    assert f"use {origin}{path}, where an embeddings endpoint responds" in result.text
    assert {row["verdict"] for row in result.report["requirements"]} == {"not-tested"}


def test_names_the_scheme_that_works(run_command: FrontEnd, url: str) -> None:
    result = run_command(url.replace("http:", "https:"), only=GET)
    assert result.code == 4, result.text
    assert f"use {url}, where an embeddings endpoint responds" in result.text


def test_sends_no_credential_in_plain_text_instead_of_over_tls(
    run_command: FrontEnd, alter: Alter, credentials: Mapping[str, str]
) -> None:
    target = alter()
    assert run_command(target.url.replace("http:", "https:"), only=GET).code == 4
    sent = [value.decode() for scope in target.requests for _, value in scope["headers"]]
    assert sent
    assert not [value for value in sent if any(secret in value for secret in credentials.values())]


def test_a_url_without_an_endpoint_is_an_error(run_command: FrontEnd, url: str) -> None:
    result = run_command(f"{url}/other", only=GET)
    assert result.code == 4, result.text
    assert (
        "POST /embeddings below this URL returns 404; give the base URL as for an SDK, such as http://"
        in result.text
    )


def test_a_404_that_names_the_model_is_not_an_error(run_command: FrontEnd, alter: Alter) -> None:
    target = alter(lambda response: replace(response, status=404, body=b'{"error": "unknown model"}'))
    result = run_command(target.url, only=GET)
    assert result.code == 1, result.text


def test_a_404_of_the_endpoint_alone_is_not_an_error(run_command: FrontEnd, alter: Alter) -> None:
    def fails(response: Any) -> Any:
        is_endpoint = response.scope["path"] == "/v1/embeddings"
        return replace(response, status=404, body=b"{}") if is_endpoint else response

    result = run_command(alter(fails).url, only=GET)
    assert result.code == 1, result.text
    assert result.report["requests"] >= 3


def test_the_base_path_of_an_application_is_not_searched(run_command: FrontEnd) -> None:
    result = run_command("http://testserver/other", app="conformance.reference:create_app()", only=GET)
    assert result.code == 1, result.text
