from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from conformance.contract import Contract
from conformance.contract.errors import ActionFailed, Malformed, UnknownProfile
from conformance.contract.openapi.document import load_document, validate_document
from conformance.contract.openapi.source_file import read_file
from conformance.contract.overlay.document import Overlay, apply
from conformance.contract.profile import Profile, ProfileLevel
from conformance.contract.spec_files import errata_overlay, profile_overlays, spec_file, vendored_document

SHIPPED = sorted(profile_overlays())
SCHEMA = Draft202012Validator(read_file(spec_file("schemas/profile.schema.yaml")).value)


def under(name: str) -> dict[str, Any]:
    """The vendored document under the errata and then a shipped profile, all strict."""
    document, _ = apply(Overlay.load(errata_overlay()), load_document(vendored_document()), strict=True)
    return apply(Profile.load(name).overlay, document, strict=True)[0]


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
def test_a_shipped_profile_matches_and_changes_the_vendored_document(name: str) -> None:
    assert under(name) != load_document(vendored_document())


@pytest.mark.parametrize("name", SHIPPED)
def test_the_document_is_valid_under_a_shipped_profile(name: str) -> None:
    validate_document(under(name))


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_profile_is_named_as_its_file_and_fits_the_schema(name: str) -> None:
    profile = Profile.load(name)
    assert profile.name == name
    assert profile.description
    assert list(SCHEMA.iter_errors(profile.overlay.extensions["x-conformance"])) == []


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_profile_does_nothing_twice(name: str) -> None:
    with pytest.raises(ActionFailed):
        apply(Profile.load(name).overlay, under(name), strict=True)


@pytest.mark.parametrize("name", SHIPPED)
def test_the_name_of_a_provider_and_a_custom_host_are_no_secrets(name: str) -> None:
    schemes = Contract.load(profile=name).security.schemes
    public = {"Provider-Name": "openai", "Custom-Host": "https://custom-host.invalid/v1"}
    names = {scheme.name for scheme in schemes}
    assert {s.name: s.placeholder for s in schemes if not s.secret} == {
        key: value for key, value in public.items() if key in names
    }
    assert names >= public.keys() or not names & public.keys()


def test_portkey_keeps_the_security_of_the_vendored_document() -> None:
    security = load_document(vendored_document())["paths"]["/embeddings"]["post"]["security"]
    assert under("portkey")["paths"]["/embeddings"]["post"]["security"] == security


def test_portkey_oss_has_what_the_open_source_gateway_can_serve() -> None:
    assert under("portkey-oss")["paths"]["/embeddings"]["post"]["security"] == [
        {"Provider-Auth": [], "Provider-Name": []},
        {"Config": []},
        {"Provider-Auth": [], "Provider-Name": [], "Custom-Host": []},
    ]


@pytest.mark.parametrize(
    ("name", "headers"),
    [("openai", [("Authorization", "Bearer ")]), ("azure", [("api-key", "")]), ("open", [])],
)
def test_other_servers_have_one_credential_or_none(name: str, headers: list[tuple[str, str]]) -> None:
    security = Contract.load(profile=name).security
    assert [(scheme.header, scheme.prefix) for scheme in security.schemes] == headers
    assert security.alternatives == (frozenset(scheme.name for scheme in security.schemes),)
    assert security.accepts(()) is (headers == [])


@pytest.mark.parametrize("name", ["openai", "azure", "open"])
def test_null_and_unknown_properties_are_a_servers_own_matter_beyond_the_gateway(name: str) -> None:
    stricter, catalogue = Contract.load().catalogue, Contract.load(profile=name).catalogue
    changed = {
        id
        for id, requirement in catalogue.items()
        if id in stricter and requirement.level != stricter[id].level
    }
    nulls = {requirement.id for requirement in stricter.matching("request.*.null")}
    assert len(nulls) == 3
    mays = nulls | {"request.additional-properties"}
    assert changed == mays | {"request.user.type"}
    assert {catalogue[id].level for id in mays} == {"may"}
    assert catalogue["request.user.type"].level == "should"


def test_a_profile_is_loaded_from_a_path(tmp_path: Path) -> None:
    level = {"requirement": "request.*", "level": "may", "reason": "the server is lenient"}
    path = write(tmp_path, {"name": "lenient", "description": "d", "levels": [level], "x-more": 1})
    for given in (path, str(path)):
        profile = Profile.load(given)
        assert (profile.name, profile.description, profile.overlay.path) == ("lenient", "d", path)
        assert profile.levels == (ProfileLevel("request.*", "may", "the server is lenient"),)


@pytest.mark.parametrize("extension", [None, {}])
def test_without_a_name_of_its_own_a_profile_is_named_after_its_file(
    tmp_path: Path, extension: object
) -> None:
    profile = Profile.load(write(tmp_path, extension))
    assert (profile.name, profile.description, profile.levels) == ("mine", "from info", ())


def test_an_unknown_name_is_refused_with_the_closest_one_and_all_of_them() -> None:
    with pytest.raises(UnknownProfile) as caught:
        Profile.load("portky-oss")
    assert (caught.value.known, caught.value.suggestion) == (tuple(SHIPPED), "portkey-oss")
    assert all(name in str(caught.value) for name in SHIPPED)


def test_a_name_that_is_near_none_has_no_suggestion() -> None:
    with pytest.raises(UnknownProfile) as caught:
        Profile.load("zzz")
    assert caught.value.suggestion is None
    assert "did you mean" not in str(caught.value)


@pytest.mark.parametrize("path", ["none.yaml", "./none", "some/none.json", Path("portkey")])
def test_a_path_that_does_not_exist_is_refused_as_a_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str | Path
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Malformed, match="a file that can be read"):
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
def test_a_malformed_extension_is_refused_with_its_place_and_by_the_schema(
    tmp_path: Path, extension: object, pointer: str
) -> None:
    with pytest.raises(Malformed) as caught:
        Profile.load(write(tmp_path, extension))
    assert caught.value.pointer == f"/x-conformance{pointer}"
    assert not SCHEMA.is_valid(extension)


def test_a_level_that_is_none_is_refused_with_the_closest_one(tmp_path: Path) -> None:
    with pytest.raises(Malformed, match="did you mean 'should'"):
        Profile.load(write(tmp_path, {"levels": [LEVEL | {"level": "shuold"}]}))


def test_a_requirement_that_stands_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Malformed, match="each requirement once"):
        Profile.load(write(tmp_path, {"levels": [LEVEL, LEVEL | {"level": "may"}]}))


@pytest.mark.parametrize(
    ("target", "change"),
    [
        ("$.paths['/embeddings'].post", {"security": [{"Nobody": []}]}),
        ("$.components.schemas.CreateEmbeddingRequest", {"minLenght": 3}),
    ],
)
def test_a_document_that_a_profile_spoils_is_told_with_both_files(
    tmp_path: Path, target: str, change: object
) -> None:
    overlay = write(tmp_path, None)
    spoilt = yaml.safe_load(overlay.read_text())
    spoilt["actions"] = [{"target": target, "update": change}]
    overlay.write_text(yaml.safe_dump(spoilt))
    with pytest.raises(ValueError, match="is not supported") as caught:
        Contract.load(profile=overlay)
    (told,) = caught.value.__notes__
    assert str(overlay) in told
    assert str(vendored_document()) in told
