"""How an option is declared: its name in each front end, the kind of its value, and what it is for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, TypedDict, TypeVar, Unpack, overload

from .values import Kind

T = TypeVar("T")
Prefix = Literal["target", "conformance", ""]


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One option: ``--PREFIX-NAME`` for pytest, ``--NAME`` for the command, ``NAME`` in a configuration file.

    prefix: empty for an option that pytest already has.
    key: the attribute of ``Configuration``, and the keyword of ``check()``.
    default: the value of an option that is not given.
    confidential: the value may hold a credential, so that no message repeats it.
    of_target: the value describes one target; it does not apply to another one.
    output_only: it changes what is written or printed, not what is sent.
    """

    prefix: Prefix
    key: str = ""
    kind: Kind[Any]
    metavar: str
    help: str
    default: Any
    confidential: bool = False
    of_target: bool = False
    output_only: bool = False

    @property
    def name(self) -> str:
        """The option as the command and the configuration file know it."""
        return self.key.replace("_", "-")

    @property
    def flag(self) -> str:
        """The option as pytest knows it."""
        return f"--{self.prefix}-{self.name}" if self.prefix else f"--{self.name}"

    @property
    def argument(self) -> dict[str, Any]:
        """The option's settings for ``argparse``, which gives None for an option that is not given."""
        settings = {"dest": self.key, "help": self.help, "default": None}
        match self.kind.takes:
            case "nothing":
                return {**settings, "action": "store_true"}
            case "values":
                return {**settings, "action": "append", "metavar": self.metavar}
        return {**settings, "metavar": self.metavar}


class Purpose(TypedDict, total=False):
    """What an option is for, as in ``Option``."""

    confidential: bool
    of_target: bool
    output_only: bool


@overload
def option(
    prefix: Prefix, kind: Kind[T], metavar: str, help: str, *, default: T, **purpose: Unpack[Purpose]
) -> T: ...
@overload
def option(
    prefix: Prefix, kind: Kind[T], metavar: str, help: str, **purpose: Unpack[Purpose]
) -> T | None: ...
def option(
    prefix: Prefix,
    kind: Kind[Any],
    metavar: str,
    help: str,
    *,
    default: Any = None,
    **purpose: Unpack[Purpose],
) -> Any:
    """An attribute of ``Configuration`` that is an option. The parameters are attributes of ``Option``."""
    made = Option(prefix=prefix, kind=kind, metavar=metavar, help=help, default=default, **purpose)
    return field(default=default, repr=not made.confidential, metadata={"option": made})
