"""The bodies of an exchange as a report may show them: without texts and vectors, unless the user wants them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Any, Final

from conformance.contract.roles import Roles
from conformance.text import counted

WORD: Final = re.compile(r"[\w./:@-]{1,64}")
"""A string that is shown: the name of a model or of a kind of object."""

QUOTED: Final = re.compile(r"the string (?:'.*'|\".*\"|\S*\.\.\.)|(?<= )b?(?:'.*'|\".*\")$", re.DOTALL)
"""A string of a payload in the description of a violation."""

MAX_ITEMS: Final = 20
"""Items of a list that are shown."""

MAX_SHOWN: Final = 4_000
"""Characters of a body that are shown."""


def masked_request(request: Any, roles: Roles) -> str:
    """The JSON text of a *request*, with a hash for each text and for the user."""
    if isinstance(request, dict) and roles.user is not None and roles.user in request:
        request = {**request, roles.user: masked_text(str(request[roles.user]))}
    return _text(_masked(request, frozenset(texts_in(request, roles))))


def masked_response(response: Any, texts: Iterable[str] = ()) -> str:
    """The JSON text of a *response* without vectors, with a hash for each text, also of the *texts* of the request."""
    if isinstance(response, str):
        return masked_text(response)
    return _text(_masked(response, frozenset(texts)))


def whole_body(value: Any) -> str:
    """A body as it was recorded, cut to MAX_SHOWN characters."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}... ({len(text):,} characters)"


def masked_finding(found: str) -> str:
    """The description of a value, without the strings in it that may be texts."""

    def mask(match: re.Match[str]) -> str:
        words = match[0].removeprefix("the string ").strip("b'\"")
        return match[0] if WORD.fullmatch(words) else "a string"

    return QUOTED.sub(mask, found)


def masked_text(text: str) -> str:
    """What is shown instead of *text*: its length, and the beginning of its SHA-256 digest."""
    digest = sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return f"({counted(len(text), 'character')}, SHA-256 {digest})"


def texts_in(request: Any, roles: Roles) -> Iterator[str]:
    """The texts of a *request*, and all other strings except for the names of its model and its encoding."""
    waiting = [roles.texts_of(request)]
    if isinstance(request, dict):  # a further property may have a text, a name or a credential
        waiting += [value for name, value in request.items() if name not in (roles.model, roles.encoding)]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, (list, dict)):
            waiting.extend(item if isinstance(item, list) else item.values())


def _text(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}..."


def _masked(value: Any, texts: frozenset[str]) -> Any:
    if isinstance(value, str):
        return value if WORD.fullmatch(value) and value not in texts else masked_text(value)
    if isinstance(value, dict):
        return {_masked(name, texts): _masked(child, texts) for name, child in value.items()}
    if isinstance(value, list):
        if value and all(isinstance(item, (int, float)) for item in value):
            return f"({counted(len(value), 'number')})"
        more = [f"({counted(len(value) - MAX_ITEMS, 'more item')})"] if len(value) > MAX_ITEMS else []
        return [_masked_item(item, texts) for item in value[:MAX_ITEMS]] + more
    return value


def _masked_item(item: Any, texts: frozenset[str]) -> Any:
    """An item of a list; a number may be one of a vector, or a token."""
    is_number = isinstance(item, (int, float)) and not isinstance(item, bool)
    return "(a number)" if is_number else _masked(item, texts)
