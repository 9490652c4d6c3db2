"""The path, the query and the headers of requests."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.contract.parameters import Parameter
from conformance.contract.sent_parameters import ParameterError, SentParameters, path_below

ID = Parameter("deployment-id", "path", "deployment-id", "")
VERSION = Parameter("api-version", "query", "api-version", "", value="2024-10-21")
OPTIONAL = Parameter("trace", "query", "trace", "", required=False, value="on")
TENANT = Parameter("x-tenant", "header", "x-tenant", "", value="t")
AGENT = Parameter("User-Agent", "header", "user-agent", "")
MODEL = Parameter("model", "path", "model", "", names_model=True)
PATH = "/deployments/{deployment-id}/embeddings"


def choose(
    path: str, *parameters: Parameter, given: dict[str, str] | None = None, **o: Any
) -> SentParameters:
    return SentParameters.choose(path, parameters, given or {}, **o)


@pytest.mark.parametrize(
    ("base", "path", "below"),
    [
        ("", "/v1/embeddings", "/v1/embeddings"),
        ("/", "/v1/embeddings", "/v1/embeddings"),
        ("/v1", "/v1/embeddings", "/embeddings"),
        ("/v1/", "/v1/embeddings", "/embeddings"),
        ("/openai/v1", "/v1/embeddings", "/embeddings"),
        ("/openai/v1", "/openai/v1/embeddings", "/embeddings"),
        ("/v1", "/openai/v1/embeddings", "/openai/v1/embeddings"),
        ("/v2", "/v1/embeddings", "/v1/embeddings"),
        ("/xv1", "/v1/embeddings", "/v1/embeddings"),
        ("/v1/embeddings", "/embeddings", "/embeddings"),
        ("/v1", "/embeddings", "/embeddings"),
        ("/openai/deployments/mine", PATH, "/embeddings"),
        ("/openai/deployments", PATH, "/{deployment-id}/embeddings"),
        ("/v1", "/{model}/embeddings", "/{model}/embeddings"),
        ("/v1", "/v1/embeddings/", "/embeddings/"),
    ],
)
def test_segments_that_the_base_url_ends_with_are_written_once(base: str, path: str, below: str) -> None:
    assert path_below(path, base, {}) == below


def test_a_given_value_is_not_replaced_by_a_segment_of_the_base_url() -> None:
    assert path_below(PATH, "/deployments/mine", {"deployment-id": "other"}) == PATH
    assert path_below(PATH, "/deployments/mine", {"deployment-id": "mine"}) == "/embeddings"


def test_required_parameters_are_sent_and_optional_ones_only_if_given() -> None:
    sent = choose(PATH, ID, VERSION, OPTIONAL, TENANT, given={"deployment-id": "my model/ä"})
    assert sent.path() == "/deployments/my%20model%2F%C3%A4/embeddings"
    assert sent.query() == "api-version=2024-10-21"
    assert sent.headers([("api-key", "k")]) == (("x-tenant", "t"), ("api-key", "k"))
    assert choose("/embeddings", OPTIONAL, given={"trace": "off"}).query() == "trace=off"


def test_a_parameter_is_left_out_or_has_another_value() -> None:
    sent = choose(PATH, ID, VERSION, TENANT, given={"deployment-id": "a"})
    assert sent.query({VERSION: None}) == ""
    assert sent.query({VERSION: "x&y"}) == "api-version=x%26y"
    assert sent.path({ID: "b"}) == "/deployments/b/embeddings"
    assert sent.headers([("X-Tenant", "given"), ("a", "b")], {TENANT: None}) == (("a", "b"),)


def test_a_header_that_is_sent_anyway_is_not_sent_twice() -> None:
    others = [("X-Tenant", "given")]
    bare = Parameter("x-tenant", "header", "x-tenant", "")
    assert choose("/embeddings", TENANT).headers(others) == tuple(others)
    assert choose("/embeddings", bare, headers=others).headers(others) == tuple(others)


def test_the_model_is_the_value_of_a_parameter_that_names_it() -> None:
    assert choose("/engines/{model}/embeddings", MODEL, model="m").path() == "/engines/m/embeddings"


def test_the_client_sends_some_headers_itself() -> None:
    assert choose("/embeddings", AGENT).headers([]) == ()


def test_a_parameter_in_the_base_url_needs_no_value() -> None:
    assert choose(PATH, ID, base_path="/openai/deployments/mine").path() == "/embeddings"


def test_a_required_parameter_without_a_value_is_a_usage_error() -> None:
    with pytest.raises(ParameterError, match="give --parameter 'deployment-id=VALUE'"):
        choose(PATH, ID)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ((VERSION,), "no parameter of this name; did you mean api-version"),
        ((TENANT,), "use one of x-tenant"),
        ((), "it has no parameters, so omit the option"),
    ],
)
def test_an_unknown_name_is_a_usage_error(parameters: tuple[Parameter, ...], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        choose("/embeddings", *parameters, given={"api-versoin": "1"})
