"""The commands that send no requests: requirements, errata, plan, compare and report."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from conformance.checks import build_suite
from conformance.cli.main import main
from conformance.config.headers import headers_of
from conformance.config.options import Configuration
from conformance.contract import Contract, load_errata

Printed = tuple[int, str]
Command = Callable[..., Printed]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run the command in a folder of its own: returns exit code and output."""
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> Printed:
        code = main(words)
        printed = capsys.readouterr()
        return code, printed.out + printed.err

    return run


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a small run that passes."""
    file = tmp_path_factory.mktemp("saved") / "run.json"
    assert main(["run", "--only=http.method.*", f"--json={file}"]) == 0
    return file


def test_lists_all_requirements(command: Command, contract: Contract) -> None:
    code, text = command("requirements")
    assert code == 0
    assert [line.split()[1] for line in text.splitlines()[:-1]] == list(contract.catalogue)
    assert text.endswith(f"{len(contract.catalogue)} in total\n")


def test_filters_the_list(command: Command, contract: Contract) -> None:
    _, text = command("requirements", "*.status", "--area=http", "--level=should", "--format=json")
    wanted = [r for r in contract.catalogue.values() if r.id.endswith(".status")]
    chosen = [(r.id, r.severity) for r in wanted if (r.area, r.level) == ("http", "should")]
    assert [(row["id"], row["severity"]) for row in json.loads(text)] == chosen
    assert chosen


def test_explains_a_requirement_with_its_passage_and_an_example(command: Command) -> None:
    code, text = command("requirements", "request.encoding_format.enum")
    assert code == 0
    assert text.startswith("request.encoding_format.enum (MUST, area request)\n")
    assert "\n  Severity: strictness (correct clients do not notice it)\n" in text
    assert "\n    enum:\n    - float\n    - base64\n" in text
    assert re.search(r"^    curl .*\"encoding_format\":\"float\"", text, re.MULTILINE)
    assert "\n  Expected: 200" in text


def test_prints_the_expectation_of_the_check_for_each_area_and_source(
    command: Command, header: list[str], small: Contract
) -> None:
    contract = Contract.load(small.file, profile="portkey-oss")
    requirements = contract.catalogue.applicable(()).values()
    kinds = {(requirement.area, requirement.source.kind): requirement.id for requirement in requirements}
    headers = headers_of(Configuration(header=tuple(header)))
    suite = build_suite(contract, headers, tokenizer="bytes")
    for id in kinds.values():
        code, text = command("requirements", id, "--profile=portkey-oss", f"--contract={small.file}")
        assert code == 0
        assert text.endswith(f"\n  Expected: {suite.checks[id].expected}\n"), id
        assert suite.checks[id].expected


@pytest.mark.parametrize(
    ("id", "options"),
    [
        ("forwarding.received", "--upstream"),
        ("capability.base64", "--unsupported base64"),
        ("capability.batch", "--unsupported batch or --limit batch=N"),
        ("capability.input-tokens", "--limit input-tokens=N"),
    ],
)
def test_names_the_options_that_a_requirement_needs(command: Command, id: str, options: str) -> None:
    code, text = command("requirements", id)
    assert code == 0
    assert f"\n  Tested only with {options}.\n" in text
    assert "\n  Expected: " in text


def test_a_requirement_of_every_run_needs_no_option(command: Command) -> None:
    assert "Tested only with" not in command("requirements", "request.type")[1]


def test_errata_have_their_passages_and_resolution(command: Command) -> None:
    _, text = command("errata")
    for erratum in load_errata():
        assert f"{erratum.id}: {erratum.title}" in text
        assert erratum.resolution in text
        assert all(passage.quote in text for passage in erratum.passages)
    _, one = command("errata", "model-enum")
    assert one in text
    assert one.startswith("model-enum: ")


def test_plan_prints_the_plan_of_a_run(command: Command) -> None:
    code, text = command("plan", "--only=http.method.get")
    assert code == 0
    assert text == command("run", "--plan", "--only=http.method.get")[1]
    *lines, total = [line.split(maxsplit=4) for line in text.replace(",", "").splitlines()]
    assert total[4] == "in total as estimated without retries"
    assert int(total[0]) == sum(int(line[0]) for line in lines)
    assert int(total[2]) == sum(int(line[2]) for line in lines)
    assert lines[0][4] == "the canary at the start"


def test_plan_accepts_the_options_of_a_run(command: Command) -> None:
    arguments = ["--only=http.method.get", "--verbose", "--json=report.json"]
    assert command("plan", *arguments) == command("plan", "--only=http.method.get")


def test_compare_finds_no_change_between_equal_reports(saved: Path, command: Command) -> None:
    assert command("compare", str(saved), str(saved)) == (0, "No verdict differs.\n")


def test_compare_prints_a_regression_and_ends_with_1(saved: Path, command: Command, tmp_path: Path) -> None:
    later = json.loads(saved.read_text("utf-8"))
    rows = {row["id"]: row for row in later["requirements"]}
    rows["http.method.get"] |= {"verdict": "fail", "reason": "expected\x1b a 4xx"}
    rows["request.type"] |= {"verdict": "pass"}
    file = tmp_path / "later.json"
    file.write_text(json.dumps(later), "utf-8")
    assert command("compare", str(saved), str(file)) == (
        1,
        "regression (1)\n  http.method.get: pass -> fail  expected\\x1b a 4xx\n"
        "newly tested (1)\n  request.type: not-tested -> pass  not selected\n",
    )
    code, text = command("compare", str(file), str(saved), "--format=json")
    assert code == 0
    assert [change["kind"] for change in json.loads(text)["changes"]] == ["no longer tested", "fix"]


def test_writes_every_format_from_a_saved_run(saved: Path, command: Command, tmp_path: Path) -> None:
    words = ["--html=r.html", "--markdown=r.md", "--badge=b.json", "--junitxml=j.xml"]
    code, text = command("report", str(saved), *words)
    assert code == 0
    assert text.splitlines() == [f"Report: {word.partition('=')[2]}" for word in words]
    assert "<html" in (tmp_path / "r.html").read_text("utf-8")
    assert "http.method.get" in (tmp_path / "r.html").read_text("utf-8")
    assert "partial" in (tmp_path / "r.md").read_text("utf-8")
    assert json.loads((tmp_path / "b.json").read_text("utf-8"))["schemaVersion"] == 1
    assert len(ElementTree.parse(tmp_path / "j.xml").findall(".//testcase")) > 100


def test_prints_the_overview_of_a_saved_run(saved: Path, command: Command) -> None:
    code, text = command("report", str(saved))
    assert code == 0
    assert re.search(r"^http +8$", text, re.MULTILINE)
    _, more = command("report", str(saved), "--verbose")
    assert re.search(r"^  pass +must +http\.method\.get$", more, re.MULTILINE)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["requirements", "--area=auth", "--level=may"], "no requirement matches these filters; "),
        (["requirements", "request.typ"], "no requirement matches 'request.typ'; did you mean request.type?"),
        (
            ["requirements", "--area=htp"],
            "area: unknown area 'htp'; use one of auth, capability, forwarding, http, ",
        ),
        (["errata", "base64-response"], "unknown id 'base64-response'; did you mean base64-responses?"),
        (["errata", "x"], "unknown id 'x'; use one of base64-responses, "),
        (["plan", "--only=http.method.gett"], "did you mean http.method.get?"),
        (
            ["report", "none.json"],
            "none.json cannot be read as a report: No such file or directory; check the path",
        ),
        (
            ["report", "text.json"],
            "text.json cannot be read as a report: invalid JSON: ",
        ),
        (
            ["compare", "empty.json", "none.json"],
            "empty.json cannot be read as a report: $: ",
        ),
    ],
)
def test_a_usage_error_is_one_message(words: list[str], message: str, command: Command) -> None:
    Path("text.json").write_text("no", "utf-8")
    Path("empty.json").write_text("{}", "utf-8")
    code, text = command(*words)
    assert (code, len(text.splitlines())) == (4, 1)
    assert message in text


def test_an_unwritable_report_is_one_message(saved: Path, command: Command) -> None:
    code, text = command("report", str(saved), "--markdown=/dev/full")
    assert code == 4
    assert "markdown: cannot write /dev/full: No space left on device" in text


def test_a_closed_output_pipe_ends_with_4(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "conformance", "requirements"]
    completed = subprocess.run(command, cwd=tmp_path, stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)
    assert completed.returncode == 4, "part of the output is lost, whatever the verdict"
    assert completed.stderr == b"embeddings-conformance: cannot write the output: Broken pipe\n"


def test_escapes_control_characters_of_a_report(saved: Path, command: Command, tmp_path: Path) -> None:
    report = json.loads(saved.read_text("utf-8"))
    report["target"]["url"] = report["profile"] = "\x1b]0;owned\x07"
    for row in report["requirements"]:
        row |= {
            "id": f"{row['id']}\x1b[2J",
            "area": f"{row['area']}\x1b[2J",
            "verdict": "fail",
            "standing": "bad",
        }
    file = tmp_path / "report.json"
    file.write_text(json.dumps(report), "utf-8")
    for words in (["report", str(file), "-v"], ["compare", str(saved), str(file)]):
        _, text = command(*words)
        assert "\\x1b" in text
        assert "\x1b" not in text
