from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from conformance.contract import Contract
from conformance.report import Redactor
from conformance.secret import Secret

KEY = 'pk/"Quoted"\\back+0123456789'
MASK = "[credential]"


def redactor(contract: Contract, **headers: str) -> Redactor:
    given = [(name.replace("_", "-"), Secret(value, name.upper())) for name, value in headers.items()]
    return Redactor(given, contract.security)


@pytest.fixture
def of_key(contract: Contract) -> Redactor:
    return redactor(contract, x_portkey_api_key=KEY)


@pytest.mark.parametrize(
    "form",
    [
        KEY,
        KEY.swapcase(),
        KEY.lower(),
        KEY.upper(),
        KEY[:-1],
        KEY[:8],
        KEY[1:],
        json.dumps(KEY)[1:-1],
        json.dumps(KEY)[1:-1].replace("/", r"\/"),
        repr(KEY)[1:-1],
        quote(KEY),
        quote(KEY, safe=""),
    ],
)
def test_a_credential_is_masked_in_every_spelling_and_if_it_is_cut(of_key: Redactor, form: str) -> None:
    assert of_key.text(f"before {form} after") == f"before {MASK} after"
    assert of_key.text(form) == MASK


def test_text_around_a_credential_is_kept(of_key: Redactor) -> None:
    assert of_key.text(f"{KEY}x, {KEY}{KEY}; {KEY[:7]} river") == f"{MASK}x, {MASK}{MASK}; {KEY[:7]} river"


@pytest.mark.parametrize("form", [KEY, KEY[2:], KEY[-8:], KEY.upper()[9:], json.dumps(KEY)[8:-1]])
def test_the_rest_of_a_credential_after_a_cut_is_masked(of_key: Redactor, form: str) -> None:
    assert of_key.text(f"200 ... {form}, and the rest") == f"200 ... {MASK}, and the rest"


def test_a_short_suffix_of_a_credential_is_kept(contract: Contract) -> None:
    text = "it needs auth.accept.virtual-key ... key"
    assert redactor(contract, x_portkey_api_key="my-own-virtual-key").text(text) == text


def test_a_text_without_a_credential_is_unchanged(of_key: Redactor) -> None:
    text = '401 {"error": "wrong key"} \x00 \ud800 é\n'
    assert of_key.text(text) is text or of_key.text(text) == text


def test_credentials_with_a_common_prefix_are_masked_completely(contract: Contract) -> None:
    both = redactor(contract, x_portkey_api_key="sk-proj-AAAA1111", x_portkey_config="sk-proj-BBBBBB2222")
    assert both.text("sk-proj-AAAA1111 sk-proj-BBBBBB2222 sk-proj-BBB") == f"{MASK} {MASK} {MASK}"


def test_a_credential_inside_another_is_masked_with_it(contract: Contract) -> None:
    nested = redactor(contract, x_portkey_api_key="inside-0123", x_portkey_config="outer-inside-0123-more")
    assert nested.text("outer-inside-0123-more") == MASK


@pytest.mark.parametrize(
    "value", ["Bearer token-0123456789", "bearer token-0123456789", "Basic token-0123456789"]
)
def test_a_credential_is_masked_without_the_name_of_its_scheme(contract: Contract, value: str) -> None:
    assert redactor(contract, Authorization=value).text("no Bearer, but token-0123456789") == (
        f"no Bearer, but {MASK}"
    )


def test_a_key_inside_a_json_credential_is_masked(contract: Contract) -> None:
    config = json.dumps({"provider": "openai", "targets": [{"api_key": "sk-inner-0123456789"}]})
    shown = redactor(contract, x_portkey_config=config).text(
        "Incorrect API key provided: sk-inner-0123456789"
    )
    assert "sk-inner" not in shown


def test_a_json_credential_is_masked_completely(contract: Contract) -> None:
    config = '{"retry": 3, "provider": "x"}'
    shown = redactor(contract, x_portkey_config=config).text(f"got {config} and {json.dumps(config)}")
    assert shown == f'got {MASK} and "{MASK}"'


def test_a_short_credential_is_not_masked_in_text(contract: Contract) -> None:
    short = redactor(contract, x_portkey_api_key="river")
    assert short.text("the river runs") == "the river runs"
    assert short.header("x-portkey-api-key", Secret("river", "X")) == "$X"
    assert short.header("x-portkey-api-key", "river") == MASK


def test_values_of_other_headers_are_masked_too(contract: Contract) -> None:
    assert redactor(contract, api_key="azure-key-0123").text("azure-key-0123, azure-ke") == f"{MASK}, {MASK}"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("x_portkey_provider", "azure-openai"),
        ("x_portkey_custom_host", "https://custom-host.example/v1"),
        ("Accept", "application/json"),
        ("User_Agent", "embeddings-gate/1.0"),
    ],
)
def test_headers_that_are_not_secret_are_shown(contract: Contract, name: str, value: str) -> None:
    plain = redactor(contract, **{name: value})
    assert plain.text(value) == value
    assert plain.header(name.replace("_", "-"), Secret(value, "VARIABLE")) == value


def test_a_credential_in_a_header_that_is_not_secret_is_masked(of_key: Redactor) -> None:
    assert of_key.header("x-portkey-provider", f"openai {KEY}") == f"openai {MASK}"


@pytest.mark.parametrize("name", ["Authorization", "X-Portkey-Api-Key", "x-portkey-config", "Set-Cookie"])
def test_a_response_header_for_credentials_is_always_hidden(of_key: Redactor, name: str) -> None:
    assert of_key.header(name, "anything") == MASK


def test_a_header_shows_the_variable_instead_of_its_value(of_key: Redactor) -> None:
    secret = Secret(KEY, "KEY")
    assert of_key.header("x-portkey-api-key", secret) == "$KEY"
    assert of_key.header("x-portkey-api-key", secret.without_last_character()) == "${KEY%?}"
    assert of_key.header("Authorization", secret.with_prefix("Bearer ")) == "Bearer $KEY"
    assert of_key.header("date", f"today {KEY}") == f"today {MASK}"


def test_a_header_value_of_the_suite_is_shown_with_credentials_masked(of_key: Redactor) -> None:
    assert of_key.header("x-portkey-config", Secret('{"targets": []}')) == '{"targets": []}'
    assert of_key.header("x-portkey-config", Secret(f"[{KEY}]")) == f"[{MASK}]"


def test_without_credentials_nothing_is_masked(contract: Contract) -> None:
    assert redactor(contract).text("anything") == "anything"


def test_only_the_secrets_of_a_configuration_are_masked_by_themselves() -> None:
    value = '{"provider": "fireworks-ai", "api_key": "a-very-secret-key"}'
    redactor = Redactor([("x-portkey-config", Secret(value))], Contract.load().security)
    assert redactor.text("fireworks-ai: no, {'provider': 1}") == "fireworks-ai: no, {'provider': 1}"
    assert redactor.text("the key a-very-secret-key") == "the key [credential]"
    assert redactor.text(f"got {value}") == "got [credential]"


def test_a_url_is_masked_only_as_a_whole() -> None:
    redactor = Redactor([("x-foundry", Secret("http://127.0.0.1:4000/v1"))], Contract.load().security)
    assert redactor.text("POST http://127.0.0.1:5000/v1") == "POST http://127.0.0.1:5000/v1"
    assert redactor.text("POST http://127.0.0.1:4000/v1/x") == "POST [credential]/x"
