"""What ``serve`` prints, run as it stands: from a directory of any kind, and with what users get wrong.

``wheel.py`` beside this file runs these tests against an environment that holds the built wheel alone.
"""

from __future__ import annotations

import json
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

ROOT = Path(__file__).resolve().parents[2]
Run = Callable[..., subprocess.CompletedProcess[str]]
INVENTORY = """\
import json
from importlib.resources import files
from conformance import Contract
schema = files("conformance.report.model").joinpath("report.schema.json").read_text("utf-8")
print(json.dumps({"schema": json.loads(schema), "ids": list(Contract.load().catalogue.applicable(()))}))
"""


@pytest.fixture(scope="session")
def shipped(run: Run, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The report's schema and the catalogue's ids, as the installation has them."""
    done = run("python", "-c", INVENTORY, cwd=tmp_path_factory.mktemp("inventory"))
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A user's project with tests, names, a path and a conftest of its own, none of which may come into play."""
    (tmp_path / "checks").mkdir()
    (tmp_path / "pyproject.toml").write_text(
        "[tool.pytest.ini_options]\n"
        'testpaths = ["checks"]\n'
        'python_files = ["check_*.py"]\n'
        'addopts = ["--strict-markers", "--import-mode=importlib", "checks"]\n'
    )
    (tmp_path / "conftest.py").write_text(
        "import pytest\n"
        "@pytest.fixture(autouse=True)\n"
        "def everywhere():\n"
        "    yield\n"
        "def pytest_addoption(parser):\n"
        "    parser.addoption('--own-option')\n"
    )
    (tmp_path / "checks" / "check_own.py").write_text("def test_of_the_project():\n    assert False\n")
    return tmp_path


@pytest.fixture
def checkout() -> Path:
    return ROOT


@pytest.fixture
def silent() -> Iterator[str]:
    """The base URL of a server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"


def rows_of(report: Path) -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in json.loads(report.read_text())["requirements"]}


def test_no_part_of_a_project_comes_into_play(run: Run, printed_command: list[str], project: Path) -> None:
    done = run(*printed_command, "-k", "http.method", cwd=project)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "8 passed" in done.stdout
    assert "test_of_the_project" not in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("directory", ["empty", "project", "checkout"])
def test_the_printed_command_passes_in_any_directory(
    directory: str,
    request: pytest.FixtureRequest,
    run: Run,
    printed_command: list[str],
    shipped: dict[str, Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    report = tmp_path_factory.mktemp("report") / "r.json"
    folder = request.getfixturevalue(directory)
    done = run(*printed_command, f"--conformance-json={report}", cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    written = json.loads(report.read_text())
    jsonschema.Draft202012Validator(shipped["schema"]).validate(written)
    assert [row["id"] for row in written["requirements"]] == shipped["ids"]
    assert {row["verdict"] for row in written["requirements"]} == {"pass"}
    assert written["verdict"] == "conformant"


@pytest.mark.slow  # tests/frontends/test_credentials.py shows the same
def test_wrong_credentials_fail_what_they_should_open_and_block_the_rest(
    run: Run, printed_command: list[str], tmp_path: Path
) -> None:
    wrong = [word.replace("fake-", "wrong-") for word in printed_command]
    done = run(*wrong, "--conformance-json=r.json", cwd=tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    rows = rows_of(tmp_path / "r.json")
    assert rows.pop("http.response.framing")["verdict"] == "pass"
    accepting = [row for id, row in rows.items() if id.startswith("auth.accept.")]
    assert {row["verdict"] for row in accepting} == {"fail"}
    assert all("401" in row["reason"] for row in accepting)
    assert {row["verdict"] for row in rows.values() if row not in accepting} == {"blocked"}


@pytest.mark.slow  # tests/checks runs the whole suite with one alternative
def test_the_credentials_of_one_alternative_suffice(
    run: Run, printed_command: list[str], tmp_path: Path
) -> None:
    given = [word for word in printed_command if "-header=" not in word or "-key:" in word]
    done = run(*given, "--conformance-json=r.json", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = rows_of(tmp_path / "r.json")
    accepted = {id: row["verdict"] for id, row in rows.items() if id.startswith("auth.accept.")}
    assert accepted.pop("auth.accept.virtual-key") == "pass"
    assert set(accepted.values()) == {"not-tested"}
    assert {row["verdict"] for id, row in rows.items() if id.startswith("auth.reject.")} == {"pass"}


@pytest.mark.slow  # tests/frontends/test_unreachable_target.py shows the same
def test_a_closed_port_is_one_message(run: Run, printed_command: list[str], tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        closed = listener.getsockname()[1]
    done = at(f"http://127.0.0.1:{closed}/v1", run, printed_command, tmp_path)
    assert_one_message(done, "refused", f"127.0.0.1:{closed}")


@pytest.mark.slow  # tests/frontends/test_unreachable_target.py shows the same
def test_a_host_that_does_not_resolve_is_one_message(
    run: Run, printed_command: list[str], tmp_path: Path
) -> None:
    done = at("http://no.such.host.invalid/v1", run, printed_command, tmp_path)
    assert_one_message(done, "does not resolve", "no.such.host.invalid")


@pytest.mark.slow  # tests/frontends/test_unreachable_target.py shows the same
def test_a_server_that_never_answers_is_one_message(
    run: Run, printed_command: list[str], silent: str, tmp_path: Path
) -> None:
    begin = time.monotonic()
    done = at(silent, run, [*printed_command, "--target-timeout=0.5"], tmp_path)
    assert_one_message(done, "timeout", silent)
    assert time.monotonic() - begin < 55


@pytest.mark.parametrize(
    ("option", "closest"),
    [
        pytest.param("--target-modle=x", "--target-model", marks=pytest.mark.slow),
        pytest.param("--target-headr=Name: value", "--target-header", marks=pytest.mark.slow),
        pytest.param("--conformance-lvel=should", "--conformance-level", marks=pytest.mark.slow),
        pytest.param("--conformance-profile=portky", "portkey", marks=pytest.mark.slow),
        ("--conformance-baseline=known.yaml", "auth.accept.config"),
    ],
)
def test_what_is_misspelt_is_answered_with_the_closest_match(
    option: str, closest: str, run: Run, printed_command: list[str], tmp_path: Path
) -> None:
    known = {"format": 1, "known-failures": {"auth.accept.confg": {"reason": "misspelt"}}}
    (tmp_path / "known.yaml").write_text(json.dumps(known))
    done = run(*printed_command, option, cwd=tmp_path)
    assert_one_message(done, f"did you mean {closest}", "")


def at(url: str, run: Run, command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run *command* with its target's base URL replaced."""
    return run(*(f"--target-url={url}" if w.startswith("--target-url=") else w for w in command), cwd=folder)


def assert_one_message(done: subprocess.CompletedProcess[str], *parts: str) -> None:
    """A usage error: one line of it, and no wall of failures."""
    assert done.returncode == 4, done.stdout + done.stderr
    messages = [line for line in done.stderr.splitlines() if line.strip()]
    assert len(messages) == 1, done.stderr
    assert all(part in messages[0].replace("'", "") for part in parts), messages[0]
    assert "FAILED" not in done.stdout
