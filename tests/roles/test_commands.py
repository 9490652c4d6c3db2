"""What commands say about the roles of a contract."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conformance.cli.main import main
from tests.roles.shapes import COUNT, SHAPES, VECTORS, Shape, an_object


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    code = main(words)
    both = capsys.readouterr()
    return code, both.out + both.err


def test_the_list_of_requirements_begins_with_the_roles(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = SHAPES["vectors in a property"].load(tmp_path).file
    code, text = printed(capsys, "requirements", "response.*", f"--contract={file}")
    title, *lines = text.splitlines()
    shown = {line.split()[0]: " ".join(line.split()[1:]) for line in lines if line.startswith("  ")}
    assert (code, title) == (0, "roles of properties")
    assert [shown[role] for role in ("texts", "vectors", "vector", "index")] == [
        "texts",
        "/embeddings",
        "the value itself",
        "none",
    ]


def test_the_roles_of_a_requirement_are_in_the_json_list(capsys: pytest.CaptureFixture[str]) -> None:
    _, text = printed(capsys, "requirements", "response.order", "--format=json")
    assert [one["roles"] for one in json.loads(text)] == [["index"]]


def test_a_contract_without_texts_cannot_be_tested(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = Shape(an_object(number=COUNT), VECTORS).load(tmp_path).file
    code, text = printed(capsys, "run", f"--contract={file}", "--plan", "http://127.0.0.1:9/v1")
    assert code == 4
    assert "without a property for texts, such as input, inputs," in text
    assert "x-conformance: {roles: {texts: NAME}}" in text


def test_the_report_has_the_roles(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, report = SHAPES["an array of vectors"].load(tmp_path).file, tmp_path / "report.json"
    code, text = printed(capsys, "run", f"--contract={file}", "--only=http.client.curl", f"--json={report}")
    assert code == 0, text
    roles = json.loads(report.read_text())["contract"]["roles"]
    assert (roles["texts"], roles["vectors"], roles["index"]) == ("inputs", "", None)
