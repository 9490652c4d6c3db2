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
from tests.servers.process import answers, free_port, running
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


def test_a_server_is_reachable_inside_the_block_and_gone_behind_it(tmp_path: Path) -> None:
    port = free_port()
    with running(
        script(tmp_path, SERVE),
        {"PORT": str(port)},
        tmp_path / "log",
        ready=lambda: answers(port, "/"),
        seconds=20,
    ):
        assert answers(port, "/")
    assert not answers(port, "/")


def test_a_process_that_a_server_leaves_behind_is_ended_with_it(tmp_path: Path) -> None:
    left = tmp_path / "left"
    text = f'sleep 60 & echo $! > "{left}"; exec sleep 60\n'
    with running(script(tmp_path, text), dict(os.environ), tmp_path / "log", ready=left.is_file, seconds=5):
        time.sleep(0.1)
    pid = int(left.read_text())
    deadline = time.monotonic() + 5
    while _runs(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not _runs(pid)


def test_a_server_that_ends_instead_of_starting_is_a_problem_with_what_it_said(tmp_path: Path) -> None:
    with (
        pytest.raises(SetupError, match="ended with 7") as problem,
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


def test_a_server_that_does_not_answer_in_time_is_a_problem(tmp_path: Path) -> None:
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


def test_an_attempt_to_leave_loopback_is_named_once_unless_its_reason_is_known() -> None:
    lines = ["lookup a.invalid", "lookup b.invalid", "lookup a.invalid"]
    (problem,) = unexpected_attempts(lines, {"lookup b.invalid": "it looks for updates"})
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
    raise SystemExit("an attempt was let through")
with socket.create_server(("127.0.0.1", 0)) as server:
    socket.create_connection(("localhost", server.getsockname()[1])).close()
"""


@needs_a_compiler
def test_the_guard_refuses_and_notes_what_would_leave_loopback(tmp_path: Path) -> None:
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


def test_the_upstream_serves_under_the_base_path_of_every_provider() -> None:
    with running_upstream() as upstream:
        for path in ("/v1", "/inference/v1", ""):
            answer = httpx.post(
                f"http://{upstream.address}{path}/embeddings",
                json={"input": "river", "model": "text-embedding-3-small"},
                headers={"Authorization": f"Bearer {upstream.token}"},
            )
            assert answer.status_code == httpx.codes.OK


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split(") ")[1][0] != "Z"
    except OSError:
        return False


def test_a_free_port_can_be_listened_on() -> None:
    with socket.create_server(("127.0.0.1", free_port())):
        pass
