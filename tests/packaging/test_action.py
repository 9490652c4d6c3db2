"""The scripts of the GitHub Action, run as its runner runs them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from starlette.types import Receive, Scope, Send

from conformance.contract import Contract
from conformance.reference import background_server, create_app, default_credentials
from tests.packaging.ci_files import ROOT, environment, scripts_of_the_action

BIN = Path(sys.executable).parent
BASH = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail"]
SECRET = "sesame-secret-0123"
EVIL = "##[error]evil ::error::evil <script>alert(1)</script>"
KEEPING = '#!/bin/bash\nprintf "%s\\0" "$@" >words\necho evil >&2\nexit "${CODE:-0}"\n'
"""A command that keeps its arguments, and complains."""


@dataclass(frozen=True)
class Ended:
    """How a script ended, and what it left."""

    code: int
    said: str
    outputs: dict[str, str]
    summary: str
    folder: Path

    @property
    def words(self) -> list[str]:
        """The arguments that a stand-in was called with."""
        return (self.folder / "words").read_text("utf-8").split("\0")[:-1]

    def everything(self) -> str:
        """All that was printed, and all files."""
        files = (file for file in self.folder.rglob("*") if file.is_file())
        return self.said + "".join(file.read_text("utf-8", "replace") for file in files)


Run = Callable[..., Ended]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run a script of the action with these inputs, with something that keeps its words *standing_in* for a command."""

    def one(id: str, standing_in: str = "", variables: dict[str, str] | None = None, **inputs: str) -> Ended:
        step = scripts_of_the_action()[id]
        files = {name: tmp_path / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        for file in files.values():
            file.touch()
        stand_ins = tmp_path / "bin"
        stand_ins.mkdir()
        if standing_in:
            (stand_ins / standing_in).write_text(KEEPING)
            (stand_ins / standing_in).chmod(0o755)
        script = tmp_path / "script.sh"
        script.write_text(step["run"], "utf-8")
        given = environment(step, {name.replace("_", "-"): value for name, value in inputs.items()})
        env = {
            "PATH": f"{stand_ins}:{BIN}:{os.environ['PATH']}",
            "GITHUB_ACTION_PATH": str(ROOT),
            **{name: str(file) for name, file in files.items()},
            **given,
            **(variables or {}),
        }
        ended = subprocess.run(
            [*BASH, str(script)],
            cwd=tmp_path,
            env=env,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        written = files["GITHUB_OUTPUT"].read_text("utf-8").splitlines()
        outputs = {name: value for name, _, value in (line.partition("=") for line in written)}
        summary = files["GITHUB_STEP_SUMMARY"].read_text("utf-8")
        return Ended(ended.returncode, ended.stdout + ended.stderr, outputs, summary, tmp_path)

    return one


@pytest.fixture(scope="module")
def keys() -> dict[str, str]:
    """Credentials by header, all of them secrets that can be searched for."""
    contract = Contract.load()
    credentials = default_credentials(contract)
    return dict(scheme.render(credentials[scheme.name]) for scheme in contract.security.schemes)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with background_server(create_app()) as url:
        yield url


@pytest.fixture(scope="module")
def evil() -> Iterator[str]:
    """A server that lets everybody in, and would like to command the runner."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await receive()
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": f"\n::error::evil\n{EVIL}".encode()})

    with background_server(app) as url:
        yield url


@pytest.mark.slow
def test_a_run_that_passes_leaves_summary_outputs_and_reports(
    run: Run, url: str, keys: dict[str, str]
) -> None:
    headers = "\n".join(f"{name}: {value}" for name, value in keys.items())
    ended = run("run", target_url=url, headers=headers, arguments="--only=http.*\n\n--seed=7\n")
    assert ended.code == 0, ended.said
    assert ended.outputs["exit-code"] == "0"
    assert ended.outputs["verdict"] == "partial"
    assert ended.summary.startswith(
        "# Embeddings conformance: partial (not every MUST was tested)\n\n✅ **The run passes.**"
    )
    assert all(
        (ended.folder / ended.outputs[kind]).is_file() for kind in ("json", "html", "markdown", "junit")
    )


def test_a_run_that_fails_fails_the_step_and_leaves_the_same(
    run: Run, evil: str, keys: dict[str, str]
) -> None:
    headers = "\n".join(f"{name}: {value}" for name, value in keys.items())
    ended = run("run", target_url=evil, headers=headers, arguments="--only=auth.*")
    assert ended.code == 1, ended.said
    assert (ended.outputs["verdict"], ended.outputs["exit-code"]) == ("nonconformant", "1")
    assert "❌ The run fails: " in ended.summary
    assert (ended.folder / "embeddings-conformance" / "report.html").is_file()


def test_an_application_of_the_job_is_driven_in_process(
    run: Run, tmp_path: Path, keys: dict[str, str]
) -> None:
    (tmp_path / "served.py").write_text(
        "from conformance.reference import create_app\napp = create_app()\n", "utf-8"
    )
    headers = "\n".join(f"{name}: {value}" for name, value in keys.items())
    ended = run("run", target_app="served:app", headers=headers, arguments="--only=http.method.*")
    assert ended.code == 0, ended.said


def test_what_a_server_says_is_no_command_to_the_runner(run: Run, evil: str, keys: dict[str, str]) -> None:
    headers = "\n".join(f"{name}: {value}" for name, value in keys.items())
    said = run("run", target_url=evil, headers=headers, arguments="--only=auth.*").said
    (token,) = re.findall(r"^::stop-commands::([0-9a-f]{32})$", said, re.MULTILINE)
    before, during, after = re.split(rf"^::(?:stop-commands::)?{token}(?:::)?$", said, flags=re.MULTILINE)
    assert "evil" in during
    assert "evil" not in before + after


@pytest.mark.parametrize("value", ["env:TOKEN", "Bearer env:TOKEN"])
def test_a_header_in_a_variable_of_the_job_goes_as_it_is(run: Run, value: str) -> None:
    ended = run("run", "embeddings-conformance", target_url="http://h/v1", headers=f"Authorization: {value}")
    assert ended.words[1] == f"--header=Authorization: {value}"


def test_a_value_given_as_it_is_stands_in_no_command_line_and_no_output(run: Run) -> None:
    lines = f"\n  x-portkey-api-key: {SECRET}\r\nAuthorization: Bearer {SECRET}\n"
    ended = run("run", "embeddings-conformance", target_url="http://h/v1", headers=lines)
    assert ended.code == 0
    assert SECRET not in ended.everything()
    given = [word for word in ended.words if word.startswith("--header=")]
    assert [word.partition(":")[2].strip() for word in given] == ["env:HEADER_1", "env:HEADER_2"]


@pytest.mark.parametrize("server", ["url", "evil"])
def test_no_secret_is_left_anywhere(
    run: Run, request: pytest.FixtureRequest, keys: dict[str, str], server: str
) -> None:
    name, *others = keys
    lines = [f"{name}: {SECRET}", *(f"{other}: {keys[other]}" for other in others)]
    ended = run(
        "run", target_url=request.getfixturevalue(server), headers="\n".join(lines), arguments="--only=auth.*"
    )
    assert ended.code == 1
    assert SECRET not in ended.everything()


def test_a_line_that_is_no_header_is_refused_and_not_shown(run: Run) -> None:
    ended = run("run", "embeddings-conformance", target_url="http://h/v1", headers=f"a: b\n{SECRET}")
    assert (ended.code, ended.outputs) == (4, {"exit-code": "4"})
    assert "header 2 has no colon; write it as 'Name: value'" in ended.said
    assert SECRET not in ended.everything()


def test_without_a_target_nothing_is_run(run: Run) -> None:
    ended = run("run", "embeddings-conformance")
    assert (ended.code, ended.outputs) == (4, {"exit-code": "4"})
    assert not (ended.folder / "words").exists()


@pytest.mark.parametrize("code", [0, 2, 3, 4, 5])
def test_the_exit_code_of_the_suite_is_the_step_s(run: Run, code: int) -> None:
    ended = run("run", "embeddings-conformance", {"CODE": str(code)}, target_url="http://h/v1")
    assert (ended.code, ended.outputs["exit-code"], ended.outputs["verdict"]) == (code, str(code), "")


def test_complaints_are_no_commands_either(run: Run) -> None:
    said = run("run", "embeddings-conformance", target_url="http://h/v1").said.splitlines()
    assert [line.partition(":")[0] for line in said] == ["", "evil", ""]


def test_an_old_report_is_not_taken_for_this_run_s(run: Run, tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "report.json").write_text('{"verdict": "conformant"}')
    (tmp_path / "old" / "report.md").write_text("# conformant")
    ended = run("run", "embeddings-conformance", {"CODE": "4"}, target_url="http://h/v1", reports="old")
    assert (ended.outputs["verdict"], ended.summary) == ("", "")


@pytest.mark.parametrize(
    "value", ["$(touch pwned)", "`touch pwned`", "'; touch pwned; '", '" & touch pwned & "', "* $HOME"]
)
def test_no_character_of_an_input_is_the_shell_s(run: Run, value: str) -> None:
    names = ("target_app", "model", "profile", "contract", "baseline", "level", "tokenizer", "wait")
    inputs = dict.fromkeys(names, value)
    ended = run(
        "run", "embeddings-conformance", target_url=value, arguments=value, headers=f"a: {value}", **inputs
    )
    assert ended.code == 0
    assert not (ended.folder / "pwned").exists()
    options = [f"--{name.removeprefix('target_')}={value}" for name in names]
    reports = [
        f"--{k}=embeddings-conformance/report.{e}"
        for k, e in (("json", "json"), ("html", "html"), ("markdown", "md"), ("junitxml", "xml"))
    ]
    assert ended.words == ["run", *options, "--header=a: env:HEADER_1", value, *reports, "--", value]


def test_the_action_installs_the_version_that_it_is_a_part_of(run: Run) -> None:
    ended = run("install", "python", target_url="http://h/v1")
    assert ended.words[:2] == ["-m", "pip"]
    assert ended.words[-3:] == [str(ROOT), "--constraint", str(ROOT / "constraints.txt")]


def test_an_application_keeps_the_versions_that_it_was_installed_with(run: Run) -> None:
    assert run("install", "python", target_app="a:b").words[-1] == str(ROOT)


def test_another_version_and_a_tokenizer_can_be_asked_for(run: Run) -> None:
    ended = run("install", "python", version="1.2; touch pwned", tokenizer="cl100k_base")
    assert ended.words[-2:] == ["embeddings-conformance==1.2; touch pwned", "tiktoken"]
    assert not (ended.folder / "pwned").exists()
