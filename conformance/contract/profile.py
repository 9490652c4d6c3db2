"""Profiles: overlays that adapt the contract to a group of similar servers, with levels for requirements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .errors import UnknownProfile, closest_name
from .openapi.fields import Field
from .openapi.source_file import SourceFile, read_file
from .overlay.document import Overlay, read_overlay
from .requirements.requirement import LEVELS
from .roles import known_roles
from .spec_files import profile_overlays

_EXTENSION = "x-conformance"
MEMBERS = ("name", "description", "levels", "roles")
_SUFFIXES = (".yaml", ".yml", ".json")


@dataclass(frozen=True, slots=True)
class ProfileLevel:
    """A level that a profile changes.

    `requirement` is an id or a glob (`fnmatch`), `level` one of `LEVELS`, `reason` a sentence.
    """

    requirement: str
    level: str
    reason: str


@dataclass(frozen=True, slots=True)
class Profile:
    """A profile: its overlay, the levels that it changes, in the order of the file, and the roles that it sets.

    ``roles`` are names of properties, for a response also JSON pointers, by the name of the role; None for a role that
    no property has.
    """

    name: str
    description: str
    overlay: Overlay
    levels: tuple[ProfileLevel, ...]
    roles: Mapping[str, str | None] = field(default_factory=dict)

    @classmethod
    def load(cls, name_or_path: str | Path) -> Profile:
        """Load a shipped profile by its name, or any profile from an overlay file.

        A text with a slash, or with the suffix of a YAML or JSON file, is a path; any other text is a name.
        Raises UnknownProfile with the most similar name; UnreadableFile; InvalidFile, with file and line.
        """
        return read_profile(read_file(_locate(name_or_path)))


def read_profile(source: SourceFile) -> Profile:
    """Read the profile in a file: an overlay whose root may have an `x-conformance` object.

    Without `name` in that object, the profile has the name of its file.
    Raises InvalidFile, with file and line, for an unknown member, an unknown level or role, or a duplicate
    requirement.
    """
    overlay = read_overlay(source)
    name, description, levels = source.path.stem, overlay.description, list[ProfileLevel]()
    roles: dict[str, str | None] = {}
    if _EXTENSION in overlay.extensions:
        members = Field(source, f"/{_EXTENSION}").members(optional=MEMBERS)
        name = members["name"].text() if "name" in members else name
        description = members["description"].text() if "description" in members else description
        levels = _read_levels(members["levels"]) if "levels" in members else []
        roles = _read_roles(members["roles"]) if "roles" in members else {}
    return Profile(name, description, overlay, tuple(levels), roles)


def _read_roles(item: Field) -> dict[str, str | None]:
    members = item.members(optional=tuple(known_roles()))
    return {name: None if member.value is None else member.text() for name, member in members.items()}


def _read_levels(field: Field) -> list[ProfileLevel]:
    levels: list[ProfileLevel] = []
    known: set[str] = set()
    for item in field.items():
        members = item.members(("requirement", "level", "reason"))
        requirement = members["requirement"].text()
        if requirement in known:
            raise members["requirement"].error("each requirement once", found=f"{requirement} again")
        known.add(requirement)
        levels.append(ProfileLevel(requirement, members["level"].choice(LEVELS), members["reason"].text()))
    return levels


def _locate(name_or_path: str | Path) -> Path:
    if isinstance(name_or_path, Path) or name_or_path.endswith(_SUFFIXES) or {"/", "\\"} & {*name_or_path}:
        return Path(name_or_path)
    shipped = profile_overlays()
    if name_or_path not in shipped:
        raise UnknownProfile(name_or_path, tuple(shipped), closest_name(name_or_path, shipped))
    return shipped[name_or_path]
