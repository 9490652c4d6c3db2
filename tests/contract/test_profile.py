from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from conformance.contract import Contract
from conformance.contract.errors import ActionFailed, InvalidFile, UnknownProfile, UnreadableFile
from conformance.contract.openapi.document import load_document, validate_document
from conformance.contract.openapi.source_file import read_file
from conformance.contract.overlay.document import Overlay, apply_overlay
from conformance.contract.profile import Profile, ProfileLevel
from conformance.contract.spec_files import errata_overlay, profile_overlays, spec_file, vendored_document

SHIPPED = sorted(profile_overlays())
SCHEMA = Draft202012Validator(read_file(spec_file("schemas/profile.schema.yaml")).value)


def under(name: str) -> dict[str, Any]:
    """The vendored document after the errata and a shipped profile, both applied strictly."""
    document, _ = apply_overlay(
        Overlay.load(errata_overlay()), load_document(vendored_document()), strict=True
    )
    return apply_overlay(Profile.load(name).overlay, document, strict=True)[0]


def write(folder: Path, extension: object, name: str = "mine.yaml") -> Path:
    document: dict[str, object] = {
        "overlay": "1.1.0",
        "info": {"title": "t", "version": "1", "description": "from info"},
        "actions": [{"target": "$.info", "update": {"x-mine": True}}],
    }
    if extension is not None:
        document["x-conformance"] = extension
    (folder / name).write_text(yaml.safe_dump(document, sort_keys=False))
    return folder / name


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_profile_changes_the_vendored_document(name: str) -> None:
    assert under(name) != load_document(vendored_document())


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_profile_keeps_the_document_valid(name: str) -> None:
    validate_document(under(name))


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_profile_has_its_files_name_and_is_valid(name: str) -> None:
    profile = Profile.load(name)
    assert profile.name == name
    assert profile.description
    assert list(SCHEMA.iter_errors(profile.overlay.extensions["x-conformance"])) == []


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_profile_cannot_be_applied_twice(name: str) -> None:
    with pytest.raises(ActionFailed):
        apply_overlay(Profile.load(name).overlay, under(name), strict=True)


@pytest.mark.parametrize("name", SHIPPED)
def test_provider_name_and_custom_host_are_not_secret(name: str) -> None:
    schemes = Contract.load(profile=name).security.schemes
    public = {"Provider-Name": "openai", "Custom-Host": "https://custom-host.invalid/v1"}
    names = {scheme.name for scheme in schemes}
    assert {s.name: s.placeholder for s in schemes if not s.secret} == {
        key: value for key, value in public.items() if key in names
    }
    assert names >= public.keys() or not names & public.keys()


def test_portkey_keeps_the_vendored_security() -> None:
    security = load_document(vendored_document())["paths"]["/embeddings"]["post"]["security"]
    assert under("portkey")["paths"]["/embeddings"]["post"]["security"] == security


def test_portkey_oss_has_the_alternatives_of_the_open_source_gateway() -> None:
    assert under("portkey-oss")["paths"]["/embeddings"]["post"]["security"] == [
        {"Provider-Auth": [], "Provider-Name": []},
        {"Config": []},
        {"Provider-Auth": [], "Provider-Name": [], "Custom-Host": []},
    ]


@pytest.mark.parametrize(
    ("name", "headers"),
    [("openai", [("Authorization", "Bearer ")]), ("azure", [("api-key", "")]), ("open", [])],
)
def test_openai_azure_and_open_have_at_most_one_credential(name: str, headers: list[tuple[str, str]]) -> None:
    security = Contract.load(profile=name).security
    assert [(scheme.header, scheme.prefix) for scheme in security.schemes] == headers
    assert security.alternatives == (frozenset(scheme.name for scheme in security.schemes),)
    assert security.accepts(()) is (headers == [])


@pytest.mark.parametrize("name", ["openai", "azure", "open"])
def test_profiles_of_servers_lower_the_levels_for_null_and_unknown_properties(name: str) -> None:
    vendored, catalogue = Contract.load().catalogue, Contract.load(profile=name).catalogue
    changed = {
        id
        for id, requirement in catalogue.items()
        if id in vendored and requirement.level != vendored[id].level
    }
    null_ids = {requirement.id for requirement in vendored.matching("request.*.null")}
    assert len(null_ids) == 3
    may_ids = null_ids | {"request.additional-properties"}
    should_ids = {"request.user.type"} | ({"http.error.fields"} if name == "openai" else set())
    assert changed == may_ids | should_ids
    assert {catalogue[id].level for id in may_ids} == {"may"}
    assert {catalogue[id].level for id in should_ids} == {"should"}


def test_loads_a_profile_from_a_path(tmp_path: Path) -> None:
    level = {"requirement": "request.*", "level": "may", "reason": "the server is lenient"}
    path = write(tmp_path, {"name": "lenient", "description": "d", "levels": [level], "x-more": 1})
    for given in (path, str(path)):
        profile = Profile.load(given)
        assert (profile.name, profile.description, profile.overlay.path) == ("lenient", "d", path)
        assert profile.levels == (ProfileLevel("request.*", "may", "the server is lenient"),)


@pytest.mark.parametrize("extension", [None, {}])
def test_default_name_is_that_of_the_file(tmp_path: Path, extension: object) -> None:
    profile = Profile.load(write(tmp_path, extension))
    assert (profile.name, profile.description, profile.levels) == ("mine", "from info", ())


def test_rejects_an_unknown_name_with_a_suggestion_and_all_names() -> None:
    with pytest.raises(UnknownProfile) as caught:
        Profile.load("portky-oss")
    assert (caught.value.known, caught.value.suggestion) == (tuple(SHIPPED), "portkey-oss")
    assert all(name in str(caught.value) for name in SHIPPED)


def test_makes_no_suggestion_for_a_dissimilar_name() -> None:
    with pytest.raises(UnknownProfile) as caught:
        Profile.load("zzz")
    assert caught.value.suggestion is None
    assert "did you mean" not in str(caught.value)


@pytest.mark.parametrize("path", ["none.yaml", "./none", "some/none.json", Path("portkey")])
def test_rejects_a_missing_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str | Path) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UnreadableFile):
        Profile.load(path)


LEVEL = {"requirement": "a", "level": "must", "reason": "r"}


@pytest.mark.parametrize(
    ("extension", "pointer"),
    [
        ("mine", ""),
        ({"title": "x"}, "/title"),
        ({"name": " "}, "/name"),
        ({"description": 1}, "/description"),
        ({"levels": {}}, "/levels"),
        ({"levels": ["a"]}, "/levels/0"),
        ({"levels": [LEVEL | {"level": "shuold"}]}, "/levels/0/level"),
        ({"levels": [LEVEL | {"reason": ""}]}, "/levels/0/reason"),
        ({"levels": [{"requirement": "a", "level": "must"}]}, "/levels/0"),
        ({"levels": [LEVEL | {"requirment": "b"}]}, "/levels/0/requirment"),
    ],
)
def test_reader_and_schema_reject_an_invalid_extension(
    tmp_path: Path, extension: object, pointer: str
) -> None:
    with pytest.raises(InvalidFile) as caught:
        Profile.load(write(tmp_path, extension))
    assert caught.value.pointer == f"/x-conformance{pointer}"
    assert not SCHEMA.is_valid(extension)


def test_rejects_an_unknown_level_with_a_suggestion(tmp_path: Path) -> None:
    with pytest.raises(InvalidFile, match="did you mean 'should'"):
        Profile.load(write(tmp_path, {"levels": [LEVEL | {"level": "shuold"}]}))


def test_rejects_a_duplicate_requirement(tmp_path: Path) -> None:
    with pytest.raises(InvalidFile, match="each requirement once"):
        Profile.load(write(tmp_path, {"levels": [LEVEL, LEVEL | {"level": "may"}]}))


@pytest.mark.parametrize(
    ("target", "change", "problem"),
    [
        (
            "$.paths['/embeddings'].post",
            {"requestBody": {"$ref": "#/components/none"}},
            "refers to a value that does not exist",
        ),
        ("$.paths['/embeddings'].post", {"security": [{f"S{n}": []} for n in range(60)]}, "at most 50"),
    ],
)
def test_error_names_both_files_if_a_profile_makes_the_document_unusable(
    tmp_path: Path, target: str, change: object, problem: str
) -> None:
    overlay = write(tmp_path, None)
    overlay_data = yaml.safe_load(overlay.read_text())
    overlay_data["actions"] = [{"target": target, "update": change}]
    overlay.write_text(yaml.safe_dump(overlay_data))
    with pytest.raises(ValueError, match=problem) as caught:
        Contract.load(profile=overlay)
    (note,) = caught.value.__notes__
    assert str(overlay) in note
    assert str(vendored_document()) in note
