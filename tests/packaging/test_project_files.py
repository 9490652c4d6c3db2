"""The files of the project: workflows, templates, hooks, changelog, and locks are valid and agree with each other."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
GITHUB = ROOT / ".github"
CI = GITHUB / "workflows" / "ci.yml"
RELEASE = GITHUB / "workflows" / "release.yml"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
FORMS = sorted(set((GITHUB / "ISSUE_TEMPLATE").glob("*.yml")) - {GITHUB / "ISSUE_TEMPLATE" / "config.yml"})
LOCKS = sorted((ROOT / "requirements").glob("*.lock"))
CHANGELOG = (ROOT / "CHANGELOG.md").read_text("utf-8")
PYPROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))

PINNED = re.compile(r"uses: (?P<action>[\w./-]+)@(?P<digest>[0-9a-f]{40}) # (?P<version>v\d+\.\d+\.\d+)")
FROZEN = re.compile(r"rev: [0-9a-f]{40} # frozen: v\d+\.\d+\.\d+")
RELEASED = re.compile(r"^## \[(\d+\.\d+\.\d+)\] - (\d{4}-\d{2}-\d{2})$", re.MULTILINE)
PIN = re.compile(r"^([\w.-]+)==([\w.]+)", re.MULTILINE)
KINDS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def check(*command: str | Path, text: str | None = None) -> None:
    """Run a command of the environment on files of the project, and show its output if it fails."""
    words = [str(BIN / command[0]), *map(str, command[1:])]
    done = subprocess.run(words, cwd=ROOT, input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def jobs_of(workflow: Path) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = yaml.safe_load(workflow.read_text("utf-8"))["jobs"]
    return found


def steps_of(workflow: Path) -> list[dict[str, Any]]:
    return [step for job in jobs_of(workflow).values() for step in job["steps"]]


def pins_of(lock: Path) -> dict[str, str]:
    return {canonicalize_name(name): version for name, version in PIN.findall(lock.read_text("utf-8"))}


def declared(*groups: list[str]) -> dict[str, Requirement]:
    """The requirements of *groups* by distribution, without this project itself."""
    found = [Requirement(text) for group in groups for text in group]
    return {canonicalize_name(r.name): r for r in found if r.name != PYPROJECT["project"]["name"]}


@pytest.mark.parametrize(
    ("schema", "files"),
    [
        ("vendor.github-workflows", WORKFLOWS),
        ("custom.github-workflows-require-timeout", WORKFLOWS),
        ("vendor.dependabot", [GITHUB / "dependabot.yml"]),
        ("vendor.github-issue-config", [GITHUB / "ISSUE_TEMPLATE" / "config.yml"]),
        ("vendor.github-issue-forms", FORMS),
    ],
)
def test_files_match_their_published_schema(schema: str, files: list[Path]) -> None:
    check("check-jsonschema", "--builtin-schema", schema, *files)


def test_zizmor_finds_no_security_problem() -> None:
    check("zizmor", "--offline", "--no-progress", "--persona=pedantic", "--collect=all", GITHUB, "action.yml")


@pytest.mark.parametrize("file", [*WORKFLOWS, ROOT / "action.yml"], ids=lambda file: file.name)
def test_actions_are_pinned_by_digest_with_their_version(file: Path) -> None:
    used = [
        line.strip().removeprefix("- ") for line in file.read_text("utf-8").splitlines() if "uses:" in line
    ]
    assert used
    assert not [line for line in used if not PINNED.fullmatch(line)]


def test_an_action_has_one_version_in_all_files() -> None:
    text = "".join(file.read_text("utf-8") for file in [*WORKFLOWS, ROOT / "action.yml"])
    pins = {match.groups() for match in PINNED.finditer(text)}
    assert len({action for action, *_ in pins}) == len(pins)


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda file: file.name)
def test_workflows_have_minimal_permissions(workflow: Path) -> None:
    document = yaml.safe_load(workflow.read_text("utf-8"))
    assert document["permissions"] == {}
    assert "concurrency" in document
    checkouts = [s for s in steps_of(workflow) if s.get("uses", "").startswith("actions/checkout@")]
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)
    assert all("permissions" in job for job in document["jobs"].values())


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda file: file.name)
def test_scripts_of_workflows_pass_shellcheck_and_contain_no_expression(workflow: Path) -> None:
    for script in [step["run"] for step in steps_of(workflow) if "run" in step]:
        assert "${{" not in script
        check("shellcheck", "--shell=bash", "-", text=script)


@pytest.mark.parametrize("job", [jobs_of(CI)["suite"], jobs_of(RELEASE)["test"]])
def test_every_supported_python_is_tested(job: dict[str, Any]) -> None:
    listed = [c.rpartition(" ")[2] for c in PYPROJECT["project"]["classifiers"] if "Python :: 3." in c]
    assert job["strategy"]["matrix"]["python-version"] == listed


def test_ci_runs_the_checks_of_contributors() -> None:
    jobs = jobs_of(CI)
    assert "bash .ci/run" in [step.get("run") for step in jobs["suite"]["steps"]]
    assert set(jobs["passed"]["needs"]) == set(jobs) - {"passed"}


def test_only_the_protected_job_publishes() -> None:
    jobs = jobs_of(RELEASE)
    trusted = [name for name, job in jobs.items() if "id-token" in job["permissions"]]
    assert trusted == ["publish"]
    assert jobs["publish"]["environment"] == "pypi"
    assert set(jobs["publish"]["needs"]) == {"build", "test"}
    assert "secrets." not in RELEASE.read_text("utf-8")
    (publish,) = [step for step in steps_of(RELEASE) if "pypi-publish" in step.get("uses", "")]
    assert publish["with"]["attestations"] is True


def test_remote_hooks_are_pinned_by_digest() -> None:
    text = (ROOT / ".pre-commit-config.yaml").read_text("utf-8")
    revisions = [line.strip() for line in text.splitlines() if "rev:" in line]
    assert len(revisions) == text.count("repo: https://")
    assert not [line for line in revisions if not FROZEN.fullmatch(line)]


def test_the_changelog_has_the_form_of_keep_a_changelog() -> None:
    headings = re.findall(r"^## .*$", CHANGELOG, re.MULTILINE)
    releases = RELEASED.findall(CHANGELOG)
    assert CHANGELOG.startswith("# Changelog\n")
    assert headings == ["## [Unreleased]", *(f"## [{version}] - {day}" for version, day in releases)]
    assert set(re.findall(r"^### (.*)$", CHANGELOG, re.MULTILINE)) <= KINDS
    versions = [Version(version) for version, _ in releases]
    days = [date.fromisoformat(day) for _, day in releases]
    assert versions == sorted(versions, reverse=True)
    assert days == sorted(days, reverse=True)


def test_the_examples_use_the_newest_release() -> None:
    newest, _ = RELEASED.findall(CHANGELOG)[0]
    workflow = (ROOT / "examples" / "github-workflow.yml").read_text("utf-8")
    assert re.findall(r"/embeddings-conformance@v(\S+)", workflow) == [newest]
    gitlab = (ROOT / "examples" / "gitlab-ci.yml").read_text("utf-8")
    assert re.findall(r"embeddings-conformance==(\S+)", gitlab) == [newest]


def test_the_constraints_are_in_the_lock_with_the_same_versions() -> None:
    pins = pins_of(ROOT / "constraints.txt")
    assert pins.items() <= pins_of(ROOT / "requirements" / "dev.lock").items()


@pytest.mark.parametrize("lock", LOCKS, ids=lambda file: file.name)
def test_every_package_of_a_lock_has_one_version_and_hashes(lock: Path) -> None:
    text = lock.read_text("utf-8")
    pinned = re.split(r"^(?=[\w.-]+==)", text, flags=re.MULTILINE)[1:]
    assert len(pinned) == len(pins_of(lock))
    assert all("--hash=sha256:" in package for package in pinned)
    assert "#    tox -e lock\n" in text
    assert "://" not in text
    assert "--find-links" not in text


def test_the_development_lock_satisfies_the_declared_dependencies() -> None:
    project = PYPROJECT["project"]
    pins = pins_of(ROOT / "requirements" / "dev.lock")
    needed = declared(project["dependencies"], *project["optional-dependencies"].values())
    assert {
        name: pins.get(name) for name, r in needed.items() if not r.specifier.contains(pins.get(name, "0"))
    } == {}


def test_the_build_lock_satisfies_the_build_requirements() -> None:
    requires = PYPROJECT["build-system"]["requires"]
    pins = pins_of(ROOT / "requirements" / "build.lock")
    assert PYPROJECT["dependency-groups"]["build"] == requires
    assert all(r.specifier.contains(pins[name]) for name, r in declared(requires).items())
    assert pins.items() <= pins_of(ROOT / "requirements" / "dev.lock").items()
