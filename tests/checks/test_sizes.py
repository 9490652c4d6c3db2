"""Request bodies of growing size: limits, crashes, resets and hangs of servers behind a socket."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Sequence

import pytest

from conformance.checks.http.sizes import KIB, MIB, SIZES
from conformance.engine import Load, Outcome, Run, Settings
from conformance.http_client import open_url
from conformance.reference import BASE_PATH
from tests.faulty_servers.faults import responds
from tests.faulty_servers.messages import Request, Response, error
from tests.faulty_servers.servers import Server
from tests.hostile.reading import Reader, read_body, read_head
from tests.hostile.server import FOREVER, CloseConnection, HostileServer, Writer, head_of, write
from tests.mutants.setup import Setup
from tests.sampling import slow

CRASH, ACCEPTED, ANSWERING = "http.size.no-crash", "http.size.accepted", "state.answering"
RESET = struct.pack("ii", 1, 0)
"""SO_LINGER with a time of 0: closing a socket resets its connection."""

TOO_LARGE = error(413)


class Sized(HostileServer):
    """A correct server that does something else at a body of more than ``most`` bytes."""

    most = 100_000

    def __init__(self, reference: Server) -> None:
        super().__init__(reference)
        self.received: list[int] = []

    async def connected(self, reader: Reader, writer: Writer) -> None:
        while (head := await read_head(reader)) is not None:
            size = int(head.header("content-length") or 0)
            self.received.append(size)
            if size > self.most:
                await self.handle(head, reader, writer)
                raise CloseConnection
            await self.answer(await read_body(head, reader), writer)

    async def handle(self, head: Request, reader: Reader, writer: Writer, /) -> None:
        """Handle a large request whose body was not read."""
        raise NotImplementedError


class RejectsEarly(Sized):
    """Correct: it responds with 413 before it has read the body, and closes the connection."""

    async def handle(self, _head: Request, _reader: Reader, writer: Writer) -> None:
        await respond(writer, TOO_LARGE)


class RejectsAndResets(Sized):
    """Correct: as before, and the connection is reset, so that a client may lose the response."""

    most = 2 * MIB

    async def handle(self, _head: Request, _reader: Reader, writer: Writer) -> None:
        await respond(writer, TOO_LARGE)
        reset(writer)


class ResetsUnlessAsked(Sized):
    """Correct: only a client that waits with the body gets the 413; the others lose it."""

    most = 2 * MIB

    async def handle(self, head: Request, _reader: Reader, writer: Writer) -> None:
        if head.header("expect"):
            await respond(writer, TOO_LARGE)
        reset(writer)


class ResetsUnlessAskedEarly(ResetsUnlessAsked):
    """As before, with a small limit."""

    most = 100_000


class Resets(Sized):
    """The connection is reset at a large body."""

    async def handle(self, _head: Request, reader: Reader, writer: Writer) -> None:
        await reader.read(10_000)
        reset(writer)


class ResetsAtFewBytes(ResetsUnlessAsked):
    """A limit of 10,000 bytes. A client that sends a little more does not lose a response because of its body."""

    most = 10_000


class RejectsExpect(Resets):
    """As Resets; a client that waits with the body gets a 417."""

    async def handle(self, head: Request, reader: Reader, writer: Writer) -> None:
        if head.header("expect"):
            await respond(writer, error(417))
        await super().handle(head, reader, writer)


class Hangs(Sized):
    """A large body with much whitespace gets no response."""

    most = 300_000

    async def handle(self, head: Request, reader: Reader, writer: Writer) -> None:
        request = await read_body(head, reader)
        await asyncio.sleep(FOREVER if request.body.count(b" ") > 1000 else 0)
        await self.answer(request.with_header("connection", "close"), writer)


class Slow(Sized):
    """Correct: it takes its time for a large body."""

    most = 200_000

    async def handle(self, head: Request, reader: Reader, writer: Writer) -> None:
        request = await read_body(head, reader)
        await asyncio.sleep(0.3)
        await self.answer(request.with_header("connection", "close"), writer)


async def respond(writer: Writer, response: Response) -> None:
    await write(writer, head_of(response, more=(b"connection: close",)) + response.body)


def reset(writer: Writer) -> None:
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    raise CloseConnection


def run(small: Setup, server: type[Sized], *more: str, timeout: float = 20.0) -> dict[str, Outcome]:
    return asyncio.run(_run(small, server(small.correct), (CRASH, ACCEPTED, *more), timeout))


async def _run(small: Setup, server: Sized, selected: Sequence[str], timeout: float) -> dict[str, Outcome]:
    await server.listen()
    target = open_url(f"http://127.0.0.1:{server.port}{BASE_PATH}", timeout=timeout)
    try:
        outcomes = (await Run(small.suite(), target, Settings(Load()), selected=selected).execute()).outcomes
    finally:
        server.stop_listening()
    return {id: outcomes[id] for id in selected}


@pytest.mark.parametrize(
    ("server", "crash", "accepted"),
    [
        slow(RejectsEarly, "pass", "fail"),
        (RejectsAndResets, "pass", "pass"),
        slow(ResetsUnlessAsked, "pass", "pass"),
        slow(ResetsUnlessAskedEarly, "pass", "fail"),
        (Resets, "fail", "pass"),
        (ResetsAtFewBytes, "fail", "pass"),
        (RejectsExpect, "pass", "pass"),
    ],
)
def test_a_reset_is_a_crash_unless_the_target_rejects_the_head(
    server: type[Sized], crash: str, accepted: str, small: Setup
) -> None:
    found = run(small, server)
    assert (found[CRASH].verdict, found[ACCEPTED].verdict) == (crash, accepted), found
    if crash == "fail":
        assert "crashed" in found[CRASH].reason


def test_a_hang_fails_the_requirement_on_answers(small: Setup) -> None:
    found = run(small, Hangs, ANSWERING, timeout=2.0)
    assert found[ANSWERING].verdict == "fail"
    assert "1 MiB with whitespace" in found[ANSWERING].evidence[0].probe
    assert found[CRASH].blocked_by == ANSWERING


def test_no_larger_body_is_sent_after_a_slow_exchange(small: Setup, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.checks.http.sizes.SLOW", 0.25)
    server = Slow(small.correct)
    found = asyncio.run(_run(small, server, (CRASH,), 20.0))
    assert found[CRASH].verdict == "pass"
    assert max(server.received) == MIB
    assert MIB not in [size for size in server.received if size == SIZES[-1]]


@pytest.mark.parametrize("limit", [MIB, 2 * MIB])
def test_a_limit_of_at_least_one_mebibyte_passes(limit: int, small: Setup) -> None:
    fault = responds(lambda request: len(request.body) > limit, error(413))
    outcomes = small.run(fault, selected=[CRASH, ACCEPTED]).outcomes
    assert (outcomes[CRASH].verdict, outcomes[ACCEPTED].verdict) == ("pass", "pass")


def test_the_evidence_for_a_small_limit_is_the_smallest_rejected_body(small: Setup) -> None:
    fault = responds(lambda request: len(request.body) > 20 * KIB, error(400))
    evidence = small.run(fault, selected=[ACCEPTED]).outcomes[ACCEPTED].evidence
    assert [one.probe for one in evidence] == [
        *(f"a body of {size} with whitespace" for size in ("64 KiB", "256 KiB", "1 MiB")),
        "a batch of 70 texts of about 1,000 bytes",
    ]


def test_each_body_has_its_size_and_is_valid(small: Setup) -> None:
    checks = small.suite().checks
    bodies = [probe.request.body for probe in checks[CRASH].probes]
    sizes = [len(body) for body in bodies if isinstance(body, bytes)]
    assert sizes[: len(SIZES)] == [*SIZES]
    assert all(min(abs(size - wanted) for wanted in SIZES) < 6 for size in sizes[len(SIZES) + 2 :])
    assert {*checks[ACCEPTED].probes} < {*checks[CRASH].probes}
    assert all(isinstance(probe.payload, dict) for probe in checks[CRASH].probes)
