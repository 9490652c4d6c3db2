"""Where a server of ours is to listen: ``HOST:PORT``."""

from __future__ import annotations

import re

FORM = re.compile(r"(?P<host>\[[0-9A-Fa-f:.%\w]+\]|[^\s\[\]:/@]+):(?P<port>[0-9]{1,5})", re.ASCII)
"""An IPv6 address stands in brackets (RFC 3986, section 3.2.2)."""


def host_and_port(text: str) -> tuple[str, int]:
    """The two parts of *text*, an IPv6 address without its brackets. Raises ValueError for another form."""
    found = FORM.fullmatch(text)
    if found is None or not 0 < int(found["port"]) < 2**16:
        raise ValueError(text)
    return found["host"].strip("[]"), int(found["port"])
