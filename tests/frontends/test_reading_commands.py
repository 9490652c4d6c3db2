"""The commands that send nothing: what is required, what would be sent, what a saved run says."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from conformance.cli.main import COMMANDS, main
from conformance.contract import Contract, load_errata

Said = tuple[int, str]
Say = Callable[..., Said]


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Say:
    """Run the command in a folder of its own: exit code, and what it printed."""
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> Said:
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


def test_all_requirements_are_listed(say: Say, contract: Contract) -> None:
    code, text = say("requirements")
    assert code == 0
    assert [line.split()[1] for line in text.splitlines()[:-1]] == list(contract.catalogue)
    assert text.endswith(f"{len(contract.catalogue)} in all\n")


def test_the_list_is_filtered(say: Say, contract: Contract) -> None:
    _, text = say("requirements", "*.status", "--area=http", "--level=should", "--format=json")
    wanted = [r for r in contract.catalogue.values() if r.id.endswith(".status")]
    chosen = [r.id for r in wanted if (r.area, r.level) == ("http", "should")]
    assert [row["id"] for row in json.loads(text)] == chosen
    assert chosen


def test_one_is_explained_with_its_passage_and_an_example(say: Say) -> None:
    code, text = say("requirements", "request.encoding_format.enum")
    assert code == 0
    assert text.startswith("request.encoding_format.enum (MUST, area request)\n")
    assert "\n    enum:\n    - float\n    - base64\n" in text
    assert re.search(r"^    curl .*\"encoding_format\":\"float\"", text, re.MULTILINE)
    assert "\n  Expected: 200\n" in text


def test_one_of_each_kind_can_be_explained(say: Say) -> None:
    contract = Contract.load(profile="portkey-oss")
    kinds = {(r.area, r.source.kind): r.id for r in contract.catalogue.values()}
    for id in kinds.values():
        code, text = say("requirements", id, "--profile=portkey-oss")
        assert code == 0
        assert re.search(r"^  (Expected: |Its requests are made)", text, re.MULTILINE), id


def test_errata_show_both_sides_and_the_resolution(say: Say) -> None:
    _, text = say("errata")
    for erratum in load_errata():
        assert f"{erratum.id}: {erratum.title}" in text
        assert erratum.resolution in text
        assert all(passage.quote in text for passage in erratum.passages)
    _, one = say("errata", "model-enum")
    assert one in text
    assert one.startswith("model-enum: ")


def test_the_plan_is_that_of_a_run(say: Say) -> None:
    code, text = say("plan", "--only=http.method.get")
    assert code == 0
    assert text == say("run", "--plan", "--only=http.method.get")[1]
    assert text.splitlines()[-1].endswith("in total, as estimated, without retries")


def test_equal_reports_differ_in_nothing(saved: Path, say: Say) -> None:
    assert say("compare", str(saved), str(saved)) == (0, "No verdict differs.\n")


def test_a_regression_is_told_and_ends_with_1(saved: Path, say: Say, tmp_path: Path) -> None:
    later = json.loads(saved.read_text("utf-8"))
    rows = {row["id"]: row for row in later["requirements"]}
    rows["http.method.get"] |= {"verdict": "fail", "reason": "expected\x1b a 4xx"}
    rows["request.type"] |= {"verdict": "pass"}
    file = tmp_path / "later.json"
    file.write_text(json.dumps(later), "utf-8")
    assert say("compare", str(saved), str(file)) == (
        1,
        "regression (1)\n  http.method.get: pass -> fail  expected\\x1b a 4xx\n"
        "newly tested (1)\n  request.type: not-tested -> pass  not selected\n",
    )
    code, text = say("compare", str(file), str(saved), "--format=json")
    assert code == 0
    assert [change["kind"] for change in json.loads(text)["changes"]] == ["no longer tested", "fix"]


def test_a_saved_run_makes_every_report(saved: Path, say: Say, tmp_path: Path) -> None:
    words = ["--html=r.html", "--markdown=r.md", "--badge=b.json", "--junitxml=j.xml"]
    code, text = say("report", str(saved), *words)
    assert code == 0
    assert text.splitlines() == [f"Report: {word.partition('=')[2]}" for word in words]
    assert "<html" in (tmp_path / "r.html").read_text("utf-8")
    assert "http.method.get" in (tmp_path / "r.html").read_text("utf-8")
    assert "partial" in (tmp_path / "r.md").read_text("utf-8")
    assert json.loads((tmp_path / "b.json").read_text("utf-8"))["schemaVersion"] == 1
    assert len(ElementTree.parse(tmp_path / "j.xml").findall(".//testcase")) > 100


def test_without_a_form_a_saved_run_is_printed_as_it_was(saved: Path, say: Say) -> None:
    code, text = say("report", str(saved))
    assert code == 0
    assert re.search(r"^http +8$", text, re.MULTILINE)
    _, more = say("report", str(saved), "--verbose")
    assert re.search(r"^  pass +must +http\.method\.get$", more, re.MULTILINE)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["requirements", "request.typ"], "found none for 'request.typ'; did you mean request.type?"),
        (["requirements", "--area=htp"], "area: expected one of auth, capability, forwarding, http, "),
        (["errata", "base64-answer"], "found 'base64-answer'; did you mean base64-answers?"),
        (["errata", "x"], "found 'x'; one of base64-answers, "),
        (["plan", "--only=http.method.gett"], "did you mean http.method.get?"),
        (["report", "none.json"], "none.json: expected a report, as --json writes it, found No such file"),
        (["report", "text.json"], "text.json: expected a report, as --json writes it, found no JSON: "),
        (
            ["compare", "empty.json", "none.json"],
            "empty.json: expected a report of format 1, as --json writes it",
        ),
    ],
)
def test_what_can_not_be_done_is_one_message(words: list[str], said: str, say: Say) -> None:
    Path("text.json").write_text("no", "utf-8")
    Path("empty.json").write_text("{}", "utf-8")
    code, text = say(*words)
    assert (code, len(text.splitlines())) == (4, 1)
    assert said in text


def test_a_report_that_can_not_be_written_is_one_message(saved: Path, say: Say) -> None:
    code, text = say("report", str(saved), "--markdown=/dev/full")
    assert code == 4
    assert "markdown: expected a file that can be written, found /dev/full: No space left on device" in text


def test_the_output_may_be_cut_short_by_its_reader(tmp_path: Path) -> None:
    program = f"{sys.executable} -m conformance requirements | head -1; exit ${{PIPESTATUS[0]}}"
    ended = subprocess.run(["bash", "-c", program], cwd=tmp_path, capture_output=True, check=False)
    assert ended.returncode == 4, "whatever was found, it was not all told"
    assert ended.stderr == b"embeddings-conformance: the output can not be written: Broken pipe\n"


def test_every_command_has_help_that_ends_with_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    for command in COMMANDS:
        with pytest.raises(SystemExit, match="0"):
            main([command, "--help"])
        said = " ".join(capsys.readouterr().out.split())
        assert f"example: embeddings-conformance {command}" in said


def test_a_report_that_somebody_else_made_drives_no_terminal(saved: Path, say: Say, tmp_path: Path) -> None:
    told = json.loads(saved.read_text("utf-8"))
    told["target"]["url"] = told["profile"] = "\x1b]0;owned\x07"
    for row in told["requirements"]:
        row |= {
            "id": f"{row['id']}\x1b[2J",
            "area": f"{row['area']}\x1b[2J",
            "verdict": "fail",
            "standing": "bad",
        }
    file = tmp_path / "told.json"
    file.write_text(json.dumps(told), "utf-8")
    for words in (["report", str(file), "-v"], ["compare", str(saved), str(file)]):
        _, text = say(*words)
        assert "\\x1b" in text
        assert "\x1b" not in text
