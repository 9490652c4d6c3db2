"""The table of the options: each entry is an attribute of the configuration and an option of each front end."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import pytest

from conformance.cli.parser import COMMANDS, command_parser
from conformance.config import settings
from conformance.config.declaration import option
from conformance.config.options import OPTIONS, PLUGIN_OPTIONS, Configuration, options_of
from conformance.config.values import COUNT, FLAG, TEXT, TEXTS
from conformance.contract import Contract
from conformance.report import FORMATS

NOT_OPTIONS = {"embedded", "file", "unused"}


def test_each_attribute_of_the_configuration_is_an_option() -> None:
    assert {one.key for one in OPTIONS} == {field.name for field in fields(Configuration)} - NOT_OPTIONS


def test_the_default_of_an_option_is_that_of_its_attribute() -> None:
    assert {one.key: one.default for one in OPTIONS} == {
        field.name: field.default for field in fields(Configuration) if field.name not in NOT_OPTIONS
    }


@pytest.mark.parametrize(
    "one", [one for one in OPTIONS if one.default not in (None, ())], ids=lambda o: o.key
)
def test_each_default_is_a_value_of_its_kind(one: Any) -> None:
    assert one.kind.read(one.default, Path()) == one.default


def test_names_and_flags_follow_from_the_attribute() -> None:
    by_key = {one.key: one for one in OPTIONS}
    assert (by_key["max_requests"].name, by_key["max_requests"].flag) == (
        "max-requests",
        "--conformance-max-requests",
    )
    assert (by_key["url"].name, by_key["url"].flag) == ("url", "--target-url")
    assert (by_key["junitxml"].name, by_key["junitxml"].flag) == ("junitxml", "--junitxml")
    assert by_key["junitxml"] not in PLUGIN_OPTIONS


def test_each_report_format_has_an_option_for_its_file() -> None:
    assert set(FORMATS) <= {one.key for one in OPTIONS if one.output_only}


def test_a_confidential_value_is_not_in_the_repr_of_a_configuration() -> None:
    for one in OPTIONS:
        if one.confidential:
            values: dict[str, Any] = {one.key: "sesame"}
            assert "sesame" not in repr(Configuration(**values))


@dataclass(frozen=True, slots=True, kw_only=True)
class Extended(Configuration):
    """The configuration with one more option of each form."""

    depth: int = option("conformance", COUNT, "N", "depth of the search (default: 3)", default=3)
    topic: tuple[str, ...] = option(
        "target", TEXTS, "NAME", "a topic (repeatable)", default=(), of_target=True
    )
    quiet: bool = option("conformance", FLAG, "", "print less", default=False, output_only=True)
    note: str | None = option("target", TEXT, "TEXT", "a note")


@pytest.fixture
def extended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "OPTIONS", options_of(Extended))
    monkeypatch.setattr(settings, "Configuration", Extended)


@pytest.mark.usefixtures("extended")
def test_a_new_option_is_one_entry(tmp_path: Path) -> None:
    (file := tmp_path / "embeddings-conformance.toml").write_text(
        "depth = 5\ntopic = ['a']\nquiet = true\n", "utf-8"
    )
    assert settings.configure({"note": "n"}, tmp_path) == Extended(
        depth=5, topic=("a",), quiet=True, note="n", file=file
    )
    with pytest.raises(ValueError, match=r"depth: must be a whole number above 0 and below 2\^53, not '0'"):
        settings.configure({"depth": "0"}, None)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_names_only_requirements_that_exist(command: str) -> None:
    catalogue = Contract.load().catalogue
    areas = "|".join({requirement.area for requirement in catalogue.values()})
    shown = command_parser([command]).commands[command].format_help()
    named = set(re.findall(rf"(?<![\w/])(?:{areas})\.(?:[a-z*][a-z_*-]*\.?)+(?<!\.)", shown))
    assert [id for id in named if not id.endswith(".json") and not catalogue.matching(id)] == []
    assert command != "run" or {"auth.*", "http.chunked"} <= named
