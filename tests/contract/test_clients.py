"""Clients as data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from conformance.contract import ContractError, load_clients
from conformance.contract.clients import EFFECTS, FORMATS, FORMS
from conformance.contract.openapi.source_file import read_file
from conformance.contract.spec_files import client_list, spec_file

SENDS = Path(__file__).resolve().parents[1] / "clients" / "sends.yaml"
"""The recorded requests of clients, one for each call."""

SCHEMA = read_file(spec_file("schemas/clients.schema.yaml")).value

CLIENT = """\
common:
  - {requirement: response.count, why: Items are counted}
clients:
  - name: c
    package: PyPI c 1.0
    inputs: [string]
    encoding_format: absent
    sends: text
    decodes: all
    link: https://example.org
    relies_on:
      - {requirement: "request.*", why: It sends, request: {input: string, encoding_format: absent}, effect: error}
"""


def written(folder: Path, text: str) -> Path:
    file = folder / "clients.yaml"
    file.write_text(text, "utf-8")
    return file


def by_default() -> dict[str, list[dict[str, Any]]]:
    """The recorded requests of each client with its default settings."""
    found: dict[str, list[dict[str, Any]]] = {}
    for sent in read_file(SENDS).value["sends"].values():
        if "encoding_format" not in sent["call"] and "check_embedding" not in sent["call"]:
            found.setdefault(sent["client"], []).append(sent)
    return found


def test_client_includes_common_reliances_after_its_own(tmp_path: Path) -> None:
    (client,) = load_clients(written(tmp_path, CLIENT))
    assert [one.requirement for one in client.relies_on] == ["request.*", "response.count"]
    assert client.relies_on[0].request == {"input": "string", "encoding_format": "absent"}
    assert [one.effect for one in client.relies_on] == ["error", ""]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("inputs: [string]", "inputs: [sting]", "did you mean 'string'"),
        ("inputs: [string]", "inputs: []", "1 or more"),
        ("encoding_format: absent\n", "encoding_format: null\n", "a string"),
        ("effect: error", "effect: eror", "did you mean 'error'"),
        ("{input: string, ", "{inputs: string, ", "did you mean 'input'"),
        ("    sends: text\n", "", "'sends'"),
        ("common:\n", "comon:\n", "did you mean 'common'"),
    ],
)
def test_rejects_mistakes_with_a_suggestion(tmp_path: Path, old: str, new: str, message: str) -> None:
    file = written(tmp_path, CLIENT.replace(old, new))
    with pytest.raises(ContractError, match=message) as caught:
        load_clients(file)
    assert "clients.yaml" in str(caught.value)


def test_own_format_is_that_of_the_client(tmp_path: Path) -> None:
    text = CLIENT.replace(
        "{requirement: response.count, ", "{requirement: response.count, request: {encoding_format: own}, "
    )
    (client,) = load_clients(written(tmp_path, text))
    assert client.relies_on[1].request == {"encoding_format": client.encoding_format}


def test_shipped_list_is_valid_and_its_schema_has_the_same_values() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    validator = Draft202012Validator(SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER)
    assert list(validator.iter_errors(read_file(client_list()).value)) == []
    assert SCHEMA["$defs"]["form"]["enum"] == list(FORMS)
    assert SCHEMA["$defs"]["format"]["enum"] == list(FORMATS)
    assert SCHEMA["$defs"]["reliance"]["properties"]["effect"]["enum"] == list(EFFECTS)


def test_clients_are_those_of_the_recorded_requests() -> None:
    assert {client.name for client in load_clients()} == set(by_default())


@pytest.mark.parametrize("client", load_clients(), ids=lambda client: client.name)
def test_clients_send_what_was_recorded(client: Any) -> None:
    sent = by_default()[client.name]
    assert {one["input"] for one in sent} <= set(client.inputs)
    assert {one["encoding_format"] for one in sent} == {client.encoding_format}
    assert all(one["nulls"] == one["unknown"] == [] for one in sent)
    assert client.package.split(" ", 1)[1] in {f"{one['package']} {one['version']}" for one in sent}
