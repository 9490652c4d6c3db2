from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from tests.installing import SetupError
from tests.servers.loopback import build, unexpected_attempts
from tests.servers.process import free_port, returns_200, running
from tests.servers.upstream import running_upstream

SERVE = f'exec "{sys.executable}" -m http.server "$PORT" --bind 127.0.0.1\n'
needs_a_compiler = pytest.mark.skipif(
    subprocess.run(["sh", "-c", "command -v cc"], capture_output=True).returncode != 0,
    reason="no C compiler on PATH",
)


def script(folder: Path, text: str) -> Path:
    file = folder / "start.sh"
    file.write_text(text)
    return file


def test_server_runs_only_inside_the_block(tmp_path: Path) -> None:
    port = free_port()
    with running(
        script(tmp_path, SERVE),
        {"PORT": str(port)},
        tmp_path / "log",
        ready=lambda: returns_200(port, "/"),
        seconds=20,
    ):
        assert returns_200(port, "/")
    assert not returns_200(port, "/")


def test_ends_child_processes_of_a_server(tmp_path: Path) -> None:
    left = tmp_path / "left"
    text = f'sleep 60 & echo $! > "{left}"; exec sleep 60\n'
    with running(script(tmp_path, text), dict(os.environ), tmp_path / "log", ready=left.is_file, seconds=30):
        time.sleep(0.1)
    pid = int(left.read_text())
    deadline = time.monotonic() + 30
    while _runs(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not _runs(pid)


def test_reports_a_server_that_exits_with_its_output(tmp_path: Path) -> None:
    with (
        pytest.raises(SetupError, match="exited with 7") as problem,
        running(
            script(tmp_path, "echo no such model; exit 7\n"),
            dict(os.environ),
            tmp_path / "log",
            ready=lambda: False,
            seconds=5,
        ),
    ):
        pass
    assert problem.value.output == "no such model"


def test_reports_a_server_that_does_not_start_in_time(tmp_path: Path) -> None:
    with (
        pytest.raises(SetupError, match=r"within 0\.2 s"),
        running(
            script(tmp_path, "exec sleep 60\n"),
            dict(os.environ),
            tmp_path / "log",
            ready=lambda: False,
            seconds=0.2,
        ),
    ):
        pass


def test_lists_unexpected_connections_once() -> None:
    lines = ["lookup a.invalid", "lookup b.invalid", "lookup a.invalid"]
    (problem,) = unexpected_attempts(lines, {"lookup b.invalid": "it checks for updates"})
    assert problem.endswith("lookup a.invalid")


ATTEMPTS = """
import socket
for attempt in (
    lambda: socket.create_connection(("192.0.2.1", 80)),
    lambda: socket.getaddrinfo("name.invalid", 80),
    lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("192.0.2.1", 9)),
    lambda: socket.socket().bind(("0.0.0.0", 0)),
    lambda: socket.socket(socket.AF_INET6).bind(("::", 0)),
):
    try:
        attempt()
    except OSError:
        continue
    raise SystemExit("an attempt was not blocked")
with socket.create_server(("127.0.0.1", 0)) as server:
    socket.create_connection(("localhost", server.getsockname()[1])).close()
"""


@needs_a_compiler
def test_guard_blocks_and_records_connections_outside_loopback(tmp_path: Path) -> None:
    log = tmp_path / "escapes"
    guarded = os.environ | {"LD_PRELOAD": str(build(tmp_path)), "LOOPBACK_ESCAPES_LOG": str(log)}
    subprocess.run([sys.executable, "-c", ATTEMPTS], env=guarded, check=True)
    assert log.read_text().splitlines() == [
        "connect 192.0.2.1 port 80",
        "lookup name.invalid",
        "sendto 192.0.2.1 port 9",
        "bind 0.0.0.0 port 0",
        "bind :: port 0",
    ]


def test_upstream_accepts_the_base_path_of_every_provider() -> None:
    with running_upstream() as upstream:
        for path in ("/v1", "/inference/v1", ""):
            response = httpx.post(
                f"http://{upstream.address}{path}/embeddings",
                json={"input": "river", "model": "text-embedding-3-small"},
                headers={"Authorization": f"Bearer {upstream.token}"},
            )
            assert response.status_code == httpx.codes.OK


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split(") ")[1][0] != "Z"
    except OSError:
        return False


def test_free_port_is_free() -> None:
    with socket.create_server(("127.0.0.1", free_port())):
        pass
