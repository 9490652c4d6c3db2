"""What the distributions hold."""

from __future__ import annotations

import subprocess
import sys
import tarfile
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).resolve().parents[2]


def built(kind: str, folder: Path) -> Path:
    """Build without an environment of its own, so that nothing is fetched."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", kind, "--directory", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (file,) = folder.iterdir()
    return file


def files_below(folder: str) -> set[str]:
    files = (file for file in (ROOT / folder).rglob("*") if file.is_file())
    return {file.relative_to(ROOT).as_posix() for file in files if "__pycache__" not in file.parts}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> ZipFile:
    return ZipFile(built("wheel", tmp_path_factory.mktemp("wheel")))


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    with tarfile.open(built("sdist", tmp_path_factory.mktemp("sdist"))) as packed:
        return {name.partition("/")[2] for name in packed.getnames()}


def test_the_wheel_holds_the_package_and_the_whole_specification(wheel: ZipFile) -> None:
    specification = {f"conformance/{name}" for name in files_below("spec")}
    held = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert held == files_below("conformance") | specification
    assert {"conformance/py.typed", "conformance/report/model/report.schema.json"} <= held


def test_the_specification_in_the_wheel_is_the_one_of_the_checkout_byte_for_byte(wheel: ZipFile) -> None:
    for name in files_below("spec"):
        assert wheel.read(f"conformance/{name}") == (ROOT / name).read_bytes(), name


def test_the_wheel_holds_the_licence_and_both_entry_points(wheel: ZipFile) -> None:
    files = {name.partition(".dist-info/")[2]: name for name in wheel.namelist()}
    assert wheel.read(files["licenses/LICENSE"]) == (ROOT / "LICENSE").read_bytes()
    entry_points = wheel.read(files["entry_points.txt"]).decode()
    assert "embeddings-conformance = conformance.cli.main:main" in entry_points
    assert "[pytest11]\nconformance.pytest_plugin = conformance.pytest_plugin" in entry_points


@pytest.mark.parametrize("folder", ["conformance", "spec", "tests", "benchmarks"])
def test_the_source_distribution_holds_every_folder(folder: str, sdist: set[str]) -> None:
    missing = {name for name in files_below(folder) - sdist if "node_modules" not in name}
    assert not missing


def test_the_source_distribution_holds_the_documents(sdist: set[str]) -> None:
    documents = {"README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "constraints.txt", "tox.ini"}
    assert documents <= sdist
