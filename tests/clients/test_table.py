"""The committed table is complete: each client has a row for its pinned version."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import NoReturn

import pytest

from conformance import Contract
from conformance.contract import load_clients as load_documented_clients
from tests.clients.catalogue import HERE, NODE, PROGRAMS, REQUIREMENTS, Client, load_clients
from tests.clients.stacks import load_stacks
from tests.clients.table import about, load_table, save_table
from tests.installing import SetupError

from . import run

CLIENTS = load_clients()
TABLE = load_table()


def test_table_has_one_row_for_each_client() -> None:
    assert list(TABLE) == [client.name for client in CLIENTS]


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
def test_rows_agree_with_the_pinned_versions(client: Client) -> None:
    row = TABLE[client.name]
    assert {name: row[name] for name in about(client)} == about(client)
    assert (PROGRAMS / client.program).is_file()


def test_clients_send_no_unknown_properties() -> None:
    assert {
        name: row["unknown"] + row["nulls"] for name, row in TABLE.items() if row["unknown"] + row["nulls"]
    } == {}


def test_both_vendor_sdks_use_each_alternative() -> None:
    alternatives = Contract.load().security.alternatives
    for language in ("python", "javascript"):
        used = [c.alternative for c in CLIENTS if c.package == "portkey-ai" and c.language == language]
        assert {frozenset(one) for one in used} == set(alternatives)


def test_every_documented_client_is_run() -> None:
    assert {client.name for client in load_documented_clients()} <= {client.client for client in CLIENTS}


def test_default_input_forms_are_documented() -> None:
    documented = {client.name: client.inputs for client in load_documented_clients()}
    for client in CLIENTS:
        if not client.options:
            assert TABLE[client.name]["input"] in documented[client.client]


def test_reading_reverses_writing_of_the_table(tmp_path: Path) -> None:
    save_table(TABLE, tmp_path / "sends.yaml")
    assert load_table(tmp_path / "sends.yaml") == TABLE
    assert load_table(tmp_path / "none.yaml") == {}


def test_all_packages_are_pinned() -> None:
    for file in REQUIREMENTS.glob("*.txt"):
        assert [
            line for line in file.read_text("utf-8").split() if not re.fullmatch(r"[\w.-]+==[\w.]+", line)
        ] == []
    packages = json.loads((HERE / "package-lock.json").read_text("utf-8"))["packages"]
    pinned = json.loads((HERE / "package.json").read_text("utf-8"))["dependencies"]
    assert packages[""]["dependencies"] == pinned
    assert {name: packages[f"node_modules/{name}"]["version"] for name in pinned} == pinned
    assert not any("resolved" in package for package in packages.values())
    stacks = {stack.environment for stack in load_stacks() if stack.environment}
    assert stacks | {client.environment for client in CLIENTS} == {
        NODE,
        *(file.stem for file in REQUIREMENTS.glob("*.txt")),
    }


def test_unknown_name_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as result:
        run.main(["openai-pyton"])
    assert result.value.code == 2
    assert "did you mean openai-python" in capsys.readouterr().err


def test_failed_installation_has_its_own_exit_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_directory: Path) -> NoReturn:
        raise SetupError("npm is not on PATH", "install Node.js")

    monkeypatch.setattr(run, "running_session", fail)
    assert run.main(["--directory", str(tmp_path), "openai-js"]) == 3
    assert "npm is not on PATH; install Node.js" in capsys.readouterr().err
