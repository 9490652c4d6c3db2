"""Sockets that listen on an address of this machine, and the error for an address that is not available."""

from __future__ import annotations

import socket

import pytest

from conformance.reference.listening import (
    CannotListen,
    free_port,
    is_loopback,
    listening_socket,
    url_authority,
)


def test_a_free_port_is_found_for_0_and_can_be_used() -> None:
    port = free_port("127.0.0.1", 0)
    assert port
    assert free_port("127.0.0.1", port) == port
    with listening_socket("127.0.0.1", port) as listener:
        assert listener.getsockname() == ("127.0.0.1", port)


def test_a_port_in_use_is_an_error_with_the_fix() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotListen) as caught:
            free_port("127.0.0.1", port)
    assert caught.value.message == (
        f"cannot listen on 127.0.0.1:{port}: Address already in use;"
        " stop the process that uses it, or choose another address of this machine"
    )


@pytest.mark.parametrize(
    ("host", "port"), [("127.0.0.1", 99999), ("192.0.2.1", 0), ("no-such-host.invalid", 0), ("x" * 70, 0)]
)
def test_an_address_that_is_not_of_this_machine_is_an_error(host: str, port: int) -> None:
    with pytest.raises(CannotListen, match=r"^cannot listen on "):
        listening_socket(host, port)


def test_an_ipv6_address_has_brackets() -> None:
    assert url_authority("::1", 80) == "[::1]:80"
    assert url_authority("127.0.0.1", 80) == "127.0.0.1:80"


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_only_this_machine_reaches_a_loopback_address(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "::", "", "192.0.2.1", "fe80::1%1", "no-such-host.invalid", "x" * 70]
)
def test_other_machines_may_reach_any_other_address(host: str) -> None:
    assert not is_loopback(host)
