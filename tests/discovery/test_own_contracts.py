"""Discovery with the user's own contract: its credentials, its parameters, and the requests that it allows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from conformance.contract import Contract
from conformance.discovery import base_url_of
from conformance.reference import background_server, create_app, default_credentials
from tests.discovery.conftest import Command
from tests.roles.shapes import TEXT, TEXTS, VECTOR, VECTORS, Shape, an_object

KEY = {"name": "tenant", "in": "query", "required": True, "schema": {"type": "string"}}


class Discovered:
    """The command, run against the reference server of a document that is served as another one."""

    def __init__(self, command: Command, folder: Path, stack: ExitStack) -> None:
        self._command, self._folder, self._stack = command, folder, stack

    def __call__(self, document: Any, *arguments: str, served: Any = None, path: str = "") -> Any:
        (self._folder / "contract.json").write_text(json.dumps(document))
        (self._folder / "served.json").write_text(json.dumps(served or document))
        contract = Contract.load(self._folder / "served.json")
        app = create_app(contract)
        url = self._stack.enter_context(background_server(app, base_path=contract.base_path))
        return self._command("discover", url + path, "--contract", "contract.json", "--force", *arguments)


@pytest.fixture
def discover(command: Command, tmp_path: Path) -> Iterator[Discovered]:
    with ExitStack() as stack:
        yield Discovered(command, tmp_path, stack)


def document(folder: Path, request: Any, response: Any, **operation: Any) -> Any:
    found = json.loads(Shape(request, response).load(folder).file.read_text())
    found["paths"]["/embed"]["post"] |= operation
    found["components"] = {"securitySchemes": {"Key": {"type": "http", "scheme": "bearer"}}}
    return found


def secured(folder: Path) -> Any:
    return document(folder, an_object("texts", texts=TEXTS), VECTORS, security=[{"Key": []}])


def bearer(folder: Path, document: Any) -> str:
    (folder / "secured.json").write_text(json.dumps(document))
    (credential,) = default_credentials(Contract.load(folder / "secured.json")).values()
    return f"Authorization: Bearer {credential}"


def test_what_the_contract_does_not_allow_is_not_sent(discover: Discovered, tmp_path: Path) -> None:
    result = discover(
        document(tmp_path, an_object("text", text=TEXT), an_object("embedding", embedding=VECTOR))
    )
    assert result.code == 0, result.text
    assert "base64: not tried (encoding_format base64: the contract has no property for it)" in result.text
    assert "batch: not tried (two texts: the contract does not allow it)" in result.text
    assert "model: the contract has no place for it" in result.text
    assert result.configuration.unsupported == ()


def test_the_file_has_the_contract_and_its_headers(
    discover: Discovered, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, _, value = bearer(tmp_path, secured(tmp_path)).partition(": Bearer ")
    monkeypatch.setenv("KEY", value)
    result = discover(secured(tmp_path), "--header", f"{name}: Bearer env:KEY")
    assert result.code == 0, result.text
    assert result.configuration.contract == tmp_path / "contract.json"
    assert result.configuration.header == ("Authorization: Bearer env:KEY",)
    assert "a wrong credential is rejected: 401" in result.text
    assert value not in result.file_text


def test_a_server_that_accepts_anonymous_requests_contradicts_its_contract(
    discover: Discovered, tmp_path: Path
) -> None:
    served = document(tmp_path, an_object("texts", texts=TEXTS), VECTORS)
    result = discover(secured(tmp_path), served=served)
    assert "anonymous requests return 200, although the contract requires credentials" in result.text


def test_a_server_that_requires_other_credentials_contradicts_its_contract(
    discover: Discovered, tmp_path: Path
) -> None:
    plain = document(tmp_path, an_object("texts", texts=TEXTS), VECTORS)
    header = bearer(tmp_path, secured(tmp_path))
    result = discover(plain, "--header", header, served=secured(tmp_path))
    assert "without credentials, although the contract requires none" in result.text


@pytest.mark.parametrize("arguments", [(("--parameter", "tenant=a"), ""), ((), "?tenant=a")])
def test_parameters_are_written(
    arguments: tuple[tuple[str, ...], str], discover: Discovered, tmp_path: Path
) -> None:
    options, query = arguments
    own = document(tmp_path, an_object("texts", texts=TEXTS), VECTORS, parameters=[KEY])
    result = discover(own, *options, path=query)
    assert result.code == 0, result.text
    written = result.configuration.parameter
    assert written == (("tenant=a",) if options else ())
    assert query == "" or "the value of the parameter tenant may be secret" in result.text


def test_a_parameter_without_a_value_is_a_usage_error(discover: Discovered, tmp_path: Path) -> None:
    own = document(tmp_path, an_object("texts", texts=TEXTS), VECTORS, parameters=[KEY])
    result = discover(own)
    assert result.code == 4
    assert "parameter tenant: the contract has no example of it" in result.text


def test_a_contract_without_texts_is_a_usage_error(discover: Discovered, tmp_path: Path) -> None:
    own = document(tmp_path, an_object("number", number={"type": "integer"}), VECTORS)
    result = discover(own)
    assert result.code == 4
    assert "the contract has no property for texts" in result.text


@pytest.mark.parametrize(
    ("url", "path", "base_url"),
    [
        ("http://h/v1/embeddings", "/embeddings", "http://h/v1"),
        ("http://h/v1/embeddings/", "/v1/embeddings", "http://h"),
        ("http://h/d/my/embeddings?v=1", "/d/{id}/embeddings", "http://h/d/my?v=1"),
        ("http://h/models/m:embed", "/models/{m}:embed", "http://h/models/m:embed"),
        ("http://h/v1/embed/", "/v1/embed/", "http://h"),
    ],
)
def test_the_path_of_the_operation_is_no_part_of_the_base_url(url: str, path: str, base_url: str) -> None:
    assert base_url_of(url, path) == base_url
