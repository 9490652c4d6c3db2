"""The folders under ``examples/servers``: one for each real server, with all that it takes to start and test it."""

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
    """No example has this name; the sentence proposes the closest that exists."""

    def __init__(self, name: str, known: list[str]) -> None:
        self.name, self.closest = name, get_close_matches(name, known, n=1, cutoff=0.0)
        super().__init__(
            f"expected one of {', '.join(known)}; found {name!r}; did you mean {self.closest[0]}?"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """What ``server.toml`` says of a server.

    Attributes:
        folder: where it says so.
        install: the folder with its ``package.json`` or ``requirements.txt``, and with ``start.sh``.
        upstream: what is behind a server that hands requests on: the ``reference`` server, or the one that the suite
            itself ``played``, which adds the area forwarding and takes any token.
        ready: the path that answers 200 once it is ready.
        ready_line: what it prints when it is, if the path answers before.
        startup_seconds: how long that may take.
        environment: variables for ``start.sh`` and for the headers of the configuration; ``{upstream}`` (a base URL)
            and ``{token}`` stand for those of the upstream.
        attempts: what it tries of the network beyond loopback, each with the reason.
        not_tested: requirements that cannot be tested here, each with the reason.
    """

    folder: Path
    install: Path
    ready: str
    ready_line: str = ""
    upstream: Literal["reference", "played"] | None = None
    startup_seconds: float = 60.0
    environment: Mapping[str, str] = field(default_factory=dict)
    attempts: Mapping[str, str] = field(default_factory=dict)
    not_tested: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name of the folder."""
        return self.folder.name

    def variables(self, upstream: str, token: str) -> dict[str, str]:
        """The environment, with the base URL of the *upstream* and its *token* filled in; both may be empty."""
        return {
            name: value.replace("{upstream}", upstream).replace("{token}", token)
            for name, value in self.environment.items()
        }


def load(folder: Path) -> Example:
    """The example in *folder*. Raises TypeError for a key that ``server.toml`` does not have."""
    table = tomllib.loads((folder / DESCRIPTION).read_text("utf-8"))
    keys = {key.replace("-", "_"): value for key, value in table.items()}
    return Example(**keys | {"folder": folder, "install": (folder / keys.get("install", ".")).resolve()})


def find(names: list[str], root: Path = FOLDER) -> list[Example]:
    """The examples called *names*, or all, in order of their names. Raises UnknownExample."""
    known = sorted(file.parent.name for file in root.glob(f"*/{DESCRIPTION}"))
    for name in names:
        if name not in known:
            raise UnknownExample(name, known)
    return [load(root / name) for name in known if not names or name in names]
