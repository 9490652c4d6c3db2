from pathlib import Path

import pytest

from conformance.contract import spec_files as files
from conformance.contract.errors import MissingSpecification


def lay_out(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()


def test_every_named_file_is_in_the_installation() -> None:
    found = [files.vendored_document(), files.provenance(), files.errata_overlay(), files.errata_list()]
    assert all(file.is_file() for file in (*found, *files.profile_overlays().values()))


def test_profiles_are_listed_by_name() -> None:
    assert {"portkey", "portkey-oss"} <= set(files.profile_overlays())
    assert list(files.profile_overlays()) == sorted(files.profile_overlays())


def test_an_installed_package_has_its_files_inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay_out(tmp_path, "conformance/spec/a.yaml", "spec/a.yaml")
    monkeypatch.setattr(files, "_FOLDERS", (tmp_path / "conformance" / "spec", tmp_path / "spec"))
    assert files.spec_file("a.yaml") == tmp_path / "conformance" / "spec" / "a.yaml"


def test_a_checkout_has_its_files_beside_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay_out(tmp_path, "spec/a.yaml")
    monkeypatch.setattr(files, "_FOLDERS", (tmp_path / "conformance" / "spec", tmp_path / "spec"))
    assert files.spec_file("a.yaml") == tmp_path / "spec" / "a.yaml"


def test_a_file_that_is_missing_is_named_with_the_places_searched() -> None:
    with pytest.raises(MissingSpecification) as caught:
        files.spec_file("no-such.yaml")
    assert caught.value.name == "no-such.yaml"
    assert all(str(folder) in str(caught.value) for folder in caught.value.looked)
