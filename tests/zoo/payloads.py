"""Facts about payloads, and the contract and credentials of the zoo's servers."""

from __future__ import annotations

from conformance.contract import Contract
from conformance.reference import default_credentials
from tests.faulty_servers.messages import Payload

CONTRACT = Contract.load()
CREDENTIALS = default_credentials(CONTRACT)


def is_batch(payload: Payload) -> bool:
    """Whether *payload* has an array of texts, each as a string or as tokens."""
    value = payload.get("input")
    return isinstance(value, list) and bool(value) and isinstance(value[0], str | list)


def is_tokens(payload: Payload) -> bool:
    """Whether *payload* has tokens, of one text or of several."""
    value = payload.get("input")
    return isinstance(value, list) and bool(value) and not isinstance(value[0], str)
