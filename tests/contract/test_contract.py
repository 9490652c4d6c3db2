"""The vendored contract with shipped and own profiles."""

import hashlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conformance import Contract, validate_response
from conformance.contract import CatalogueError
from conformance.contract.errors import ActionFailed, UnknownProfile
from conformance.contract.openapi.source_file import read_file
from conformance.contract.overlay.document import Overlay
from conformance.contract.spec_files import document_provenance, profile_overlays, vendored_document
from tests.contract.requirement_data import OF_DIMENSIONS

PUBLISHED = read_file(vendored_document()).value
Change = Callable[[dict[str, Any]], object]
Load = Callable[..., Contract]


def test_reads_the_operation_from_the_document() -> None:
    contract = Contract.load()
    assert (contract.path, contract.method, contract.media_type) == (
        "/embeddings",
        "post",
        "application/json",
    )
    assert contract.operation["operationId"] == "createEmbedding"
    assert contract.file == vendored_document()


def test_reads_models_from_the_document() -> None:
    contract = Contract.load()
    assert contract.known_models == (
        "text-embedding-ada-002",
        "text-embedding-3-small",
        "text-embedding-3-large",
    )
    assert contract.example_model == "text-embedding-3-small"


def test_loading_twice_returns_the_same_contract() -> None:
    assert Contract.load() is Contract.load()
    assert Contract.load() is Contract.load(profile="portkey")
    assert Contract.load() is not Contract.load(profile="portkey-oss")


@pytest.mark.parametrize("profile", sorted(profile_overlays()))
def test_vendored_file_is_never_changed(profile: str) -> None:
    contract = Contract.load(profile=profile)
    content = vendored_document().read_bytes()
    assert contract.document != PUBLISHED
    assert read_file(vendored_document()).value == PUBLISHED
    assert contract.sha256 == hashlib.sha256(content).hexdigest()
    assert contract.sha256 in document_provenance().read_text()


@pytest.mark.parametrize("profile", sorted(profile_overlays()))
def test_each_shipped_action_changes_the_vendored_document(profile: str) -> None:
    contract = Contract.load(profile=profile)
    assert [overlay.file for overlay in contract.overlays] == ["embeddings.overlay.yaml", f"{profile}.yaml"]
    assert [overlay.title for overlay in contract.overlays] == [
        "Errata of the included POST /embeddings",
        f"Profile {profile}",
    ]
    assert all(overlay.actions and overlay.skipped == () for overlay in contract.overlays)
    assert contract.profile == profile
    assert contract.catalogue.dropped == ()


def test_rejects_an_action_without_effect_on_the_vendored_document(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "vendored.yaml"
    file.write_text(vendored_document().read_text().replace("SELF_HOSTED_GATEWAY_URL", "https://gateway/v1"))
    monkeypatch.setattr("conformance.contract.contract.vendored_document", lambda: file)
    with pytest.raises(ActionFailed, match="A placeholder is not a server URL"):
        Contract.load(profile=profile_overlays()["portkey"])


def test_open_source_gateway_has_no_portkey_key() -> None:
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


def test_loading_the_vendored_contract_imports_no_large_packages() -> None:
    code = (
        "import sys, conformance; conformance.validate_request('{}');"
        "print({'schemathesis', 'openapi_spec_validator', 'jsonschema', 'hypothesis', 'httpx'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


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


def test_own_profile_may_remove_a_property(tmp_path: Path) -> None:
    contract = Contract.load(profile=own_profile(tmp_path))
    assert contract.catalogue.dropped == OF_DIMENSIONS
    assert "request.dimensions.type" not in contract.catalogue
    assert [action.target for action in contract.overlays[1].skipped] == ["$.nowhere"]
    assert contract.overlays[0].skipped == ()
    assert contract.profile == "mine"


LEVELS = """
x-conformance:
  levels:
    - {requirement: %s, level: may, reason: This server does not count tokens.}
"""


def test_profile_lowers_a_level(tmp_path: Path) -> None:
    contract = Contract.load(profile=own_profile(tmp_path, LEVELS % "response.usage.tot*"))
    changed = contract.catalogue["response.usage.total"]
    assert (changed.level, changed.reason) == ("may", "This server does not count tokens.")
    violations = validate_response({"usage": {"prompt_tokens": 2, "total_tokens": 1}}, contract=contract)
    assert {v.level for v in violations if v.requirement == "response.usage.total"} == {"may"}


def test_rejects_a_level_for_an_unknown_requirement(tmp_path: Path) -> None:
    with pytest.raises(
        CatalogueError, match=r"requirement response\.usage\.tottal: .* response\.usage\.total"
    ):
        Contract.load(profile=own_profile(tmp_path, LEVELS % "response.usage.tottal"))


def test_rejects_an_unknown_profile_with_a_suggestion() -> None:
    with pytest.raises(UnknownProfile, match="did you mean 'portkey-oss'"):
        Contract.load(profile="portkey-os")


@pytest.mark.parametrize("profile", sorted(profile_overlays()))
def test_shipped_overlays_extend_the_vendored_document(profile: str) -> None:
    overlay = Overlay.load(profile_overlays()[profile])
    assert overlay.extends is not None
    assert (overlay.path.parent / overlay.extends).resolve() == vendored_document().resolve()
