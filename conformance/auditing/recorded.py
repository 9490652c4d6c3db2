"""One recorded exchange: the parts of a record, whatever its format."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlsplit

from conformance.contract import Contract
from conformance.contract.roles import Roles

from .formats import LogFormat

MILLISECONDS: Final = 1e11
"""A time from here on is in milliseconds; and so on, by factors of 1,000."""

LATEST: Final = 253_402_300_799.0
"""The end of the year 9999, in seconds."""

GREATEST: Final = 1e30
"""Numbers from here on are no time; some of them are infinite, or too large for a float."""

OF_PARTS: Final = "texts"
"""The field of formats that do not have a request, but its parts."""


class Unread(Exception):
    """A record that cannot be judged; ``reason`` completes the sentence "a record was not judged: ..."."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


@dataclass(slots=True)
class Recorded:
    """A recorded exchange of the contract's operation.

    ``request`` is its decoded body, or None. ``response`` is the body: a JSON value, or, with ``is_text``, what was
    sent. ``status`` is None if it was not recorded. ``is_success`` and ``is_failure`` say what
    is known of the result. ``time`` is in
    seconds since 1970 in UTC. ``is_whole``: whether the request is the body that was sent, and not made of its parts.
    Headers are by names in lowercase, and None if they were not recorded.
    """

    format: LogFormat
    request: Any = None
    request_text: str | None = None
    is_whole: bool = False
    response: Any = None
    is_text: bool = False
    status: int | None = None
    is_success: bool = False
    is_failure: bool = False
    time: float | None = None
    seconds: float | None = None
    model: str = ""
    provider: str = ""
    url: str = ""
    request_headers: Mapping[str, str] | None = None
    response_headers: Mapping[str, str] | None = None

    @property
    def sent_text(self) -> bool:
        """Whether the response is the text that was sent, so that its JSON can be judged."""
        return self.is_text and self.format.is_as_sent


def read_record(record: Any, format: LogFormat, contract: Contract) -> Recorded | None:
    """The exchange in *record*; None if it is one of another operation. Raises Unread."""
    get = format.value
    found = Recorded(format, url=str(get(record, "url") or ""))
    _read_request(found, record, contract.roles)
    found.response = get(record, "response")
    found.is_text = isinstance(found.response, str)
    if found.is_text and get(record, "encoding") == "base64":
        found.response = _decoded(found.response)
    if not _is_of_operation(found, record, contract):
        return None
    _read_status(found, record, contract)
    found.time = time_of(get(record, "time"))
    found.seconds = _seconds(get(record, "seconds"), get(record, "milliseconds"))
    model = get(record, "model") or contract.roles.model_of(found.request)
    found.model = model if isinstance(model, str) else ""
    provider = get(record, "provider")
    found.provider = provider if isinstance(provider, str) else ""
    found.request_headers = _headers(get(record, "request-headers"))
    found.response_headers = _headers(get(record, "response-headers"))
    return found


def _read_request(found: Recorded, record: Any, roles: Roles) -> None:
    get, request = found.format.value, found.format.value(record, "request")
    if isinstance(request, str):
        found.request_text = request
        try:
            request = json.loads(request)
        except (ValueError, RecursionError):
            request = None if OF_PARTS not in found.format.fields else request
    if isinstance(request, (dict, list)) and roles.texts_of(request) is not None:
        found.request, found.is_whole = request, True
        return
    texts = get(record, OF_PARTS)
    if texts is None and "options" in found.format.fields:
        texts, found.request_text = request, None
    if texts is not None and roles.texts is not None and roles.texts_place is None:
        model, options = get(record, "model-property"), get(record, "options")
        found.request = _of_parts(_without_messages(texts), model, options, roles)
    elif isinstance(request, (dict, list)):
        found.request, found.is_whole = request, True


def _without_messages(texts: Any) -> Any:
    """The *texts*, which a logger may have written as messages of a chat, as LiteLLM does."""
    if isinstance(texts, list) and texts and all(isinstance(one, dict) and "content" in one for one in texts):
        contents = [one["content"] for one in texts]
        return contents[0] if len(contents) == 1 else contents
    return texts


def _of_parts(texts: Any, model: Any, options: Any, roles: Roles) -> Any:
    """A request with the *texts*, and the *options*, which may be JSON."""
    if isinstance(options, str):
        try:
            options = json.loads(options)
        except (ValueError, RecursionError):
            options = {}
    named = dict(options) if isinstance(options, dict) else {}
    if isinstance(model, str) and roles.model is not None:
        named[roles.model] = model
    return {**named, **roles.named(texts=texts)}


def _is_of_operation(found: Recorded, record: Any, contract: Contract) -> bool:
    """Whether the exchange is one of the contract's operation; without a name or path, its vectors show it."""
    format = found.format
    operation = format.value(record, "operation")
    if operation is not None and format.operations:
        return operation in format.operations
    method = format.value(record, "method")
    if isinstance(method, str) and method.upper() != contract.method.upper():
        return False
    if found.url and _is_path(found.url, contract):
        return True
    return has_vectors(found.response, contract.roles)


def has_vectors(response: Any, roles: Roles) -> bool:
    """Whether a *response*, a JSON value or its text, has vectors where the contract has them."""
    if isinstance(response, str):
        try:
            response = json.loads(response)
        except (ValueError, RecursionError):
            return False
    items = roles.items_of(response)
    return bool(items) and isinstance(roles.vector_of(items[0]), (list, str)) if items else False


@lru_cache(maxsize=1_000)
def _is_path(url: str, contract: Contract) -> bool:
    """Whether *url* has the path of the contract's operation."""
    try:
        path = urlsplit(url).path
    except ValueError:
        return False
    return contract.is_path_of(path.removesuffix("/"))


def _read_status(found: Recorded, record: Any, contract: Contract) -> None:
    """Read the status; without one, a value of ``ok`` or vectors in the response show a success."""
    format = found.format
    status, ok = format.value(record, "status"), format.value(record, "ok")
    try:
        found.status = (
            int(status) if isinstance(status, (int, str)) and not isinstance(status, bool) else None
        )
    except ValueError:
        found.status = None
    if found.status is None and ok is not None and any(ok == one for one in format.ok_values):
        found.status = min(contract.success)
    if found.status is not None:
        found.is_success = found.status in contract.success
    elif ok is not None:
        found.is_failure = True
    else:
        found.is_success = has_vectors(found.response, contract.roles)


def _decoded(text: str) -> str:
    """The text of a response that was recorded in base64. Raises Unread."""
    try:
        return base64.b64decode(text, validate=True).decode("utf-8", "surrogateescape")
    except ValueError:
        raise Unread("its response is declared as base64, but is not") from None


def time_of(value: Any) -> float | None:
    """The time in a log, in seconds since 1970 in UTC; None if it cannot be read. Without a zone, it is UTC."""
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            try:
                value = float(value)
            except ValueError:
                return None
        else:
            value = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
            return value if 0 < value < LATEST else None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    if not 0 < value < GREATEST:
        return None
    seconds = float(value)
    while seconds > MILLISECONDS:
        seconds /= 1_000
    return seconds if 0 < seconds < LATEST else None


def _seconds(seconds: Any, milliseconds: Any) -> float | None:
    for value, unit in ((seconds, 1.0), (milliseconds, 1e-3)):
        if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < GREATEST:
            return float(value) * unit
    return None


def _headers(value: Any) -> Mapping[str, str] | None:
    if isinstance(value, dict):
        return {name.lower(): text for name, text in value.items() if isinstance(text, str)}
    if isinstance(value, list):
        pairs = [item for item in value if isinstance(item, dict)]
        return {str(item.get("name", "")).lower(): str(item.get("value", "")) for item in pairs}
    return None
