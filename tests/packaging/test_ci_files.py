"""The files for CI: valid by their published schemas, linted, and true to the command that they run."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from conformance.cli.main import main
from conformance.config.options import OPTIONS
from conformance.contract.spec_files import profile_overlays
from conformance.reference import background_server, create_app
from tests.packaging.ci_files import (
    ACTION,
    GITLAB,
    INPUT,
    ROOT,
    WORKFLOW,
    action,
    environment,
    instructions,
    scripts_of_the_action,
)

BIN = Path(sys.executable).parent
NAMES = {option.name for option in OPTIONS}


def workflow_step() -> dict[str, Any]:
    """The step of the example that uses the action."""
    (job,) = yaml.safe_load(WORKFLOW.read_text("utf-8"))["jobs"].values()
    (step,) = [step for step in job["steps"] if "/embeddings-conformance@" in step.get("uses", "")]
    return dict(step)


@pytest.mark.parametrize(
    ("schema", "file"),
    [
        ("vendor.github-actions", ACTION),
        ("vendor.github-workflows", WORKFLOW),
        ("custom.github-workflows-require-timeout", WORKFLOW),
        ("vendor.gitlab-ci", GITLAB),
    ],
)
def test_a_file_is_valid_by_its_published_schema(schema: str, file: Path) -> None:
    command = [str(BIN / "check-jsonschema"), "--builtin-schema", schema, str(file)]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("id", scripts_of_the_action())
def test_shellcheck_finds_nothing_in_a_script_of_the_action(id: str) -> None:
    script = scripts_of_the_action()[id]["run"]
    command = [str(BIN / "shellcheck"), "--shell=bash", "--enable=quote-safe-variables", "-"]
    checked = subprocess.run(command, input=script, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("id", scripts_of_the_action())
def test_no_expression_stands_inside_of_a_script(id: str) -> None:
    step = scripts_of_the_action()[id]
    assert "${{" not in step["run"]
    assert all(INPUT.fullmatch(text) for text in step["env"].values())
    assert set(step["env"]) == set(re.findall(r"\bINPUT_[A-Z_]+", step["run"]))


def test_every_input_is_used_and_has_a_default() -> None:
    used = set(INPUT.findall(ACTION.read_text("utf-8"))) | set(
        re.findall(r"inputs\.([a-z-]+)", ACTION.read_text("utf-8"))
    )
    assert used == set(action()["inputs"])
    assert all("default" in about and about["description"] for about in action()["inputs"].values())


def test_every_output_is_one_that_the_script_gives() -> None:
    named = {about["value"].split(".")[-1].removesuffix(" }}") for about in action()["outputs"].values()}
    assert named == set(action()["outputs"])
    assert all(f'echo "{name}=' in scripts_of_the_action()["run"]["run"] for name in named)


def test_actions_of_others_are_pinned() -> None:
    used = re.findall(r"uses: (\S+)", ACTION.read_text("utf-8") + WORKFLOW.read_text("utf-8"))
    assert len(used) == 4
    assert all(re.search(r"@(v\d+(\.\d+)*|[0-9a-f]{40})$", name) for name in used)


def test_the_reports_are_kept_whatever_the_run_ends_with() -> None:
    (upload,) = [s for s in action()["runs"]["steps"] if "upload-artifact" in s.get("uses", "")]
    assert upload["if"].startswith("always()")
    (job,) = [job for job in yaml.safe_load(GITLAB.read_text("utf-8")).values() if "script" in job]
    assert job["artifacts"]["when"] == "always"


def test_the_examples_give_options_and_inputs_that_exist() -> None:
    step = workflow_step()
    assert set(step["with"]) <= set(action()["inputs"])
    texts = GITLAB.read_text("utf-8") + step["with"]["arguments"]
    named = set(re.findall(r"(?<=[\s'])--([a-z-]+)", texts)) - {"quiet"}
    assert len(named) > 5
    assert named <= NAMES


def test_the_examples_name_a_profile_that_is_shipped_and_wait_for_the_service() -> None:
    step = workflow_step()
    assert step["with"]["profile"] in profile_overlays()
    assert f"--profile={step['with']['profile']}" in GITLAB.read_text("utf-8")
    assert f"--wait={step['with']['wait']}" in GITLAB.read_text("utf-8")


def test_secrets_of_the_examples_come_from_the_environment() -> None:
    step = workflow_step()
    variables = re.findall(r"env:(\w+)", step["with"]["headers"])
    assert variables
    assert step["env"] == {name: "${{ secrets.%s }}" % name for name in variables}  # noqa: UP031
    assert "secrets." not in str(step["with"])
    assert all(f"env:{name}" in GITLAB.read_text("utf-8") for name in variables)


def test_defaults_of_the_action_give_no_option() -> None:
    given = environment(scripts_of_the_action()["run"], {})
    assert {name for name, value in given.items() if value} == {"INPUT_REPORTS"}


def test_the_image_is_built_from_what_is_copied_into_it(tmp_path: Path) -> None:
    ignored = (ROOT / ".dockerignore").read_text("utf-8").split()
    copied = [name for kind, rest in instructions() if kind == "COPY" for name in rest.split()[:-1]]
    assert ignored[0] == "*"
    assert {f"!{name}" for name in copied} == set(ignored[1:-1])
    for name in copied:
        (tmp_path / name).symlink_to(ROOT / name)
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", "built"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    assert list((tmp_path / "built").glob("embeddings_conformance-*.whl"))


def test_the_image_does_not_run_as_root() -> None:
    kinds = [kind for kind, _ in instructions()]
    users = [rest for kind, rest in instructions() if kind == "USER"]
    assert users == ["10001"]
    assert kinds.index("USER") > max(n for n, kind in enumerate(kinds) if kind in {"RUN", "COPY"})


def test_the_image_serves_where_its_health_is_looked_for(capsys: pytest.CaptureFixture[str]) -> None:
    found = dict(instructions())
    command = json.loads(found["ENTRYPOINT"]) + json.loads(found["CMD"])
    assert command == ["embeddings-conformance", "serve", "--host", "0.0.0.0"]
    with pytest.raises(SystemExit):
        main(["serve", "--help"])
    assert f"(default: {found['EXPOSE']})" in " ".join(capsys.readouterr().out.split())
    assert f"'127.0.0.1', {found['EXPOSE']}," in found["HEALTHCHECK"]


@pytest.mark.parametrize("alive", [True, False])
def test_the_image_is_healthy_while_it_answers(alive: bool) -> None:
    found = dict(instructions())
    _, python, option, code = json.loads(f'["x", {found["HEALTHCHECK"].partition("CMD [")[2]}')
    with background_server(create_app()) as url:
        port = url.split(":")[2].partition("/")[0]
        moved = code.replace(found["EXPOSE"], port if alive else "1")
        checked = subprocess.run([sys.executable, option, moved], capture_output=True, check=False)
    assert python == "python"
    assert (checked.returncode == 0) is alive
