"""RFC 9535 JSONPath: the locations that a query selects in a document."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from conformance.contract.openapi.limits import MAX_QUERY

from . import regular_expression
from .metering import Meter

Location = tuple[str | int, ...]
"""The member names and array indices from the root to one value."""

SEARCHED = 10
"""Characters that are searched in one step."""


class QueryError(ValueError):
    """A text that is not an RFC 9535 query, or a query that cannot be evaluated; the message gives the reason."""


def check_query(query: str) -> None:
    """Raise QueryError if `query` is not a JSONPath query of RFC 9535, or too long."""
    _queries().check(query)


@cache
def _queries() -> Queries:
    """Queries that are only checked. jsonpath takes 10 ms to prepare each environment."""
    return Queries(Meter())


class Queries:
    """Evaluates queries. A `meter` counts the characters that `match` and `search` read."""

    def __init__(self, meter: Meter) -> None:
        from jsonpath import JSONPathEnvironment

        self._meter = meter
        # A filter keeps the result of a query inside it that begins at the root. That is valid because each selection
        # compiles its query, and the document changes only between two selections.
        self._environment = JSONPathEnvironment(strict=True, filter_caching=True)
        for name, test in (
            ("match", regular_expression.match_pattern),
            ("search", regular_expression.search_pattern),
        ):
            self._environment.function_extensions[name] = self._function(test)

    def check(self, query: str) -> Any:
        """Return the compiled query. Raises QueryError."""
        from jsonpath import JSONPathError

        if len(query) > MAX_QUERY:
            raise QueryError(f"a query of {len(query):,} characters; use at most {MAX_QUERY:,}")
        try:
            return self._environment.compile(query)
        except JSONPathError as problem:
            raise QueryError(problem.args[0]) from None
        except RecursionError:
            raise QueryError("too many parentheses or operators inside one another") from None

    def select(self, document: Any, query: str) -> list[Location]:
        """Return the locations that a query selects, in the order of the query, without duplicates.

        Raises QueryError; TooManySteps if the `document` counts the visits of its values.
        """
        from jsonpath import JSONPathError

        compiled = self.check(query)
        self._meter.begin_query(query)
        try:
            return list(dict.fromkeys(match.parts for match in compiled.finditer(document)))
        except JSONPathError as problem:
            raise QueryError(problem.args[0]) from None
        except regular_expression.UnsupportedExpression as problem:
            raise QueryError(str(problem)) from None
        except RecursionError:
            raise QueryError("too many parentheses or operators inside one another") from None

    def _function(self, test: Callable[[str, str], bool]) -> Any:
        """The function `match` or `search` of RFC 9535 with the regular expressions of `test`."""
        from jsonpath.function_extensions import ExpressionType, FilterFunction

        meter = self._meter

        class Function(FilterFunction):
            arg_types = [ExpressionType.VALUE, ExpressionType.VALUE]  # noqa: RUF012 - the same form as in jsonpath
            return_type = ExpressionType.LOGICAL

            def __call__(self, value: object, pattern: object) -> bool:
                if not isinstance(value, str) or not isinstance(pattern, str):
                    return False
                meter.take(len(value) // SEARCHED)
                return test(pattern, value)

        return Function()
