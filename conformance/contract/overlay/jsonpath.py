"""RFC 9535 JSONPath: the locations that a query selects in a document."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

Location = tuple[str | int, ...]
"""The member names and array indices from the root to one value."""


class QueryError(ValueError):
    """A text that is not an RFC 9535 query, or a query that cannot be evaluated; the message gives the reason."""


def check_query(query: str) -> None:
    """Raise QueryError if `query` is not a JSONPath query of RFC 9535."""
    _compiled(query)


def select(document: Any, query: str) -> list[Location]:
    """Return the locations that a query selects, in the order of the query, without duplicates.

    Raises QueryError.
    """
    from jsonpath import JSONPathError

    try:
        return list(dict.fromkeys(match.parts for match in _compiled(query).finditer(document)))
    except JSONPathError as problem:
        raise QueryError(problem.args[0]) from None


@lru_cache(maxsize=256)
def _compiled(query: str) -> Any:
    from jsonpath import JSONPathEnvironment, JSONPathError

    # No caching of filters: the actions of an overlay change the document between two queries.
    environment = JSONPathEnvironment(strict=True, filter_caching=False)
    try:
        return environment.compile(query)
    except JSONPathError as problem:
        raise QueryError(problem.args[0]) from None
