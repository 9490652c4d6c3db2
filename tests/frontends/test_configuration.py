"""Options and the configuration file: what is read, what wins, and what an error says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conformance import check
from conformance.configuration import Configuration, ConfigurationError, configure
from conformance.headers import headers_of
from conformance.options import OPTIONS

pytest_plugins = ["pytester"]

Door = Callable[..., Any]

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
    assert str(error) == f"{error.where}: expected {error.expected}, found {error.found}"
    return str(error)


def header_problem(*lines: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        headers_of(Configuration(header=lines))
    return str(caught.value)


def test_without_anything_the_defaults_stand(tmp_path: Path) -> None:
    assert configure({}, tmp_path) == Configuration()
    assert configure(dict.fromkeys((option.key for option in OPTIONS), None), tmp_path) == Configuration()


def test_a_setting_for_every_option_exists() -> None:
    assert {option.key for option in OPTIONS} == set(Configuration.__dataclass_fields__)


def test_the_file_is_read(write: Callable[[str], Path], tmp_path: Path) -> None:
    write(
        'url = "http://127.0.0.1/v1"\nheader = ["a: 1", "b: 2"]\ntimeout = 2.5\nmax-requests = 7\nplan = true'
    )
    found = configure({}, tmp_path)
    assert (found.url, found.header) == ("http://127.0.0.1/v1", ("a: 1", "b: 2"))
    assert (found.timeout, found.max_requests, found.plan) == (2.5, 7, True)


def test_its_own_file_comes_before_the_projects(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.embeddings-conformance]\nmodel = "project"', "utf-8")
    assert configure({}, tmp_path).model == "project"
    (tmp_path / "embeddings-conformance.toml").write_text('model = "own"', "utf-8")
    assert configure({}, tmp_path).model == "own"


def test_an_option_comes_before_the_file(write: Callable[[str], Path], tmp_path: Path) -> None:
    write('model = "from the file"\ntimeout = 2\nheader = ["a: 1"]')
    found = configure({"model": "given", "header": ["b: 2"], "timeout": None}, tmp_path)
    assert (found.model, found.header, found.timeout) == ("given", ("b: 2",), 2.0)


def test_a_url_that_is_given_puts_the_files_application_aside(
    write: Callable[[str], Path], tmp_path: Path
) -> None:
    write('app = "package.module:app"')
    found = configure({"url": "http://127.0.0.1/v1"}, tmp_path)
    assert (found.url, found.app) == ("http://127.0.0.1/v1", None)


def test_an_application_that_is_given_puts_the_files_url_aside(
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
def test_an_unknown_key_is_answered_with_the_closest_one(
    write: Callable[[str], Path], tmp_path: Path, key: str, meant: str
) -> None:
    file = write(f"{key} = 1")
    assert problem({}, tmp_path) == (
        f"{file}, key {key}: expected an option that exists, found none of that name; did you mean {meant}?"
    )


def test_a_key_like_no_other_is_answered_with_all_of_them(
    write: Callable[[str], Path], tmp_path: Path
) -> None:
    write("zzz = 1")
    assert problem({}, tmp_path).endswith("one of " + ", ".join(option.name for option in OPTIONS))


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("timeout = 0", "a number of seconds above 0, found 0"),
        ('timeout = "soon"', "a number of seconds above 0, found 'soon'"),
        ("timeout = nan", "a number of seconds above 0, found nan"),
        ("timeout = inf", "a number of seconds above 0, found inf"),
        ("timeout = true", "a number of seconds above 0, found True"),
        ("wait = -1", "a number of seconds above 0, found -1"),
        ("rate = 0", "a number above 0, found 0"),
        ("concurrency = 0", "a whole number above 0, found 0"),
        ("concurrency = 2.5", "a whole number above 0, found 2.5"),
        ("concurrency = true", "a whole number above 0, found True"),
        ('max-requests = "1e3"', "a whole number above 0, found '1e3'"),
        ("max-tokens = -5", "a whole number above 0, found -5"),
        ('level = "may"', "one of must, should, found 'may'"),
        ("level = 1", "a text, found 1"),
        ('url = ""', "a text, found ''"),
        ("json = 1", "a path, found 1"),
        ("profile = 1", "a name or a path, found 1"),
        ('plan = "yes"', "true or false, found 'yes'"),
        ("header = 1", "a list of texts, found something else"),
        ("header = {secret-name = 'secret'}", "a list of texts, found something else"),
        ("header = ['a: secret', 1]", "a list of texts, found something else"),
    ],
)
def test_a_value_of_the_wrong_kind_is_named_with_its_place(
    write: Callable[[str], Path], tmp_path: Path, setting: str, expected: str
) -> None:
    file = write(setting)
    assert problem({}, tmp_path) == f"{file}, key {setting.partition(' ')[0]}: expected {expected}"


def test_a_file_that_is_no_toml_is_named(tmp_path: Path) -> None:
    file = tmp_path / "embeddings-conformance.toml"
    file.write_text("url = ", "utf-8")
    assert problem({}, tmp_path).startswith(f"{file}: expected a readable TOML file, found ")


def test_an_update_needs_a_baseline() -> None:
    assert problem({"update_baseline": True}) == "update-baseline: expected a baseline beside it, found none"


def test_a_header_is_a_name_and_a_value() -> None:
    ((name, value),) = headers_of(Configuration(header=("  X-Portkey-Config :  pc: 1 \t",)))
    assert (name, str(value), value.shown) == ("X-Portkey-Config", "pc: 1", "$X_PORTKEY_CONFIG")


@pytest.mark.parametrize(
    ("text", "sent", "shown"),
    [
        ("Authorization: env:TOKEN", "t0ken", "$TOKEN"),
        ("Authorization: Bearer env:TOKEN", "Bearer t0ken", "Bearer $TOKEN"),
        ("Authorization: Bearer   env:TOKEN", "Bearer t0ken", "Bearer $TOKEN"),
        ("Authorization: env:PADDED", "t0ken", "$PADDED"),
        ("Authorization: Bearer env:PADDED", "Bearer t0ken", "Bearer $PADDED"),
        ("Authorization: Bearer t0ken", "Bearer t0ken", "$AUTHORIZATION"),
        ("x-scheme: https://env:80/", "https://env:80/", "$X_SCHEME"),
    ],
)
def test_a_value_may_come_from_the_environment(
    text: str, sent: str, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", "t0ken")
    monkeypatch.setenv("PADDED", " t0ken\n")
    ((_, value),) = headers_of(Configuration(header=(text,)))
    assert (str(value), value.shown) == (sent, shown)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "secret",
            "header 2: expected 'Name: value', found a text that does not begin with a name and a colon",
        ),
        (
            ": secret",
            "header 2: expected 'Name: value', found a text that does not begin with a name and a colon",
        ),
        (
            "a b: c",
            "header 2: expected 'Name: value', found a text that does not begin with a name and a colon",
        ),
        (
            "x-key: env:UNSET",
            "header x-key: expected a value in the environment variable UNSET, found none: it is not set",
        ),
        (
            "x-key: env:EMPTY",
            "header x-key: expected a value in the environment variable EMPTY, found an empty one",
        ),
        (
            "x-key: env:",
            "header x-key: expected the name of an environment variable behind env:, found no such name",
        ),
        (
            "x-key: env: UNSET",
            "header x-key: expected the name of an environment variable behind env:, found no such name",
        ),
        (
            "x-key: env:my-key",
            "header x-key: expected the name of an environment variable behind env:, found no such name",
        ),
        (
            "x-key: env:1KEY",
            "header x-key: expected the name of an environment variable behind env:, found no such name",
        ),
    ],
)
def test_a_malformed_header_is_named_by_its_place(
    line: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("UNSET", raising=False)
    monkeypatch.setenv("EMPTY", "  ")
    assert header_problem("x-fine: 1", line) == expected


def test_the_command_takes_its_target_from_the_file(door_of_command: Door, url: str) -> None:
    Path("embeddings-conformance.toml").write_text(f'url = "{url}"\nmax-requests = 40\n', "utf-8")
    ended = door_of_command()
    assert ended.code == 0, ended.text
    assert ended.report["target"]["url"] == url


def test_pytest_takes_settings_from_the_file_but_no_target(
    door_of_pytest: Door, pytester: pytest.Pytester, url: str
) -> None:
    pytester.makepyprojecttoml(
        f'[tool.pytest.ini_options]\n[tool.embeddings-conformance]\nurl = "{url}"\nmax-requests = 40'
    )
    pytester.makepyfile("def test_of_the_user(): pass")
    pytester.runpytest_inprocess().assert_outcomes(passed=1)
    ended = door_of_pytest(url)
    assert ended.code == 0, ended.text
    assert ended.report["requests"] <= 40


def test_paths_given_to_pytest_are_relative_to_where_it_was_started(
    pytester: pytest.Pytester, url: str, header: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytester.makeini("[pytest]")
    monkeypatch.chdir(pytester.mkdir("sub"))
    words = [f"--target-url={url}", *(f"--target-header={line}" for line in header)]
    pytester.runpytest_inprocess(*words, "--conformance-json=r.json", "-k", "http.method.get")
    assert (pytester.path / "sub" / "r.json").is_file()


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"timeout": "soon"}, "timeout: expected a number of seconds above 0, found 'soon'"),
        ({"level": "most"}, "level: expected one of must, should, found 'most'"),
        ({"profile": "portky"}, "found 'portky'; did you mean 'portkey'?"),
        ({"contract": "no-such.yaml"}, "no-such.yaml"),
        ({"ca": "no-such.pem"}, "certificate file 'no-such.pem': does not exist"),
        ({"proxy": "https://127.0.0.1:1"}, "only proxies that are spoken to in plain http are supported"),
    ],
)
def test_a_usage_error_is_one_message_and_ends_with_4(
    door: Door, alter: Callable[..., Any], options: dict[str, str], expected: str
) -> None:
    target = alter()
    ended = door(target.url, **options)
    assert ended.code == 4, ended.text
    assert expected in ended.text
    assert "Traceback" not in ended.text
    assert not target.requests


def test_a_folder_is_no_place_for_a_report(
    alter: Callable[..., Any], header: list[str], tmp_path: Path
) -> None:
    target = alter()
    headers = dict(line.split(": ", 1) for line in header)
    with pytest.raises(ConfigurationError, match="json: expected the path of a file, found the folder"):
        check(target.url, headers=headers, json=tmp_path)
    assert not target.requests


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("127.0.0.1:80/v1", "has no scheme; perhaps http://127.0.0.1:80/v1 is meant"),
        ("ftp://127.0.0.1/v1", "expected the scheme http or https, found 'ftp'"),
        ("http://user:password@127.0.0.1/v1", "user and password do not belong into a URL"),
    ],
)
def test_a_url_that_can_not_be_used_is_one_message(door: Door, place: str, expected: str) -> None:
    ended = door(place)
    assert ended.code == 4, ended.text
    assert expected in ended.text
    assert "password@" not in ended.text


def test_a_report_that_can_not_be_written_costs_no_result(
    door: Door, alter: Callable[..., Any], tmp_path: Path
) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("", "utf-8")
    target = alter()
    ended = door(target.url, baseline=in_the_way / "b.yaml", update_baseline=True, max_requests=40)
    assert ended.code == 4, ended.text
    assert "expected a file that can be written" in ended.text
    assert "10 pass" in ended.text or "11 pass" in ended.text
