"""The committed table is whole: every client that is run has a row, of the version that is pinned."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import NoReturn

import pytest

from conformance import Contract
from conformance.contract import load_clients as clients_of_the_pages
from tests.clients.catalogue import HERE, NODE, PROGRAMS, REQUIREMENTS, Client, load_clients
from tests.clients.table import about, load_table, save_table
from tests.installing import SetupError

from . import run

CLIENTS = load_clients()
TABLE = load_table()


def test_every_client_has_a_row_and_every_row_a_client() -> None:
    assert list(TABLE) == [client.name for client in CLIENTS]


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
def test_a_row_says_what_is_pinned_and_run_today(client: Client) -> None:
    row = TABLE[client.name]
    assert {name: row[name] for name in about(client)} == about(client)
    assert (PROGRAMS / client.program).is_file()


def test_clients_send_nothing_that_the_contract_does_not_know() -> None:
    assert {
        name: row["unknown"] + row["nulls"] for name, row in TABLE.items() if row["unknown"] + row["nulls"]
    } == {}


def test_both_sdks_of_the_vendor_use_each_alternative() -> None:
    alternatives = Contract.load().security.alternatives
    for language in ("python", "javascript"):
        used = [c.alternative for c in CLIENTS if c.package == "portkey-ai" and c.language == language]
        assert {frozenset(one) for one in used} == set(alternatives)


def test_every_client_of_the_pages_is_run() -> None:
    assert {client.name for client in clients_of_the_pages()} <= {client.client for client in CLIENTS}


def test_forms_of_input_that_are_sent_by_default_are_those_that_the_pages_tell() -> None:
    told = {client.name: client.inputs for client in clients_of_the_pages()}
    for client in CLIENTS:
        if not client.options:
            assert TABLE[client.name]["input"] in told[client.client]


def test_a_table_is_read_as_it_was_written(tmp_path: Path) -> None:
    save_table(TABLE, tmp_path / "sends.yaml")
    assert load_table(tmp_path / "sends.yaml") == TABLE
    assert load_table(tmp_path / "none.yaml") == {}


def test_everything_that_is_installed_is_pinned() -> None:
    for file in REQUIREMENTS.glob("*.txt"):
        assert [
            line for line in file.read_text("utf-8").split() if not re.fullmatch(r"[\w.-]+==[\w.]+", line)
        ] == []
    packages = json.loads((HERE / "package-lock.json").read_text("utf-8"))["packages"]
    pinned = json.loads((HERE / "package.json").read_text("utf-8"))["dependencies"]
    assert packages[""]["dependencies"] == pinned
    assert {name: packages[f"node_modules/{name}"]["version"] for name in pinned} == pinned
    assert not any("resolved" in package for package in packages.values())
    assert {client.environment for client in CLIENTS} == {
        NODE,
        *(file.stem for file in REQUIREMENTS.glob("*.txt")),
    }


def test_a_name_that_there_is_not_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run.main(["openai-pyton"])
    assert ended.value.code == 2
    assert "did you mean openai-python" in capsys.readouterr().err


def test_what_cannot_be_installed_is_not_blamed_on_the_product(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(_directory: Path) -> NoReturn:
        raise SetupError("npm is not on PATH", "install Node.js")

    monkeypatch.setattr(run, "running_session", refuse)
    assert run.main(["--directory", str(tmp_path), "openai-js"]) == 3
    assert "npm is not on PATH; install Node.js" in capsys.readouterr().err
