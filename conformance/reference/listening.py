"""Listen on an address of this machine."""

from __future__ import annotations

import socket
from ipaddress import ip_address

from conformance.errors import UsageError


class CannotListen(UsageError):
    """An address is in use, or is not an address of this machine."""

    def __init__(self, host: str, port: int, reason: str) -> None:
        fix = "stop the process that uses it, or choose another address of this machine"
        super().__init__(f"cannot listen on {url_authority(host, port)}: {reason}; {fix}")


def listening_socket(host: str, port: int) -> socket.socket:
    """A socket that listens on *port* of *host*, on any free port for 0. Raises CannotListen.

    The protocol is named because asyncio sets TCP_NODELAY only on such sockets. Without it, a response in two writes
    waits 40 ms for the client's acknowledgement.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # old connections may linger
            listener.bind((host, port))
            listener.listen()
        except BaseException:
            listener.close()
            raise
    except (OSError, OverflowError, UnicodeError) as error:
        raise CannotListen(host, port, getattr(error, "strerror", None) or str(error)) from None
    return listener


def free_port(host: str, port: int) -> int:
    """The *port* of *host*, or a free one for 0. Raises CannotListen if it is in use."""
    with listening_socket(host, port) as listener:
        return int(listener.getsockname()[1])


def is_loopback(host: str) -> bool:
    """Whether only this machine can connect to a server that listens on *host*. False if its address is unknown."""
    if not host:  # all addresses of this machine
        return False
    try:
        addresses = {str(entry[4][0]).partition("%")[0] for entry in socket.getaddrinfo(host, None)}
    except (OSError, UnicodeError):
        return False
    return all(ip_address(address).is_loopback for address in addresses)


def url_authority(host: str, port: int) -> str:
    """``HOST:PORT`` as in a URL, with an IPv6 address in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
