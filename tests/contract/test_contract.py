import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from copy import deepcopy
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from conformance import Contract, validate_request, validate_response
from conformance.contract import CatalogueError, ContractError, UnsupportedSchema, UnsupportedSecurity
from conformance.contract.errors import ActionFailed, InvalidDocument, Malformed, UnknownProfile
from conformance.contract.openapi.source_file import read_file
from conformance.contract.overlay.document import Overlay
from conformance.contract.spec_files import profile_overlays, provenance, vendored_document

PUBLISHED = read_file(vendored_document()).value
Change = Callable[[dict[str, Any]], object]
Load = Callable[..., Contract]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Loads a user's own document: the published one after a *change*, from a file of its own."""
    numbers = count()

    def load(change: Change = lambda document: None, **options: Any) -> Contract:
        document = deepcopy(PUBLISHED)
        change(document)
        file = tmp_path / f"{next(numbers)}.json"
        file.write_text(json.dumps(document))
        return Contract.load(file, **options)

    return load


def operation(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["paths"]["/embeddings"]["post"]
    return found


def schemas(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["components"]["schemas"]
    return found


def request_properties(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = schemas(document)["CreateEmbeddingRequest"]["properties"]
    return found


# --- the vendored contract ------------------------------------------------------------------------------------------


def test_the_operation_is_read_from_the_document() -> None:
    contract = Contract.load()
    assert (contract.path, contract.method, contract.media_type) == (
        "/embeddings",
        "post",
        "application/json",
    )
    assert contract.operation["operationId"] == "createEmbedding"
    assert contract.file == vendored_document()


def test_models_are_read_from_the_document() -> None:
    contract = Contract.load()
    assert contract.known_models == (
        "text-embedding-ada-002",
        "text-embedding-3-small",
        "text-embedding-3-large",
    )
    assert contract.example_model == "text-embedding-3-small"


def test_loading_twice_gives_the_same_contract() -> None:
    assert Contract.load() is Contract.load()
    assert Contract.load() is Contract.load(profile="portkey")
    assert Contract.load() is not Contract.load(profile="portkey-oss")


@pytest.mark.parametrize("profile", sorted(profile_overlays()))
def test_the_vendored_file_is_never_touched(profile: str) -> None:
    contract = Contract.load(profile=profile)
    content = vendored_document().read_bytes()
    assert contract.document != PUBLISHED
    assert read_file(vendored_document()).value == PUBLISHED
    assert contract.sha256 == hashlib.sha256(content).hexdigest()
    assert contract.sha256 in provenance().read_text()


@pytest.mark.parametrize("profile", sorted(profile_overlays()))
def test_every_action_of_the_shipped_overlays_changes_the_vendored_document(profile: str) -> None:
    contract = Contract.load(profile=profile)
    assert [overlay.file for overlay in contract.overlays] == ["embeddings.overlay.yaml", f"{profile}.yaml"]
    assert [overlay.title for overlay in contract.overlays] == [
        "Errata of the vendored POST /embeddings",
        f"Profile {profile}",
    ]
    assert all(overlay.actions and overlay.skipped == () for overlay in contract.overlays)
    assert contract.profile == profile
    assert contract.catalogue.dropped == ()


def test_an_action_that_would_change_nothing_in_the_vendored_document_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "vendored.yaml"
    file.write_text(vendored_document().read_text().replace("SELF_HOSTED_GATEWAY_URL", "https://gateway/v1"))
    monkeypatch.setattr("conformance.contract.contract.vendored_document", lambda: file)
    with pytest.raises(ActionFailed, match="A placeholder is not a server URL"):
        Contract.load(profile=profile_overlays()["portkey"])


def test_the_open_source_gateway_needs_no_key_of_its_own() -> None:
    security = Contract.load(profile="portkey-oss").security
    assert [set(alternative) for alternative in security.alternatives] == [
        {"Provider-Auth", "Provider-Name"},
        {"Config"},
        {"Provider-Auth", "Provider-Name", "Custom-Host"},
    ]
    assert {scheme.name: scheme.secret for scheme in security.schemes} == {
        "Provider-Auth": True,
        "Provider-Name": False,
        "Config": True,
        "Custom-Host": False,
    }


def test_loading_the_vendored_contract_imports_no_generator_and_no_specification_validator() -> None:
    code = (
        "import sys, conformance; conformance.validate_request('{}');"
        "print({'schemathesis', 'openapi_spec_validator', 'jsonschema', 'hypothesis', 'httpx'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


# --- a user's own document ------------------------------------------------------------------------------------------


def test_the_published_document_as_a_users_own_is_the_same_contract(load: Load) -> None:
    contract = load()
    assert dict(contract.catalogue) == dict(Contract.load().catalogue)
    assert contract.document == Contract.load().document
    assert contract.file.name == "0.json"


def test_a_users_own_document_is_cached_and_not_written_to(load: Load) -> None:
    contract = load()
    before = contract.file.read_bytes()
    assert Contract.load(contract.file) is contract
    assert Contract.load(contract.file.parent / "." / contract.file.name) is contract
    assert contract.file.read_bytes() == before


def test_probes_and_validators_follow_the_document(load: Load) -> None:
    def change(document: dict[str, Any]) -> None:
        properties = request_properties(document)
        for branch in properties["input"]["oneOf"][1:]:
            branch["maxItems"] = 100
        properties["dimensions"]["minimum"] = 4
        properties["truncate"] = {"type": "boolean"}
        document["components"]["securitySchemes"]["Portkey-Key"]["name"] = "x-key"
        del operation(document)["security"][0]

    contract = load(change)

    def found(**body: Any) -> list[str]:
        violations = validate_request({"model": "m", "input": "x", **body}, contract=contract)
        return [violation.message for violation in violations]

    assert found(input=["a"] * 100, dimensions=4, truncate=False) == []
    assert found(input=["a"] * 101) == ["/input: expected at most 100 items, found an array of 101 items"]
    assert found(dimensions=3) == ["/dimensions: expected at least 4, found 3"]
    assert found(truncate="no") == ["/truncate: expected true or false, found a string"]
    assert "request.truncate.type" in contract.catalogue
    assert "auth.accept.virtual-key" not in contract.catalogue
    assert contract.security["Portkey-Key"].header == "x-key"
    assert [contract.security.accepts(s) for s in contract.security.subsets()].count(True) == 10


def test_an_erratum_without_its_contradiction_is_skipped_and_said(load: Load) -> None:
    def change(document: dict[str, Any]) -> None:
        request_properties(document)["input"]["description"] = "What to embed."

    contract = load(change)
    errata, profile = contract.overlays
    assert [(action.action.id, action.reason) for action in errata.skipped] == [
        ("input-string-default", "its target selects nothing in this document"),
        ("input-string-length", "its target selects nothing in this document"),
        ("input-strings-default", "its target selects nothing in this document"),
    ]
    assert profile.skipped == ()
    assert contract.catalogue.dropped == ("request.input.strings.items.empty", "request.text.long")
    assert validate_request({"model": "m", "input": ["", "a"]}, contract=contract) == []
    assert validate_request({"model": "m", "input": ""}, contract=contract) == []


def test_a_property_that_the_document_lacks_takes_its_relations_along(load: Load) -> None:
    contract = load(lambda document: request_properties(document).pop("dimensions"))
    assert contract.catalogue.dropped == ("response.dimensions",)
    answer = {
        "object": "list",
        "model": "m",
        "usage": {"prompt_tokens": 1, "total_tokens": 1},
        "data": [{"object": "embedding", "index": 0, "embedding": [0.5]}],
    }
    assert validate_response(answer, {"input": "x", "dimensions": 3}, contract=contract) == []


def test_references_to_a_body_and_an_answer_change_nothing(load: Load) -> None:
    def change(document: dict[str, Any]) -> None:
        components, post = document["components"], operation(document)
        components["requestBodies"] = {"Body": post["requestBody"]}
        components["responses"] = {"Answer": post["responses"]["200"]}
        post["requestBody"] = {"$ref": "#/components/requestBodies/Body"}
        post["responses"]["200"] = {"$ref": "#/components/responses/Answer"}

    contract = load(change)
    assert list(contract.catalogue) == list(Contract.load().catalogue)
    assert contract.catalogue["request.json.empty"].source.pointer == "/components/requestBodies/Body"
    assert contract.catalogue["response.media-type"].source.pointer == "/components/responses/Answer/content"


def test_a_body_that_is_not_required_may_be_left_out(load: Load) -> None:
    contract = load(lambda document: operation(document)["requestBody"].pop("required"))
    assert contract.catalogue.dropped == ("request.json.empty",)
    assert validate_request(b"", contract=contract) == []
    assert validate_request(b"x", contract=contract) != []


def test_a_document_without_security_is_open_and_keeps_the_requirement_that_says_so(load: Load) -> None:
    def change(document: dict[str, Any]) -> None:
        del document["security"], operation(document)["security"]

    contract = load(change)
    assert contract.security.accepts(())
    accepting = [id for id in contract.catalogue if id.startswith("auth.accept.")]
    assert accepting == ["auth.accept.anonymous"]
    assert contract.catalogue.dropped == ()


def test_schemes_whose_names_differ_in_case_alone_have_requirements_of_their_own(load: Load) -> None:
    def change(document: dict[str, Any]) -> None:
        document["components"]["securitySchemes"]["config"] = {
            "type": "apiKey",
            "in": "header",
            "name": "x-c",
        }
        operation(document)["security"].append({"Portkey-Key": [], "config": []})

    catalogue = load(change).catalogue
    assert catalogue["auth.accept.config"].subject == ("Portkey-Key", "Config")
    assert catalogue["auth.accept.config-2"].subject == ("Portkey-Key", "config")


def test_another_path_and_its_own_methods_are_followed(load: Load) -> None:
    def change(document: dict[str, Any]) -> None:
        item = document["paths"].pop("/embeddings")
        document["paths"]["/openai/embeddings"] = item
        item["get"] = {"responses": {"200": {"description": "Well."}}}
        document["paths"]["/chat"] = {"post": item["get"]}
        document["paths"]["/v2/embeddings"] = {"get": item["get"]}

    contract = load(change)
    assert contract.path == "/openai/embeddings"
    assert "http.method.get" not in contract.catalogue
    assert (
        contract.catalogue["auth.accept.config"].source.pointer == "/paths/~1openai~1embeddings/post/security"
    )


def test_yaml_with_a_number_as_status_is_read(tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(vendored_document().read_text().replace("'200':", "200:"))
    assert "response.count" in Contract.load(file).catalogue


# --- documents that can not be used ---------------------------------------------------------------------------------


def test_a_broken_document_is_refused_with_the_place(load: Load) -> None:
    with pytest.raises(InvalidDocument, match="expected a valid OpenAPI 3") as caught:
        load(lambda document: operation(document).pop("responses"))
    assert caught.value.pointer == "/paths/~1embeddings/post"
    assert "responses" in caught.value.problem


def test_a_file_that_is_not_there_is_refused_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(Malformed, match=r"none\.yaml: expected a file that can be read"):
        Contract.load(tmp_path / "none.yaml")


def to_text(document: dict[str, Any]) -> None:
    content = operation(document)["requestBody"]["content"]
    content["text/plain"] = content.pop("application/json")


def twice(document: dict[str, Any]) -> None:
    again = deepcopy(document["paths"]["/embeddings"])
    again["post"]["operationId"] = "again"
    document["paths"]["/v2/embeddings"] = again


def contain_itself(document: dict[str, Any]) -> None:
    schemas(document)["Embedding"]["properties"]["parts"] = {
        "type": "array",
        "items": {"$ref": "#/components/schemas/Embedding"},
    }


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            to_text,
            "/paths/~1embeddings/post/requestBody: content text/plain is not supported; expected application/json",
        ),
        (
            twice,
            "/paths: 2 operations (/embeddings, /v2/embeddings) is not supported; "
            "expected one POST of a path ending in /embeddings",
        ),
        (
            lambda document: document["paths"].pop("/embeddings"),
            "/paths: 0 operations (none) is not supported; expected one POST of a path ending in /embeddings",
        ),
        (
            contain_itself,
            "/components/schemas/Embedding: a schema that contains itself is not supported; expected a finite tree",
        ),
    ],
)
def test_a_construct_that_no_check_would_follow_is_refused(load: Load, change: Change, sentence: str) -> None:
    with pytest.raises(UnsupportedSchema) as caught:
        load(change)
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        (lambda document: operation(document).pop("requestBody"), "/paths/~1embeddings/post/requestBody"),
        (
            lambda document: operation(document).update(responses={"204": {"description": "Gone."}}),
            "/paths/~1embeddings/post/responses/200",
        ),
    ],
)
def test_an_operation_without_body_or_answer_is_refused_where_they_are_missing(
    load: Load, change: Change, pointer: str
) -> None:
    with pytest.raises(ContractError, match=pointer):
        load(change)


def test_credentials_of_other_kinds_are_refused_where_they_stand(load: Load) -> None:
    with pytest.raises(
        UnsupportedSecurity, match="/components/securitySchemes/Config: a scheme of type: oauth2"
    ):
        load(
            lambda document: document["components"]["securitySchemes"].update(
                Config={"type": "oauth2", "flows": {}}
            )
        )


# --- profiles -------------------------------------------------------------------------------------------------------

PROFILE = """
overlay: 1.1.0
info: {title: Mine, version: 1.0.0}
actions:
  - target: $.components.schemas.CreateEmbeddingRequest.properties.dimensions
    remove: true
  - target: $.nowhere
    remove: true
"""


def own_profile(tmp_path: Path, more: str = "") -> Path:
    file = tmp_path / "mine.yaml"
    file.write_text(PROFILE + more)
    return file


def test_a_users_own_profile_may_take_a_property_away_from_the_vendored_contract(tmp_path: Path) -> None:
    contract = Contract.load(profile=own_profile(tmp_path))
    assert contract.catalogue.dropped == ("response.dimensions",)
    assert "request.dimensions.type" not in contract.catalogue
    assert [action.target for action in contract.overlays[1].skipped] == ["$.nowhere"]
    assert contract.overlays[0].skipped == ()
    assert contract.profile == "mine"


LEVELS = """
x-conformance:
  levels:
    - {requirement: %s, level: may, reason: This server does not count.}
"""


def test_a_profile_lowers_a_level(tmp_path: Path) -> None:
    contract = Contract.load(profile=own_profile(tmp_path, LEVELS % "response.usage.tot*"))
    changed = contract.catalogue["response.usage.total"]
    assert (changed.level, changed.reason) == ("may", "This server does not count.")
    violations = validate_response({"usage": {"prompt_tokens": 2, "total_tokens": 1}}, contract=contract)
    assert {v.level for v in violations if v.requirement == "response.usage.total"} == {"may"}


def test_a_level_for_no_requirement_is_refused_also_in_a_users_own_profile(tmp_path: Path) -> None:
    with pytest.raises(
        CatalogueError, match=r"requirement response\.usage\.tottal: .* response\.usage\.total"
    ):
        Contract.load(profile=own_profile(tmp_path, LEVELS % "response.usage.tottal"))


def test_a_shipped_profile_on_a_users_own_document_skips_what_does_not_match(load: Load) -> None:
    def change(document: dict[str, Any]) -> None:
        operation(document)["security"] = [{"Portkey-Key": [], "Config": []}]

    contract = load(change, profile="portkey-oss")
    assert [action.description for action in contract.overlays[1].skipped] == [
        "Virtual keys need the hosted control plane"
    ]
    assert contract.security.alternatives == (frozenset({"Config"}),)


def test_an_unknown_profile_is_refused_with_the_closest() -> None:
    with pytest.raises(UnknownProfile, match="did you mean 'portkey-oss'"):
        Contract.load(profile="portkey-os")


@pytest.mark.parametrize("profile", sorted(profile_overlays()))
def test_shipped_overlays_name_the_document_that_they_are_for(profile: str) -> None:
    overlay = Overlay.load(profile_overlays()[profile])
    assert overlay.extends is not None
    assert (overlay.path.parent / overlay.extends).resolve() == vendored_document().resolve()
