"""The shipped profiles."""

from __future__ import annotations

from conformance.contract.profile import Profile
from conformance.contract.spec_files import profile_overlays

from .markdown import code, plain, rows


def table() -> str:
    """The name and the description of each profile."""
    return rows(
        ["profile", "for"],
        [[code(name), plain(Profile.load(name).description)] for name in profile_overlays()],
    )
