"""Options and the configuration file: how both are read, which has priority, and error messages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conformance.config.options import OPTIONS, Configuration
from conformance.config.settings import configure, file_line
from conformance.errors import ConfigurationError

IN_PYPROJECT = ("pyproject.toml", "[tool.embeddings-conformance]\n")
IN_ITS_OWN_FILE = ("embeddings-conformance.toml", "")


@pytest.fixture(params=[IN_PYPROJECT, IN_ITS_OWN_FILE], ids=["pyproject", "own"])
def write(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], Path]:
    """Write settings into either file of the folder; gives the file."""
    name, head = str(request.param[0]), str(request.param[1])

    def written(settings: str) -> Path:
        file = tmp_path / name
        file.write_text(f"{head}{settings}\n", "utf-8")
        return file

    return written


def problem(given: dict[str, Any], folder: Path | None = None) -> str:
    with pytest.raises(ConfigurationError) as caught:
        configure(given, folder)
    error = caught.value
    assert str(error) == f"{error.where}: {error.problem}"
    return str(error)


def test_without_options_and_file_the_defaults_apply(tmp_path: Path) -> None:
    assert configure({}, tmp_path) == Configuration()
    assert configure(dict.fromkeys((option.key for option in OPTIONS), None), tmp_path) == Configuration()


def test_the_file_is_read(write: Callable[[str], Path], tmp_path: Path) -> None:
    write(
        'url = "http://127.0.0.1/v1"\nheader = ["a: 1", "b: 2"]\ntimeout = 2.5\nmax-requests = 7\nplan = true'
    )
    found = configure({}, tmp_path)
    assert (found.url, found.header) == ("http://127.0.0.1/v1", ("a: 1", "b: 2"))
    assert (found.timeout, found.max_requests, found.plan) == (2.5, 7, True)


def test_the_own_file_has_priority_over_the_project_file(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.embeddings-conformance]\nmodel = "project"', "utf-8")
    assert configure({}, tmp_path).model == "project"
    (tmp_path / "embeddings-conformance.toml").write_text('model = "own"', "utf-8")
    assert configure({}, tmp_path).model == "own"


def test_an_option_has_priority_over_the_file(write: Callable[[str], Path], tmp_path: Path) -> None:
    write('model = "from the file"\ntimeout = 2\nheader = ["a: 1"]')
    found = configure({"model": "given", "header": ["b: 2"], "timeout": None}, tmp_path)
    assert (found.model, found.header, found.timeout) == ("given", ("b: 2",), 2.0)


def test_a_given_url_replaces_the_application_in_the_file(
    write: Callable[[str], Path], tmp_path: Path
) -> None:
    write('app = "package.module:app"')
    found = configure({"url": "http://127.0.0.1/v1"}, tmp_path)
    assert (found.url, found.app) == ("http://127.0.0.1/v1", None)


def test_a_given_application_replaces_the_url_in_the_file(
    write: Callable[[str], Path], tmp_path: Path
) -> None:
    write('url = "http://127.0.0.1/v2"')
    found = configure({"app": "package.module:app"}, tmp_path)
    assert (found.url, found.app) == (None, "package.module:app")


@pytest.mark.parametrize("key", ["ca", "cert", "contract", "baseline", "json"])
def test_paths_in_the_file_are_relative_to_it(write: Callable[[str], Path], tmp_path: Path, key: str) -> None:
    write(f'{key} = "sub/file"')
    assert getattr(configure({}, tmp_path), key) == tmp_path / "sub" / "file"
    absolute = tmp_path.parent / "elsewhere"
    write(f'{key} = "{absolute}"')
    assert getattr(configure({}, tmp_path), key) == absolute
    assert getattr(configure({key: "sub/file"}, tmp_path), key) == Path("sub/file")


@pytest.mark.parametrize(
    ("given", "expected"),
    [("portkey-oss", "portkey-oss"), ("own.yaml", "{}/own.yaml"), ("sub/own", "{}/sub/own")],
)
def test_a_profile_in_the_file_is_a_name_or_relative_to_it(
    write: Callable[[str], Path], tmp_path: Path, given: str, expected: str
) -> None:
    write(f'profile = "{given}"')
    assert configure({}, tmp_path).profile == expected.format(tmp_path)
    assert configure({"profile": f"./{given}"}, tmp_path).profile == f"./{given}"


@pytest.mark.parametrize(
    ("key", "meant"),
    [("uri", "url"), ("headers", "header"), ("max_requests", "max-requests"), ("base-line", "baseline")],
)
def test_an_unknown_key_is_rejected_with_the_closest_option(
    write: Callable[[str], Path], tmp_path: Path, key: str, meant: str
) -> None:
    file = write(f"{key} = 1")
    assert problem({}, tmp_path) == (f"{file}, key {key}: unknown option; did you mean {meant}?")


def test_an_unknown_key_without_a_similar_option_is_rejected_with_all_options(
    write: Callable[[str], Path], tmp_path: Path
) -> None:
    write("zzz = 1")
    assert problem({}, tmp_path).endswith("the options are " + ", ".join(option.name for option in OPTIONS))


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("timeout = 0", "a number of seconds above 0, not 0"),
        ('timeout = "soon"', "a number of seconds above 0, not 'soon'"),
        ("timeout = nan", "a number of seconds above 0, not nan"),
        ("timeout = inf", "a number of seconds above 0, not inf"),
        ("timeout = true", "a number of seconds above 0, not True"),
        ("wait = -1", "a number of seconds above 0, not -1"),
        ("rate = 0", "a number above 0, not 0"),
        ("concurrency = 0", "a whole number above 0 and below 2^53, not 0"),
        ("concurrency = 2.5", "a whole number above 0 and below 2^53, not 2.5"),
        ("concurrency = true", "a whole number above 0 and below 2^53, not True"),
        ('max-requests = "1e3"', "a whole number above 0 and below 2^53, not '1e3'"),
        ("max-tokens = -5", "a whole number above 0 and below 2^53, not -5"),
        ('level = "may"', "'must' or 'should', not 'may'"),
        ("level = 1", "'must' or 'should', not 1"),
        ('url = ""', "a string, not empty"),
        ("model = 1", "a string, not 1"),
        ("json = 1", "a path, not 1"),
        ("profile = 1", "a name or a path, not 1"),
        ('plan = "yes"', "true or false, not 'yes'"),
        ("header = 1", "a string or a list of strings"),
        ("header = {secret-name = 'secret'}", "a string or a list of strings"),
        ("header = ['a: secret', 1]", "a string or a list of strings"),
    ],
)
def test_a_value_of_another_kind_is_rejected_with_its_place(
    write: Callable[[str], Path], tmp_path: Path, setting: str, expected: str
) -> None:
    file = write(setting)
    assert problem({}, tmp_path) == f"{file}, key {setting.partition(' ')[0]}: must be {expected}"


def test_a_file_that_is_not_toml_is_rejected(tmp_path: Path) -> None:
    file = tmp_path / "embeddings-conformance.toml"
    file.write_text("url = ", "utf-8")
    assert problem({}, tmp_path).startswith(f"{file}: not valid TOML: ")


def test_an_update_needs_a_baseline() -> None:
    assert (
        problem({"update_baseline": True})
        == "update-baseline: needs the option baseline, which names the file"
    )


def test_the_file_in_the_nearest_parent_folder_is_read(tmp_path: Path) -> None:
    below = tmp_path / "tests" / "deep"
    below.mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text(
        "[tool.embeddings-conformance]\nseed = 7\njson = 'r.json'\n", "utf-8"
    )
    (below / "pyproject.toml").write_text("[tool.other]\n", "utf-8")
    found = configure({}, below)
    assert (found.seed, found.json) == (7, tmp_path / "r.json")
    assert found.file == tmp_path / "pyproject.toml"
    (tmp_path / "tests" / "embeddings-conformance.toml").write_text("seed = 8\n", "utf-8")
    assert configure({}, below).seed == 8


def test_a_file_is_named_if_settings_are_used_or_belong_to_another_target(tmp_path: Path) -> None:
    (below := tmp_path / "below").mkdir()
    file = tmp_path / "embeddings-conformance.toml"
    file.write_text('url = "http://127.0.0.1:1/v1"\nheader = ["a: b"]\nseed = 7\n', "utf-8")
    own = {"url": "http://127.0.0.1:1/v1", "header": ["a: b"], "seed": 7}
    other = {"url": "http://127.0.0.1:2/v1"}
    assert configure({}, below).file == file
    found = configure(other | {"seed": 0}, below)
    assert found.unused == ("url", "header")
    assert file_line(found).endswith("Not used, because they describe another target: url, header.")
    assert file_line(configure(own, below)) == ""


@pytest.mark.parametrize(
    "setting", ["model = 'm'", "tokenizer = 'bytes'", "limit = ['batch=3']", "name = 'n'"]
)
def test_what_describes_a_target_is_not_for_another_one(tmp_path: Path, setting: str) -> None:
    (tmp_path / "embeddings-conformance.toml").write_text(
        f'url = "http://127.0.0.1:1/v1"\n{setting}\n', "utf-8"
    )
    found = configure({"url": "http://127.0.0.1:2/v1"}, tmp_path)
    key = setting.partition(" ")[0]
    assert getattr(found, key) == getattr(Configuration(), key)
    assert key in found.unused


@pytest.mark.parametrize(
    "setting",
    ["url = ['http://h?key=SECRET']", "proxy = ['http://u:SECRET@h']", '"x-key: SECRET" = 1'],
)
def test_an_error_does_not_repeat_a_value_that_may_be_a_credential(setting: str, tmp_path: Path) -> None:
    (tmp_path / "embeddings-conformance.toml").write_text(setting, "utf-8")
    with pytest.raises(ConfigurationError) as caught:
        configure({}, tmp_path)
    assert "SECRET" not in str(caught.value)


def test_a_setting_in_place_of_the_table_is_rejected(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool]\nembeddings-conformance = 'SECRET'\n", "utf-8")
    with pytest.raises(ConfigurationError, match=r"tool.embeddings-conformance: must be a table") as caught:
        configure({}, tmp_path)
    assert "SECRET" not in str(caught.value)
    (tmp_path / "pyproject.toml").write_text("tool = 5\n", "utf-8")
    assert configure({}, tmp_path).seed == 0


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"seed = " + b"[" * 5_000, "is nested too deeply; use fewer brackets"),
        (b"seed = " + b"9" * 5_000, "has an integer of thousands of digits; use a smaller one"),
        (b"a" + b".a" * 1_001 + b" = 1", "has a line with more than 1,000 dots; split the line"),
        (b"#" * (2**20 + 1), "is larger than 1 MiB; shorten it"),
        (b"# \xff", "not valid TOML: it must be text in UTF-8"),
    ],
)
def test_a_file_beyond_a_limit_is_rejected(content: bytes, expected: str, tmp_path: Path) -> None:
    file = tmp_path / "embeddings-conformance.toml"
    file.write_bytes(content)
    assert problem({}, tmp_path) == f"{file}: {expected}"


def test_a_file_at_the_limits_is_read(tmp_path: Path) -> None:
    file = tmp_path / "embeddings-conformance.toml"
    file.write_text(f"# {'.' * 998}\nname = '{'.' * 1_000}'\n", "utf-8")
    assert configure({}, tmp_path).name == "." * 1_000


@pytest.mark.parametrize(
    "setting", [f"seed = 0x{'f' * 5_000}", f"timeout = 1{'0' * 400}", f"concurrency = {2**53}"]
)
def test_a_huge_number_is_rejected(setting: str, tmp_path: Path) -> None:
    (tmp_path / "embeddings-conformance.toml").write_text(setting, "utf-8")
    assert f"key {setting.split()[0]}: must be a " in problem({}, tmp_path)


def test_a_long_value_is_clipped(tmp_path: Path) -> None:
    (tmp_path / "embeddings-conformance.toml").write_text(f"seed = '{'x' * 5_000}'", "utf-8")
    assert problem({}, tmp_path).endswith("... (5,002 characters)")


@pytest.mark.parametrize("name", ["header", "model", "url", "only"])
def test_other_bytes_than_utf8_are_rejected(name: str) -> None:
    value = ["a: \udcff"] if name in ("header", "only") else "a\udcff"
    assert problem({name: value}) == f"{name}: must be text in UTF-8, without other bytes"


def test_a_path_may_have_other_bytes_than_utf8() -> None:
    assert configure({"contract": "a\udcff", "profile": "b\udcff.yaml"}, None).contract == Path("a\udcff")
