"""Follow each recipe of CONTRIBUTING.md as it is printed, in a copy of the repository."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.contributing.recipes import Edit, Run, Step, recipes
from tests.docs.output import matches
from tests.docs.pages import ROOT, Command
from tests.docs.session import Session, session
from tests.sampling import sampled

RECIPES = recipes((ROOT / "CONTRIBUTING.md").read_text("utf-8"))

RESULTS: Mapping[str, tuple[str, ...]] = {
    "Add a requirement": (
        "embeddings-conformance requirements http.accept.any",
        "embeddings-conformance run --only http.accept.any",
    ),
    "Add a profile": ("embeddings-conformance run --profile x-api-key --only 'auth.*'",),
    "Add an option": (
        "embeddings-conformance plan --only http.chunked --total-only",
        "embeddings-conformance run --help | grep -e --total-only",
        "mkdir sub && echo 'total-only = true' >sub/embeddings-conformance.toml",
        "(cd sub && embeddings-conformance plan --only http.chunked) | wc -l | grep -x 1",
        "pytest -q --target-url=http://127.0.0.1:9/v1 --conformance-profile=open --conformance-plan"
        " --conformance-total-only | grep -c requests | grep -x 1",
    ),
    "Add a sub-command": (
        "embeddings-conformance --help",
        "embeddings-conformance profiles portkey",
    ),
    "Add a report format": (
        "embeddings-conformance run --only http.chunked --json build/run.json --csv build/run.csv",
        "embeddings-conformance report build/run.json --csv build/report.csv",
        "cmp build/run.csv build/report.csv",
    ),
    "Add a capability": (
        "embeddings-conformance requirements capability.user",
        """embeddings-conformance run --unsupported user --only capability.user || echo "exit code $?\"""",
    ),
}
"""Commands that succeed after each recipe. Those that the recipe prints are run once, and with the output it shows."""

QUICK = ("Add a requirement",)
"""The recipe that every test run follows."""

FASTER = "-p no:schemathesis -p no:hypothesispytest"
"""Plugins that the recipes do not need, and that take seconds to import."""

EDITS = [
    pytest.param(title, number, id=f"{title}: {step.path}")
    for title, steps in RECIPES.items()
    for number, step in enumerate(steps)
    if isinstance(step, Edit)
]


@pytest.fixture
def copy(tmp_path: Path) -> Iterator[Session]:
    """A terminal in a copy of the repository, which Python imports instead of the installed package."""
    with session(tmp_path, PYTHONPATH=str(tmp_path / "project"), PYTEST_ADDOPTS=FASTER) as terminal:
        listed = subprocess.run(
            ["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, check=True
        )
        for name in listed.stdout.decode().split("\0"):
            if (ROOT / name).is_file():
                (terminal.folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, terminal.folder / name)
        subprocess.run(["git", "init", "--quiet"], cwd=terminal.folder, check=True)
        yield terminal


def run(terminal: Session, command: str) -> str:
    """Run *command*, which must succeed; return its output."""
    printed = terminal.run(Command(0, command, ()))
    assert terminal.code == 0, f"$ {command}\n{printed}"
    return printed


def follow(terminal: Session, title: str, *, without: int | None = None) -> None:
    """Follow a recipe, *without* one of its steps, and check its result."""
    printed = set()
    for number, step in enumerate(RECIPES[title]):
        if number != without:
            printed |= do(terminal, step)
    for command in RESULTS[title]:
        if command not in printed:
            run(terminal, command)


def do(terminal: Session, step: Step) -> set[str]:
    """Do a step; return the commands that were run."""
    if isinstance(step, Edit):
        step.apply(terminal.folder)
        return set()
    for command in step.commands:
        printed = run(terminal, command.text)
        assert matches(command.shown, printed), f"$ {command.text}\n{printed}"
    return {command.text for command in step.commands}


@pytest.mark.parametrize("title", sampled(RECIPES, QUICK))
def test_a_recipe_works_as_printed(title: str, copy: Session) -> None:
    follow(copy, title)


@pytest.mark.slow
@pytest.mark.parametrize(("title", "number"), EDITS)
def test_a_recipe_fails_without_one_of_its_steps(title: str, number: int, copy: Session) -> None:
    with pytest.raises(AssertionError):
        follow(copy, title, without=number)


def test_these_tests_check_the_results_of_all_recipes() -> None:
    assert RECIPES.keys() == RESULTS.keys()


def test_each_recipe_ends_with_commands() -> None:
    assert all(isinstance(steps[-1], Run) for steps in RECIPES.values())


def test_the_copy_is_what_is_imported(copy: Session) -> None:
    code = "import conformance.cli, tests.docs.pages as t, tools.refresh as r; print(conformance, t, r)"
    printed = run(copy, f'python -c "{code}"')
    assert str(ROOT) not in printed
    assert "/conformance/" in printed
    assert run(copy, "embeddings-conformance --version")


@pytest.mark.parametrize(
    "sentence",
    ["Add this to `spec/requirements.yaml`:", "Create spec/a.yaml:", "In `a`, after the line, add:"],
)
def test_a_step_needs_one_of_the_known_forms(sentence: str) -> None:
    with pytest.raises(AssertionError, match="has none of the forms"):
        recipes(f"\n## Recipes\n\n### A\n\n1. {sentence}\n\n   ```yaml\n   a: 1\n   ```\n")
