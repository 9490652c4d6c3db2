from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from conformance.contract import spec_files as spec_files
from conformance.contract.errors import MissingSpecification
from conformance.contract.openapi.source_file import read_file


def create(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()


def test_installation_has_every_file() -> None:
    found = [
        spec_files.vendored_document(),
        spec_files.document_provenance(),
        spec_files.errata_overlay(),
        spec_files.errata_list(),
    ]
    assert all(file.is_file() for file in (*found, *spec_files.profile_overlays().values()))


def test_lists_profiles_by_name() -> None:
    assert {"portkey", "portkey-oss"} <= set(spec_files.profile_overlays())
    assert list(spec_files.profile_overlays()) == sorted(spec_files.profile_overlays())


def test_finds_files_inside_an_installed_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    create(tmp_path, "conformance/spec/a.yaml", "spec/a.yaml")
    monkeypatch.setattr(spec_files, "_FOLDERS", (tmp_path / "conformance" / "spec", tmp_path / "spec"))
    assert spec_files.spec_file("a.yaml") == tmp_path / "conformance" / "spec" / "a.yaml"


def test_finds_files_next_to_the_package_in_a_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    create(tmp_path, "spec/a.yaml")
    monkeypatch.setattr(spec_files, "_FOLDERS", (tmp_path / "conformance" / "spec", tmp_path / "spec"))
    assert spec_files.spec_file("a.yaml") == tmp_path / "spec" / "a.yaml"


def test_missing_file_error_lists_the_searched_folders() -> None:
    with pytest.raises(MissingSpecification) as caught:
        spec_files.spec_file("no-such.yaml")
    assert caught.value.name == "no-such.yaml"
    assert all(str(folder) in str(caught.value) for folder in caught.value.searched)


def test_response_headers_are_valid() -> None:
    data = read_file(spec_files.spec_file("response-headers.yaml")).value
    schema = read_file(spec_files.spec_file("schemas/response-headers.schema.yaml")).value
    Draft202012Validator(schema).validate(data)
