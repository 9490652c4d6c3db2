"""The version of a build: from the tag, from an archive, or without both; and the release steps that depend on it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from email.parser import Parser
from pathlib import Path
from zipfile import ZipFile

import pytest
import yaml
from packaging.version import Version

from .test_project_files import CHANGELOG, RELEASE, RELEASED, ROOT

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")

COPIED = (".gitattributes", ".git_archival.txt", "CHANGELOG.md", "LICENSE", "README.md", "pyproject.toml")
FALLBACK = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["version"][
    "fallback-version"
]
NEWEST, _ = RELEASED.findall(CHANGELOG)[0]

COMPARE = "Compare the tag with the branch, the version, and the changelog"
BUILD = "Build the source distribution, and the wheel from it"


def environment() -> dict[str, str]:
    """The environment without what an outer git or build sets, and with an author."""
    plain = {k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "GITHUB_", "SETUPTOOLS_SCM_"))}
    author = {f"GIT_{role}_{what}": "x" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    search = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return plain | author | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "PATH": search}


def run(folder: Path, *words: str, **variables: str) -> str:
    """The output of a command in *folder*."""
    done = subprocess.run(
        words, cwd=folder, env=environment() | variables, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


def version_in(folder: Path) -> str:
    return run(folder, "python", "-m", "hatchling", "version")


def commit(folder: Path, message: str) -> None:
    run(folder, "git", "add", "--all")
    run(folder, "git", "commit", "--quiet", "--allow-empty", "--message", message)


def step(name: str) -> str:
    """The script of the release step *name*."""
    jobs = yaml.safe_load(RELEASE.read_text("utf-8"))["jobs"]
    (script,) = [s["run"] for job in jobs.values() for s in job["steps"] if s.get("name") == name]
    return str(script)


def release(clone: Path, name: str, tag: str) -> subprocess.CompletedProcess[str]:
    """Run the release step *name* as the workflow does, for *tag*."""
    variables = {
        "GITHUB_REF_NAME": tag,
        "GITHUB_SHA": run(clone, "git", "rev-parse", "HEAD"),
        "GITHUB_WORKSPACE": str(clone),
    }
    command = ["bash", "-eo", "pipefail", "-c", step(name)]
    return subprocess.run(
        command, cwd=clone, env=environment() | variables, capture_output=True, text=True, check=False
    )


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository with the metadata of the project and hardly any code, so that a build is fast."""
    folder = tmp_path / "project"
    for name in ("conformance", "spec"):
        (folder / name).mkdir(parents=True)
    (folder / "conformance" / "__init__.py").touch()
    (folder / "spec" / "data.yaml").touch()
    for name in COPIED:
        shutil.copy(ROOT / name, folder)
    run(folder, "git", "init", "--quiet", "--initial-branch=main")
    commit(folder, "Add the project")
    return folder


def unpack_archive(project: Path, folder: Path) -> Path:
    """A source archive of the newest commit, unpacked."""
    folder.mkdir()
    run(project, "git", "archive", "--output", str(folder.with_suffix(".tar")), "HEAD")
    shutil.unpack_archive(folder.with_suffix(".tar"), folder, filter="data")
    return folder


def test_a_clone_without_tags_builds(project: Path, tmp_path: Path) -> None:
    run(
        project,
        "python",
        "-m",
        "hatchling",
        "build",
        "--target",
        "wheel",
        "--directory",
        str(tmp_path / "built"),
    )
    (wheel,) = (tmp_path / "built").iterdir()
    assert Version(version_in(project)) == Version(wheel.name.split("-")[1])
    assert Version(version_in(project)).base_version == Version(FALLBACK).base_version


def test_a_tagged_commit_has_the_version_of_its_tag(project: Path) -> None:
    run(project, "git", "tag", "v3.4.5")
    assert version_in(project) == "3.4.5"


def test_a_commit_after_a_tag_belongs_to_the_next_minor_version(project: Path) -> None:
    run(project, "git", "tag", "v3.4.5")
    commit(project, "Change nothing")
    assert version_in(project) == "3.5.0.dev1"


def test_an_archive_has_the_version_of_its_tag(project: Path, tmp_path: Path) -> None:
    run(project, "git", "tag", "v3.4.5")
    assert version_in(unpack_archive(project, tmp_path / "archive")) == "3.4.5"


def test_an_archive_of_a_later_commit_belongs_to_the_next_minor_version(
    project: Path, tmp_path: Path
) -> None:
    run(project, "git", "tag", "v3.4.5")
    commit(project, "Change nothing")
    assert version_in(unpack_archive(project, tmp_path / "archive")) == "3.5.0.dev1"


def test_an_archive_of_an_untagged_commit_has_the_fallback_version(project: Path, tmp_path: Path) -> None:
    assert version_in(unpack_archive(project, tmp_path / "archive")) == FALLBACK


def test_files_without_version_control_have_the_fallback_version(project: Path) -> None:
    shutil.rmtree(project / ".git")
    assert version_in(project) == FALLBACK


def test_the_fallback_version_is_later_than_the_newest_release() -> None:
    assert Version(FALLBACK) > Version(NEWEST)
    assert Version(FALLBACK).is_devrelease


@pytest.fixture
def clone(project: Path, tmp_path: Path) -> Path:
    """A clone of the project whose newest commit has the tag of the newest release."""
    run(project, "git", "tag", f"v{NEWEST}")
    run(tmp_path, "git", "clone", "--quiet", str(project), "clone")
    return tmp_path / "clone"


def test_the_release_builds_a_wheel_with_the_version_of_the_tag(clone: Path) -> None:
    for name in (COMPARE, BUILD):
        done = release(clone, name, f"v{NEWEST}")
        assert done.returncode == 0, done.stdout + done.stderr
    names = {file.name for file in (clone / "dist").iterdir()}
    stem = f"embeddings_conformance-{NEWEST}"
    assert names == {f"{stem}.tar.gz", f"{stem}-py3-none-any.whl"}
    with ZipFile(clone / "dist" / f"{stem}-py3-none-any.whl") as wheel:
        metadata = wheel.read(f"{stem}.dist-info/METADATA").decode()
    assert Parser().parsestr(metadata)["Version"] == NEWEST
    notes = (clone / "notes.md").read_text("utf-8")
    assert notes.strip()
    assert notes in CHANGELOG
    assert "\n## " not in notes


def test_the_release_rejects_a_version_without_a_section_in_the_changelog(clone: Path) -> None:
    run(clone, "git", "tag", "--delete", f"v{NEWEST}")
    run(clone, "git", "tag", "v99.0.0")
    done = release(clone, COMPARE, "v99.0.0")
    assert done.returncode == 1
    assert "CHANGELOG.md has no section for 99.0.0." in done.stderr


def test_the_release_rejects_a_tag_that_is_not_on_main(clone: Path) -> None:
    commit(clone, "Stay outside of main")
    done = release(clone, COMPARE, f"v{NEWEST}")
    assert done.returncode == 1
    assert "The tag is not on main." in done.stderr
