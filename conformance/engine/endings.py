"""The reasons why a run stops sending requests to a target that still responds."""

from __future__ import annotations


class SendingEnded(Exception):
    """No further request can be sent."""


class OverBudget(SendingEnded):
    """The budget allows no further request; retries have used up what was planned."""


class CredentialsExpired(SendingEnded):
    """The credentials have expired, and there are no new ones; the message says why."""
