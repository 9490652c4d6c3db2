"""A finished run frees its responses at once, also in a process where the garbage collector runs seldom."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from conformance.cli.main import main
from conformance.config.headers import header_lines
from conformance.config.options import Configuration
from conformance.contract import Contract
from conformance.reference import create_app, default_credentials
from conformance.runner.background import BackgroundRun
from conformance.runner.inputs import load_inputs
from conformance.runner.prepare import prepare_run


@pytest.fixture
def no_collections() -> Iterator[None]:
    """Leave reference cycles alone, as a large process does for a long time."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_collections")
def test_a_finished_run_is_freed_without_a_collection() -> None:
    contract = Contract.load()
    header = tuple(header_lines(contract, default_credentials(contract)))
    configuration = Configuration(header=header, only=("http.*",))
    background = BackgroundRun(prepare_run(load_inputs(configuration, create_app(contract))))
    background.start()
    background.wait()
    background.stop()
    run = weakref.ref(background.run)
    del background
    assert run() is None


def test_after_the_command_collections_visit_all_objects_again(capsys: pytest.CaptureFixture[str]) -> None:
    before = gc.get_freeze_count()
    assert main(["run", "--only=http.method.status"]) == 0
    assert "pass" in capsys.readouterr().out
    assert gc.get_freeze_count() == before
