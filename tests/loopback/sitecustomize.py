"""On PYTHONPATH, this keeps a Python process on loopback, from its very start.

- A connection to a host and port of LOOPBACK_REROUTE (JSON: `{"host:port": "127.0.0.1:port"}`) goes there instead.
- What would leave loopback (connections, datagrams, names that are looked up) fails, and is noted in the file that
  LOOPBACK_ESCAPES_LOG names, because the program may swallow the error.

It sees what goes through Python's own sockets; an extension module that opens sockets by itself is not seen.
"""

from __future__ import annotations

import errno
import ipaddress
import json
import os
import socket
import sys
from pathlib import Path
from typing import Any

NAMES = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}
ADDRESSES = {"socket.connect", "socket.sendto", "socket.sendmsg"}

_escapes = Path(os.environ["LOOPBACK_ESCAPES_LOG"])
_reroute: dict[str, str] = json.loads(os.environ.get("LOOPBACK_REROUTE", "{}"))
_getaddrinfo = socket.getaddrinfo


def _text(host: Any) -> str:
    return host.decode() if isinstance(host, bytes) else str(host)


def _is_loopback(host: Any) -> bool:
    if host in (None, "", b"", "localhost", b"localhost"):
        return True
    try:
        return ipaddress.ip_address(_text(host)).is_loopback
    except ValueError:
        return False


def _rerouted(host: Any, port: Any, *arguments: Any, **options: Any) -> Any:
    target = _reroute.get(f"{_text(host)}:{_text(port)}")
    if target is not None:
        host, _, number = target.rpartition(":")
        port = int(number)
    return _getaddrinfo(host, port, *arguments, **options)


def _guard(event: str, arguments: tuple[Any, ...]) -> None:
    if event in NAMES:
        host = arguments[0]
    elif event in ADDRESSES:
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else address
    else:
        return
    if not _is_loopback(host):
        with _escapes.open("a", encoding="utf-8") as log:
            log.write(f"{event} {_text(host)}\n")
        raise OSError(
            errno.ENETUNREACH, f"refused, this process may only use loopback: {event} {_text(host)}"
        )


socket.getaddrinfo = _rerouted
sys.addaudithook(_guard)
