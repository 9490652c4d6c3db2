"""The pages use every option and key, and explain every verdict, exit code and erratum."""

from __future__ import annotations

import shlex
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache

import pytest

from conformance.config.options import OPTIONS
from conformance.contract import load_errata
from conformance.engine import Verdict
from conformance.exit_codes import Exit
from tests.docs.pages import PAGES, ROOT, Shown, commands, steps
from tools.pages import pages
from tools.pages.commands import parsers
from tools.pages.report_fields import fields, resolved

PROGRAM = "embeddings-conformance"
OPTIONS_OF_A_RUN = {f"--{option.name}" for option in OPTIONS} - {"--url"}
TEXTS = [page.read_text("utf-8") for page in PAGES]


@cache
def uses(program: str) -> tuple[list[str], ...]:
    """The words after each use of *program* in a command of a page."""
    return tuple(_uses(program))


def _uses(program: str) -> Iterator[list[str]]:
    for text in TEXTS:
        for command in commands(text):
            words = list(shlex.shlex(command.text.replace("\\\n", " "), posix=True, punctuation_chars=True))
            for place, word in enumerate(words):
                if word == program:
                    yield words[place + 1 :]


def used(lines: Iterable[list[str]]) -> set[str]:
    return {word.partition("=")[0] for line in lines for word in line}


@pytest.mark.parametrize("name", parsers())
def test_every_command_and_its_own_options_are_used_in_a_page(name: str) -> None:
    """The options of a run are the same with each command that has them; the next test covers them."""
    words = used(line for line in uses(PROGRAM) if line and line[0] == name)
    options = [a.option_strings for a in parsers()[name].arguments if a.option_strings and a.dest != "help"]
    own = [spelt for spelt in options if spelt[-1] not in OPTIONS_OF_A_RUN]
    assert [spelt for spelt in own if not words.intersection(spelt)] == []
    assert words


def test_every_option_of_a_run_is_used_with_a_command_in_a_page() -> None:
    assert OPTIONS_OF_A_RUN - used(uses(PROGRAM)) == set()


def test_every_option_of_pytest_is_used_in_a_page() -> None:
    assert {option.flag for option in OPTIONS} - used(uses("pytest")) == set()


def test_every_key_of_a_configuration_file_is_used_in_a_page() -> None:
    files = [step for text in TEXTS for step in steps(text) if isinstance(step, Shown)]
    tables = [tomllib.loads(file.content) for file in files if file.name.endswith(".toml")]
    keys = {key for table in tables for key in table.get("tool", {}).get(PROGRAM, table)}
    assert {option.name for option in OPTIONS} - keys == set()


@pytest.mark.parametrize("name", [verdict.value for verdict in Verdict])
def test_every_verdict_is_explained(name: str) -> None:
    assert f"\n| `{name}` |" in (ROOT / "docs" / "how-to" / "read-a-failure.md").read_text("utf-8")


@pytest.mark.parametrize("code", [code.value for code in Exit])
def test_every_exit_code_is_explained(code: int) -> None:
    assert f"\n| {code} | " in (ROOT / "docs" / "reference" / "exit-codes.md").read_text("utf-8")


def test_table_has_every_option() -> None:
    table = pages()["reference/options.md"]
    assert [option.flag for option in OPTIONS if f"| `{option.flag}` |" not in table] == []


def test_every_erratum_has_an_anchor() -> None:
    page = pages()["reference/errata.md"]
    assert [erratum.id for erratum in load_errata() if f"{{ #{erratum.id} }}" not in page] == []


def test_every_member_of_a_report_has_a_description() -> None:
    assert [name for name, member in fields() if not resolved(member).get("description")] == []


@pytest.mark.parametrize("name", parsers())
def test_a_help_has_at_most_one_default_and_each_parenthesis_a_partner(name: str) -> None:
    helps = [str(action.help) for action in parsers()[name].arguments]
    assert [help for help in helps if help.count("default: ") > 1 or help.count("(") != help.count(")")] == []
