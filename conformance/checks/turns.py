"""The order of the checks that run after all others."""

from __future__ import annotations

from enum import IntEnum


class Turn(IntEnum):
    """One turn comes after the other; the checks of one turn run at the same time.

    ``WHOLE_RUN``: checks about all requests, and those that need the slots of the others. ``AFTER_REJECTION``: another
    request must not come between a rejected one and the next. ``LONG_CONNECTION``: keeps one connection, which new ones
    of others would close. ``SLOW_CLIENT``: measures response times. ``DISCONNECTS``: may stop a server, which would
    block the others. ``BURST``: a server may limit the rate afterwards.
    """

    WHOLE_RUN = 1
    AFTER_REJECTION = 2
    LONG_CONNECTION = 3
    SLOW_CLIENT = 4
    DISCONNECTS = 5
    BURST = 6
