"""The command, run in this process and in a temporary folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from conformance.cli.main import main
from conformance.config.file import OWN_FILE
from conformance.config.options import Configuration
from conformance.config.settings import configure
from conformance.reference import background_server
from tests.discovery.servers import ServerCase
from tests.faulty_servers.servers import Server, application


@dataclass(frozen=True)
class Result:
    """The exit code and output of a command, and the configuration file that it writes."""

    code: int
    text: str
    file: Path

    @property
    def file_text(self) -> str:
        return self.file.read_text("utf-8")

    @property
    def configuration(self) -> Configuration:
        """The configuration of a run with the file."""
        return configure({}, self.file.parent)


Command = Callable[..., Result]


@pytest.fixture
def start() -> Iterator[Callable[[Server], str]]:
    """Start a server until the end of the test; return its base URL."""
    with ExitStack() as stack:
        yield lambda serve: stack.enter_context(background_server(application(serve)))


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run the command with arguments."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Result:
        capsys.readouterr()
        try:
            code = main(arguments)
        except SystemExit as exit:
            code = int(exit.code or 0)
        printed = capsys.readouterr()
        return Result(code, printed.out + printed.err, tmp_path / OWN_FILE)

    return run


@pytest.fixture
def discover(
    command: Command, start: Callable[[Server], str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Result]:
    """Discover a server, with its credentials in the environment."""

    def run(server: ServerCase, *arguments: str) -> Result:
        headers = []
        for number, line in enumerate(server.header):
            name, _, value = line.partition(": ")
            monkeypatch.setenv(f"CREDENTIAL_{number}", value)
            headers += ["--header", f"{name}: env:CREDENTIAL_{number}"]
        return command("discover", start(server.server), *headers, *arguments)

    return run
