"""The folders in ``examples/servers``: each has the files to start and test one real server."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Literal

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "servers"
DESCRIPTION = "server.toml"


class UnknownExample(LookupError):
    """No example has this name; the message has the most similar one."""

    def __init__(self, name: str, known: list[str]) -> None:
        self.name, self.closest = name, get_close_matches(name, known, n=1, cutoff=0.0)
        super().__init__(
            f"unknown server {name!r}; did you mean {self.closest[0]}? Known servers: {', '.join(known)}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """The content of ``server.toml``.

    Attributes:
        folder: the folder of the file.
        install: the folder with its ``package.json`` or ``requirements.txt``, and with ``start.sh``.
        upstream: the upstream of a gateway: the ``reference`` server, or the ``mock`` upstream of the suite, which adds
            the area forwarding and accepts any token.
        ready: the path that returns 200 if the server is ready.
        ready_line: the line that it prints if it is ready, if the path returns 200 earlier.
        startup_seconds: the maximum time of its start.
        environment: variables for ``start.sh`` and for the headers of the configuration; ``{upstream}`` is replaced by
            the base URL of the upstream, ``{token}`` by its token.
        attempts: known attempts to connect outside loopback, each with the reason.
        not_tested: requirements that cannot be tested with this server, each with the reason.
    """

    folder: Path
    install: Path
    ready: str
    ready_line: str = ""
    upstream: Literal["reference", "mock"] | None = None
    startup_seconds: float = 60.0
    environment: Mapping[str, str] = field(default_factory=dict)
    attempts: Mapping[str, str] = field(default_factory=dict)
    not_tested: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name of the folder."""
        return self.folder.name

    def variables(self, upstream: str, token: str) -> dict[str, str]:
        """The environment, with the base URL of the *upstream* and its *token*; both may be empty."""
        return {
            name: value.replace("{upstream}", upstream).replace("{token}", token)
            for name, value in self.environment.items()
        }


def load(folder: Path) -> Example:
    """Load the example in *folder*. Raises TypeError for an unknown key of ``server.toml``."""
    table = tomllib.loads((folder / DESCRIPTION).read_text("utf-8"))
    keys = {key.replace("-", "_"): value for key, value in table.items()}
    return Example(**keys | {"folder": folder, "install": (folder / keys.get("install", ".")).resolve()})


def find(names: list[str], root: Path = FOLDER) -> list[Example]:
    """The examples with these *names*, or all of them, in alphabetical order. Raises UnknownExample."""
    known = sorted(file.parent.name for file in root.glob(f"*/{DESCRIPTION}"))
    for name in names:
        if name not in known:
            raise UnknownExample(name, known)
    return [load(root / name) for name in known if not names or name in names]
