"""The command, in this process, in a folder of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from conformance.cli.main import main
from conformance.config.file import OWN_FILE
from conformance.config.settings import Configuration, configure
from conformance.reference import background_server
from tests.discovery.servers import Served
from tests.mutants.asgi import Serve, application


@dataclass(frozen=True)
class Ended:
    """How a command ended, and the file that it left."""

    code: int
    text: str
    file: Path

    @property
    def written(self) -> str:
        return self.file.read_text("utf-8")

    @property
    def configuration(self) -> Configuration:
        """The file, as a run reads it."""
        return configure({}, self.file.parent)


Command = Callable[..., Ended]


@pytest.fixture
def place() -> Iterator[Callable[[Serve], str]]:
    """Serves for as long as the test lasts; gives the base URL."""
    with ExitStack() as stack:
        yield lambda serve: stack.enter_context(background_server(application(serve)))


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs the command with words."""
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> Ended:
        capsys.readouterr()
        try:
            code = main(words)
        except SystemExit as ended:
            code = int(ended.code or 0)
        printed = capsys.readouterr()
        return Ended(code, printed.out + printed.err, tmp_path / OWN_FILE)

    return run


@pytest.fixture
def discover(
    command: Command, place: Callable[[Serve], str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Ended]:
    """Discovers a server, its credentials in the environment, as a user would."""

    def run(served: Served, *words: str) -> Ended:
        headers = []
        for number, line in enumerate(served.header):
            name, _, value = line.partition(": ")
            monkeypatch.setenv(f"CREDENTIAL_{number}", value)
            headers += ["--header", f"{name}: env:CREDENTIAL_{number}"]
        return command("discover", place(served.serve), *headers, *words)

    return run
