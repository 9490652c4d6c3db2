from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
import yaml

from conformance import Contract
from conformance.config.options import Configuration
from conformance.config.settings import configure
from conformance.report import load_baseline
from conformance.report.model.baseline import UNEXPLAINED
from tests.servers.example import Example, UnknownExample, find, load
from tests.servers.process import START
from tests.servers.run import UNTESTED, main
from tests.servers.upstream import PROFILE as UPSTREAM_PROFILE

EXAMPLES = find([])
every_example = pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)


def configuration(example: Example) -> Configuration:
    return configure({}, example.folder)


def test_has_the_required_servers() -> None:
    providers = ("openai", "mistral-ai", "voyage", "azure-ai", "fireworks-ai")
    required = {"litellm", "litserve", "infinity", *(f"portkey-{name}" for name in providers)}
    assert required < {example.name for example in EXAMPLES}


@every_example
def test_every_package_is_pinned(example: Example) -> None:
    for file in example.install.glob("requirements*.txt"):
        assert all("==" in line for line in file.read_text("utf-8").splitlines())
    for file in example.install.glob("package.json"):
        assert file.with_name("package-lock.json").is_file()
    assert list(example.install.glob("requirements.txt")) or list(example.install.glob("package.json"))


@every_example
def test_report_name_has_the_pinned_version(example: Example) -> None:
    (version,) = re.findall(r"\bb?(\d[\d.]+)\b", str(configuration(example).name))
    pins = [*example.install.glob("requirements.txt"), *example.install.glob("package.json")]
    assert any(version in line for file in pins for line in file.read_text("utf-8").splitlines())


@every_example
def test_script_uses_exec(example: Example) -> None:
    script = (example.install / START).read_text("utf-8")
    assert "\nexec " in script
    assert '"$PORT"' in script


@every_example
def test_configuration_has_no_target_and_no_credential(example: Example) -> None:
    found = configuration(example)
    assert found.url is None
    assert found.app is None
    for header in found.header:
        name, value = header.split(": ")
        assert "env:" in value or name == "x-portkey-provider"


@every_example
def test_environment_has_every_credential_of_the_configuration(example: Example) -> None:
    named = {header.rpartition("env:")[2] for header in configuration(example).header if "env:" in header}
    assert named <= set(example.variables("http://127.0.0.1:1/v1", "token"))


@every_example
def test_baseline_has_known_ids_with_reasons(example: Example) -> None:
    found = configuration(example)
    assert found.baseline == example.folder / "baseline.yaml"
    assert found.level == "should"
    known = load_baseline(found.baseline, Contract.load(profile=found.profile).catalogue)
    assert UNEXPLAINED not in {entry.reason for entry in known.values()}


@every_example
def test_untestable_requirements_are_known_and_not_in_the_baseline(example: Example) -> None:
    known = yaml.safe_load((example.folder / "baseline.yaml").read_text("utf-8"))["known-failures"]
    assert set(example.not_tested) <= set(Contract.load().catalogue)
    assert not set(example.not_tested) & set(known)


@every_example
def test_readme_has_the_commands(example: Example) -> None:
    readme = (example.folder / "README.md").read_text("utf-8")
    assert f"sh {os.path.relpath(example.install / START, example.folder)}" in readme
    assert "embeddings-conformance run http://127.0.0.1:" in readme


def test_fills_in_upstream_and_token(tmp_path: Path) -> None:
    (tmp_path / "server.toml").write_text(
        'ready = "/"\n[environment]\nCONFIG = \'{"key": "{token}", "host": "{upstream}"}\'\n'
    )
    assert load(tmp_path).variables("http://127.0.0.1:1/v1", "abc") == {
        "CONFIG": '{"key": "abc", "host": "http://127.0.0.1:1/v1"}'
    }


def test_rejects_an_unknown_key(tmp_path: Path) -> None:
    (tmp_path / "server.toml").write_text('ready = "/"\nreaddy-line = ""\n')
    with pytest.raises(TypeError, match="readdy_line"):
        load(tmp_path)


def test_rejects_an_unknown_name_with_a_suggestion() -> None:
    with pytest.raises(UnknownExample, match="did you mean litellm"):
        find(["litelm"])


def test_unknown_name_runs_nothing(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["litelm", "--directory", str(tmp_path), "--reports", str(tmp_path / "reports")]) == UNTESTED
    assert "litellm" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_upstream_requires_only_a_bearer_token() -> None:
    security = Contract.load(profile=UPSTREAM_PROFILE).security
    assert [scheme.header for scheme in security.schemes] == ["Authorization"]
    assert security.alternatives == (frozenset({"Provider-Auth"}),)
