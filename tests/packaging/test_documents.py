"""What the documents at the top say is so."""

from __future__ import annotations

import configparser
import doctest
import re
from pathlib import Path

import pytest

from conformance.config.options import OPTIONS
from conformance.config.settings import configure
from conformance.contract import Contract
from conformance.contract.spec_files import profile_overlays
from conformance.exit_codes import Exit
from conformance.reference import default_credentials
from tests.contributing.recipes import created_files, without_recipes

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
CHANGELOG = (ROOT / "CHANGELOG.md").read_text("utf-8")


def fenced(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def test_the_readme_starts_with_the_two_commands() -> None:
    begin = README.index("```")
    assert README[:begin].split() == ["#", "embeddings-conformance"]
    commands = [line.partition(" #")[0].rstrip() for line in fenced("sh")[0].splitlines()]
    assert commands == [
        "pip install . && embeddings-conformance run",
        "pip install '.[test]' && pytest -n auto",
    ]


def test_the_readme_fits_a_screen() -> None:
    lines = README.splitlines()
    assert len(lines) <= 80
    assert max(map(len, lines)) <= 140


def test_the_library_example_gives_the_output_that_it_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = default_credentials(Contract.load())
    monkeypatch.setenv("KEY", given["Portkey-Key"])
    monkeypatch.setenv("CONFIG", given["Config"])
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "my_server.py").write_text(
        "from conformance.reference import create_app\napp = create_app()\n"
    )
    limited = lambda given, folder: configure({**given, "max_requests": 40}, folder)  # noqa: E731
    monkeypatch.setattr("conformance.api.configure", limited)  # a whole run takes ten seconds
    (example,) = fenced("python")
    test = doctest.DocTestParser().get_doctest(example, {}, "README.md", "README.md", 0)
    assert doctest.DocTestRunner().run(test) == (0, len(test.examples))


@pytest.mark.parametrize("document", [README, CHANGELOG, without_recipes(CONTRIBUTING)])
def test_every_option_that_a_document_names_exists(document: str) -> None:
    named = set(re.findall(r"--(?:target|conformance)-[a-z-]+", document))
    assert named <= {option.flag for option in OPTIONS}


def test_the_table_of_exit_codes_is_complete() -> None:
    codes = [int(code) for code in re.findall(r"^\| (\d) \|", README, re.MULTILINE)]
    assert codes == [code.value for code in Exit]


def test_the_readme_names_the_profiles_that_are_shipped() -> None:
    (paragraph,) = re.findall(r"^\*\*Profiles\*\*:.*?\n(?=\n)", README, re.MULTILINE | re.DOTALL)
    assert all(f"`{name}`" in paragraph or f"={name}`" in paragraph for name in profile_overlays())


def test_every_chore_that_contributing_names_is_one_of_tox() -> None:
    config = configparser.ConfigParser()
    config.read(ROOT / "tox.ini")
    known = {name.removeprefix("testenv:") for name in config.sections()} | {"py311", "py312", "py313"}
    named = {name for names in re.findall(r"tox -e ([a-z0-9,]+)", CONTRIBUTING) for name in names.split(",")}
    assert named == known - {"tox", "testenv"}


def test_every_path_that_contributing_names_exists() -> None:
    paths = set(re.findall(r"`((?:conformance|spec|tests)/[\w./]*)`", CONTRIBUTING)) - created_files(
        CONTRIBUTING
    )
    assert len(paths) > 10
    assert not [path for path in paths if not (ROOT / path).exists()]
