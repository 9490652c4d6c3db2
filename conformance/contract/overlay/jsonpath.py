"""RFC 9535 JSONPath: which places of a document a query selects."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

Location = tuple[str | int, ...]
"""The member names and array indices that lead from the root to one value."""


class QueryError(ValueError):
    """A text that is no RFC 9535 query, or one that cannot be evaluated; the sentence says why."""


def check_query(query: str) -> None:
    """Raises QueryError when `query` is no JSONPath query of RFC 9535."""
    _compiled(query)


def select(document: Any, query: str) -> list[Location]:
    """The places that a query selects, in the order of the query, each place once.

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

    # Filters are evaluated anew each time: the actions of an overlay change the document in between.
    environment = JSONPathEnvironment(strict=True, filter_caching=False)
    try:
        return environment.compile(query)
    except JSONPathError as problem:
        raise QueryError(problem.args[0]) from None
