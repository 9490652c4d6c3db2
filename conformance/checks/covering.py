"""Tests of choices. First, single choices that a target may reject; then, all pairs of the accepted choices."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from conformance.contract import Requirement
from conformance.engine import Check, Evidence, Probe, ProbeResult, Send, judges_all, send_concurrently
from conformance.generators.covering import Choice, Factors, Row, covering_rows, without_choices
from conformance.generators.sample_texts import sample_text
from conformance.generators.transports import can_be_sent, send_by, transport_factors

from .common_choices import cause_of, narrowing_rows
from .context import Context
from .judges import meets_expectation
from .not_sent import NotAllowed, NotSupported

REJECTED = "a 4xx for each request; a form that the server does not support may get another rejection"

NEEDS = ("http.connection.own-response", "http.connection.unread-body", "http.response.extra-bytes")
"""Requirements on connections. A target that does not meet them answers kept and pipelined requests wrongly."""

LONGER = 12
"""Words of the first of two pipelined requests."""

Make = Callable[[Row], Probe]
"""Makes the probe of a row, as it is sent in the usual way."""


@dataclass(frozen=True)
class Combinations:
    """The probes for pairs of *subjects*, which *make* understands, and of ways to send a request.

    ``rows``: what was sent, by the key of the probe. ``together``: two of the subjects, whose pairs are sent in as many
    ways as the rows for all pairs allow.
    """

    context: Context
    subjects: Factors
    make: Make
    is_allowed: Callable[[Sequence[Choice]], bool] = lambda chosen: True
    rows: dict[Hashable, Row] = field(default_factory=dict)
    together: tuple[str, str] | None = None

    @cached_property
    def transports(self) -> Factors:
        """The ways to send a request, by factor."""
        return transport_factors(self.context.contract.media_type, self.context.canary.request.path)

    @cached_property
    def alone(self) -> Mapping[Hashable, Choice]:
        """Each way that a correct target may reject, by the key of the probe that has only this one."""
        ways = (choice for choices in self.transports.values() for choice in choices)
        return {self._sent(self.context.canary, [way]).key: way for way in ways if way.value.may_be_rejected}

    @cached_property
    def probes(self) -> tuple[Probe, ...]:
        """The probes of the ways that a correct target may reject."""
        return tuple(self._sent(self.context.canary, [way]) for way in self.alone.values())

    @cached_property
    def most(self) -> int:
        """The most probes that follow."""
        return len(self._all_rows)

    @cached_property
    def most_requests(self) -> int:
        """The same with the requests before them on their connections."""
        return sum(1 + any(row[way].value.kept for way in self.transports) for row in self._all_rows)

    @cached_property
    def _longer(self) -> Probe:
        """A request that needs more time than others: a server may confuse the order of pipelined responses."""
        try:
            return self.context.input_probe("a longer text", sample_text(124, LONGER))
        except (NotAllowed, NotSupported):
            return self.context.canary

    @cached_property
    def _all_rows(self) -> list[Row]:
        return self._rows({**self.subjects, **self.transports})

    async def procedure(self, send: Send, probes: Sequence[Probe]) -> Sequence[ProbeResult]:
        """Send *probes*, and then a covering array without the ways that were rejected."""
        results = await send_concurrently(send, probes)
        rejected = self._rejected_alone(results)
        rows = (
            self._rows({**self.subjects, **without_choices(self.transports, rejected)})
            if rejected
            else self._all_rows
        )
        array = [self._probe(row) for row in rows[: self.most]]
        return [*results, *await send_concurrently(send, array)]

    def _rejected_alone(self, results: Sequence[ProbeResult]) -> list[Choice]:
        """The ways that the target did not accept alone."""
        return [
            self.alone[r.probe.key] for r in results if r.probe.key in self.alone and not r.exchange.succeeded
        ]

    def without_rejected_ways(self, results: Sequence[ProbeResult]) -> list[ProbeResult]:
        """*results* without the combinations that have a way that the target did not accept alone."""
        rejected = self._rejected_alone(results)
        return [r for r in results if not any(way in rejected for way in self._row_of(r).values())]

    def _row_of(self, result: ProbeResult) -> Row:
        return self.rows.get(result.probe.key, {})

    def may_end_so(self, result: ProbeResult) -> bool:
        """Whether a correct target may end the exchange in this way, although the request is valid.

        It may reject each way alone. What it accepts alone, it must accept together with others; but it may always
        close the connection of a client that takes long.
        """
        way = self.alone.get(result.probe.key)
        row = self._row_of(result)
        ways = [way] if way is not None else [row[factor] for factor in self.transports if factor in row]
        closed = result.exchange.was_dropped and any(one.value.may_close for one in ways)
        rejected = way is not None and result.exchange.status in way.value.honest
        return result.exchange.was_abandoned or closed or rejected

    def found(
        self, results: Sequence[ProbeResult], judge: Callable[[ProbeResult], Evidence | None]
    ) -> Iterator[Evidence]:
        """The evidence of *judge*, with the choices that the failures have in common."""
        judged = [(result, judge(result)) for result in results]
        failed = [found for _, found in judged if found is not None]
        cause = cause_of(
            self._rows_of(result for result, found in judged if found is not None),
            self._rows_of(
                result for result, found in judged if found is None and not self.may_end_so(result)
            ),
        )
        for found in failed:
            yield replace(found, pattern=cause)

    def narrowing(
        self, results: Sequence[ProbeResult], judge: Callable[[ProbeResult], Evidence | None]
    ) -> Sequence[Probe]:
        """The requests that tell which of several causes the failures have, if that is not clear."""
        judged = [(result, judge(result)) for result in results]
        failing = self._rows_of(result for result, found in judged if found is not None)
        passing = self._rows_of(r for r, found in judged if found is None and not self.may_end_so(r))
        rows = narrowing_rows(failing, passing, {**self.subjects, **self.transports})
        return [self._probe(row) for row in rows if self._are_allowed([*row.values()])]

    def rejection_check(self, requirement: Requirement) -> Check:
        """The check that each request of the array is rejected."""

        def of_rows(results: Sequence[ProbeResult]) -> list[ProbeResult]:
            return [result for result in results if result.probe.key in self.rows]

        @judges_all(REJECTED)
        def judge(results: Sequence[ProbeResult]) -> Iterable[Evidence]:
            return self.found(of_rows(results), self.unexpected)

        def narrow(results: Sequence[ProbeResult]) -> Sequence[Probe]:
            return self.narrowing(of_rows(results), self.unexpected)

        return Check(
            requirement,
            self.probes,
            judge,
            (self.context.authorized_by, *NEEDS),
            procedure=self.procedure,
            extra=self.most_requests,
            narrow=narrow,
        )

    def unexpected(self, result: ProbeResult) -> Evidence | None:
        """Evidence if a correct target would not end the exchange in this way."""
        return None if self.may_end_so(result) else meets_expectation(result)

    def _rows_of(self, results: Iterable[ProbeResult]) -> list[Row]:
        alone = {key: {way.factor: way} for key, way in self.alone.items()}
        rows = (self.rows.get(r.probe.key) or alone.get(r.probe.key) for r in results)
        return [row for row in rows if row]

    def _rows(self, factors: Factors) -> list[Row]:
        return covering_rows(factors, self._are_allowed, together=self.together, all_together=False)

    def _are_allowed(self, chosen: Sequence[Choice]) -> bool:
        ways = [choice for choice in chosen if choice.factor in self.transports]
        subjects = [choice for choice in chosen if choice.factor not in self.transports]
        return can_be_sent(*ways) and self.is_allowed(subjects)

    def _probe(self, row: Row) -> Probe:
        ways = [row[factor] for factor in self.transports]
        probe = self._sent(self.make(row), ways)
        self.rows[probe.key] = row
        return probe

    def _sent(self, probe: Probe, ways: Sequence[Choice]) -> Probe:
        """*probe* as it is sent in *ways*, on a connection that no other request uses."""
        named = [probe.description, *(way.label for way in ways if way.label)]
        request = send_by(probe.request, ways)
        earlier = self._longer if request.transport.pipelined else self.context.canary
        before = (earlier.request,) if any(way.value.kept for way in ways) else ()
        return replace(probe, description=", ".join(named), request=request, after=before)
