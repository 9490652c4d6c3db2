"""Each front end opens an application once: one call of its factory, one startup, one shutdown."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

MODULE = """
from conformance.reference import create_app

def record(event):
    with open("events.txt", "a") as file:
        file.write(event + "\\n")

def factory():
    record("factory")
    reference = create_app()

    async def app(scope, receive, send):
        if scope["type"] != "lifespan":
            return await reference(scope, receive, send)
        for stage in ("startup", "shutdown"):
            assert (await receive())["type"] == "lifespan." + stage
            record(stage)
            await send({"type": "lifespan." + stage + ".complete"})

    return app
"""

APP = "counted:factory()"
ONLY = "http.method.get"

LIBRARY = f"""
from conformance import check
headers = dict(line.split(": ", 1) for line in {{header!r}})
assert check({APP!r}, headers=headers, only=[{ONLY!r}]).code == 0
"""


def words_of(front_end: str, header: list[str], *options: str) -> list[str]:
    """The arguments of Python that run the suite through *front_end*."""
    match front_end:
        case "command":
            words = ["-m", "conformance", "run", f"--app={APP}", f"--only={ONLY}"]
            return words + [f"--header={line}" for line in header] + [f"--{name}" for name in options]
        case "pytest":
            words = [
                "-m",
                "pytest",
                "-p",
                "no:cacheprovider",
                f"--target-app={APP}",
                f"--conformance-only={ONLY}",
            ]
            words += [f"--target-header={line}" for line in header]
            return words + [f"--conformance-{name}" for name in options]
    return ["-c", LIBRARY.format(header=header)]


def events(words: list[str], folder: Path) -> list[str]:
    """What happened to the application while Python ran *words*."""
    (folder / "counted.py").write_text(MODULE, "utf-8")
    ended = subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    assert ended.returncode == 0, ended.stdout
    return (folder / "events.txt").read_text("utf-8").split()


@pytest.mark.parametrize("front_end", ["command", "pytest", "library"])
def test_a_run_calls_the_factory_once_and_starts_the_application_once(
    front_end: str, header: list[str], tmp_path: Path
) -> None:
    assert events(words_of(front_end, header), tmp_path) == ["factory", "startup", "shutdown"]


@pytest.mark.parametrize("front_end", ["command", "pytest"])
def test_a_plan_calls_the_factory_once_and_does_not_start_the_application(
    front_end: str, header: list[str], tmp_path: Path
) -> None:
    assert events(words_of(front_end, header, "plan"), tmp_path) == ["factory"]
