"""The recorder of heads, and the comparison of recordings, with a client that needs no installation."""

from __future__ import annotations

import socket
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.contract.client_requests import load_client_requests
from tests.clients.catalogue import PROGRAMS, load_clients, pinned_version
from tests.clients.processes import ClientRunner
from tests.clients.stacks import (
    CREDENTIAL,
    Recorded,
    Stack,
    differences,
    lines_of,
    load_entries,
    load_stacks,
    record,
)
from tests.clients.wire import recording

CALLER = """
import sys, urllib.request
url, credential, body = sys.argv[1:4]
headers = {"Content-Type": "application/json", "Authorization": "Bearer " + credential}
urllib.request.urlopen(urllib.request.Request(url, body.encode(), headers)).read()
"""
STACK = Stack(
    "own", "own", "urllib", "https://example.org", "", command=["call.py", "{url}", "{credential}", "{body}"]
)


class StandardLibraryRunner(ClientRunner):
    """A runner whose client uses only the standard library."""

    def run_command(self, words: Sequence[str], environment: str = "") -> object:  # type: ignore[override] # noqa: ARG002
        """Run the client with the arguments of *words*."""
        return self._run([sys.executable, "-c", CALLER, *words[1:]])


def recorded(folder: Path) -> Recorded:
    runner = StandardLibraryRunner(folder, folder, folder / "authority.pem")
    (one,) = record([replace(STACK, version=[sys.executable, "--version"])], runner)
    return one


def test_a_request_is_recorded_with_placeholders(tmp_path: Path) -> None:
    one = recorded(tmp_path)
    assert one.problems == []
    assert one.head == [
        "POST {path} HTTP/1.1",
        "Accept-Encoding: identity",
        "Content-Length: {length}",
        "Host: {host}",
        one.head[4],
        "Content-Type: {media-type}",
        "Authorization: {credentials}",
        "Connection: close",
    ]
    assert CREDENTIAL not in str(one.as_entry())


def test_other_lines_and_another_order_are_differences(tmp_path: Path) -> None:
    one = recorded(tmp_path)
    entry = one.as_entry()
    newer = [line.replace("Python-urllib/3.", "Python-urllib/4.") for line in one.head]
    assert list(differences(entry, replace(one, head=newer))) == []
    assert list(differences(None, one)) == ["the file has no request of it; --update writes one"]
    assert len(list(differences(entry, replace(one, head=[*one.head[:-1], "Connection: keep-alive"])))) == 1
    assert len(list(differences(entry, replace(one, head=[one.head[0], *one.head[:0:-1]])))) == 1


def test_lines_keep_case_and_spaces() -> None:
    head = b"POST /v1/embeddings HTTP/1.1\r\nhOST: 127.0.0.1:9\r\naccept:  application/json\r\nX-A: b"
    assert lines_of(head, "127.0.0.1:9") == [
        "POST {path} HTTP/1.1",
        "hOST: {host}",
        "accept:  application/json",
        "X-A: b",
    ]


@pytest.mark.parametrize(
    ("framing", "body", "interim"),
    [
        ("Content-Length: 4", b"body", b""),
        ("Transfer-Encoding: chunked", b"4\r\nbody\r\n0\r\n\r\n", b""),
        ("Content-Length: 4\r\nExpect: 100-continue", b"body", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
)
def test_the_server_reads_bodies_of_all_kinds(framing: str, body: bytes, interim: bytes) -> None:
    head = f"POST / HTTP/1.1\r\n{framing}".encode()
    with recording() as wire:
        host, port = wire.address.split(":")
        with socket.create_connection((host, int(port)), timeout=10) as client:
            client.sendall(head + b"\r\n\r\n" + body)
            response = b"".join(iter(lambda: client.recv(4096), b""))
        assert wire.take() == [head]
    assert response.startswith(interim + b"HTTP/1.1 200")


def test_the_file_has_the_request_of_each_stack() -> None:
    stacks = load_stacks()
    assert [stack.label for stack in stacks] == list(load_entries()) == list(load_client_requests())
    entries = load_entries()
    for stack in stacks:
        own = entries[stack.label]
        assert (own["names"], own["link"], own["about"]) == (stack.names, stack.link, stack.about)


def test_each_stack_has_a_program() -> None:
    clients = {client.name: client for client in load_clients()}
    for stack in load_stacks():
        if stack.client:
            assert stack.client in clients
            continue
        names = [word for word in stack.command if word.startswith(("call_", "Call"))]
        assert all((PROGRAMS / name).is_file() for name in names)
        assert stack.version or pinned_version(stack.package, stack.environment)
