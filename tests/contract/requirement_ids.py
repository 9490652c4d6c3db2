"""The recorded ids of all shipped profiles. ``tox -e refresh -- ids`` writes the current ones."""

from __future__ import annotations

from pathlib import Path

from conformance.contract import Contract
from conformance.contract.spec_files import profile_overlays

FILE = Path(__file__).with_name("requirement-ids.txt")


def current_ids() -> set[str]:
    """The ids of the catalogue under each shipped profile."""
    return {id for profile in profile_overlays() for id in Contract.load(profile=profile).catalogue}


def recorded_ids() -> list[str]:
    """The ids in the file, in its order."""
    return FILE.read_text("utf-8").splitlines()


def write_ids() -> None:
    """Write the current ids into the file."""
    FILE.write_text("".join(f"{id}\n" for id in sorted(current_ids())), "utf-8")
