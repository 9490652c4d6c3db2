"""What stands in the files for CI, read as data."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
ACTION = ROOT / "action.yml"
WORKFLOW = ROOT / "examples" / "github-workflow.yml"
GITLAB = ROOT / "examples" / "gitlab-ci.yml"
DOCKERFILE = ROOT / "Dockerfile"

INPUT = re.compile(r"\$\{\{ inputs\.([a-z-]+) \}\}")


def action() -> dict[str, Any]:
    """The action's metadata."""
    found: dict[str, Any] = yaml.safe_load(ACTION.read_text("utf-8"))
    return found


def scripts_of_the_action() -> dict[str, dict[str, Any]]:
    """The steps that run a script, by id."""
    return {step["id"]: step for step in action()["runs"]["steps"] if "run" in step}


def environment(step: dict[str, Any], inputs: dict[str, str]) -> dict[str, str]:
    """What the runner puts into the environment of *step*, for these *inputs* and the defaults of all others."""
    values = {name: about.get("default", "") for name, about in action()["inputs"].items()} | inputs
    return {name: INPUT.sub(lambda match: values[match[1]], text) for name, text in step["env"].items()}


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions with their arguments, in order."""
    text = re.sub(r"^#.*\n", "", DOCKERFILE.read_text("utf-8"), flags=re.MULTILINE).replace("\\\n", " ")
    pairs = (line.partition(" ") for line in text.splitlines() if line.strip())
    return [(name, re.sub(r"\s+", " ", rest)) for name, _, rest in pairs]
