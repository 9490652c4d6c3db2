"""Store the data for comparing exchanges: the hash of each text with its model and options, and its vector."""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any, Final

from conformance.contract import Contract
from conformance.contract.roles import value_at
from conformance.validation.semantic_rules import count_inputs

from . import rules as ids
from .case import MAX_LABEL, Case, Finding, Notes
from .observations import Observations, Where, estimated_cosine, row_of, text_hash, vectors_differ
from .rules import Rules
from .successes import Success
from .summary import Failures, Group, Shown
from .vectors import Vectors

MISPLACED: Final = frozenset(
    {"response.count", "response.index", "response.order", "response.data.items.index.type"}
)
"""Violations after which it is not known which vector belongs to which text."""

MAX_NUMBER: Final = 2**16 - 1
"""Groups that have a number; the last one is for all further ones."""

MAX_MODELS: Final = 10_000
"""Pairs of a requested and an answered model that are counted."""

MAX_SCOPES: Final = 10_000

NOTHING: Final[frozenset[str]] = frozenset()


class Groups:
    """Numbers for the groups of exchanges, without their hours."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, str, str], int] = {}

    def number(self, group: Group) -> int:
        """The number of *group*."""
        return self._numbers.setdefault(group[:3], min(len(self._numbers), MAX_NUMBER))

    @property
    def all(self) -> list[Group]:
        """The groups in the order of their numbers."""
        return [Group(*names) for names in list(self._numbers)[: MAX_NUMBER + 1]]


class Comparing:
    """Keeps the vectors and token counts of successes in *observations*, and compares those of one exchange."""

    def __init__(self, contract: Contract, rules: Rules, notes: Notes, observations: Observations) -> None:
        self._roles, self._security, self._rules = contract.roles, contract.security, rules
        self._headers = [scheme.header.lower() for scheme in contract.security.schemes]
        roles = contract.roles
        self._not_options = {roles.texts, roles.dimensions, roles.encoding, roles.user, roles.model}
        self._notes, self._summary, self._observations = notes, notes.summary, observations
        self._scopes: dict[Any, bytes] = {}
        self.groups = Groups()

    def judge(self, case: Case, success: Success) -> frozenset[str]:
        """Keep what the *success* has. Returns the requirements that it shows by itself."""
        recorded, roles = case.recorded, self._roles
        tokens = value_at(success.value, roles.prompt_tokens) if roles.prompt_tokens else None
        if type(tokens) is not int or tokens < 0:
            tokens = None
        self._summary.tokens += tokens or 0
        self._count_model(case, success.value)
        if recorded.request is None or case.line.is_changed or not MISPLACED.isdisjoint(success.findings):
            return NOTHING
        items, texts = roles.items_of(success.value), roles.texts_of(recorded.request)
        if items is None or len(items) != count_inputs(texts):
            return NOTHING
        scope = self._scope(case)
        keys = [text_hash(scope, _item(item)) for item in _items(texts, len(items))]
        time = -1.0 if recorded.time is None else recorded.time
        place = (*case.position, time, self.groups.number(case.group), bool(case.line.cut.texts))
        if tokens is not None:
            whole = keys[0] if len(keys) == 1 else text_hash(scope, b"".join(keys))
            self._observations.add_count(whole, place, tokens)
        vectors = case.vectors
        if vectors is None or not case.has_vectors or len(vectors.matrix) != len(keys):
            return NOTHING
        return self._vectors(case, scope, keys, vectors, place)

    def _count_model(self, case: Case, value: Any) -> None:
        """Count the requested and the answered model."""
        path = self._roles.response_model
        answered = value_at(value, path) if path else None
        requested = self._roles.model_of(case.recorded.request)
        if isinstance(answered, str) and isinstance(requested, str):
            pair = requested[:MAX_LABEL], answered[:MAX_LABEL]
            if pair in self._summary.answered or len(self._summary.answered) < MAX_MODELS:
                self._summary.answered[pair] += 1

    def _vectors(
        self, case: Case, scope: bytes, keys: Sequence[bytes], vectors: Vectors, place: Where
    ) -> frozenset[str]:
        shown = NOTHING
        self._observations.add_vectors(keys, vectors, place)
        if self._roles.dimensions_of(case.recorded.request) is None:
            self._length(case, scope, vectors.matrix.shape[1])
            if self._rules.has(ids.UNIT_LENGTH):
                shown = self._rules.only(ids.UNIT_LENGTH)
                worst = max(vectors.norms, key=_distance_from_1)
                if _distance_from_1(worst) > ids.UNIT_TOLERANCE:
                    self._notes.fail(case, ids.UNIT_LENGTH, Finding("vectors of norm 1", f"{worst:.4f}"))
        if len(keys) > 1 and len({*keys}) < len(keys) and self._rules.has(ids.SAME_IN_BATCH):
            shown |= self._rules.only(ids.SAME_IN_BATCH)
            self._duplicates(case, keys, vectors)
        return shown

    def _duplicates(self, case: Case, keys: Sequence[bytes], vectors: Vectors) -> None:
        first: dict[bytes, int] = {}
        for number, key in enumerate(keys):
            before = first.setdefault(key, number)
            if before == number:
                continue
            one, other = row_of(vectors, before), row_of(vectors, number)
            if bool(vectors_differ(one, other)):
                found = f"a cosine similarity of about {estimated_cosine(one, other):.2f}"
                expected = f"the same vector for the equal inputs {before} and {number}"
                self._notes.fail(case, ids.SAME_IN_BATCH, Finding(expected, found))
                return

    def _length(self, case: Case, scope: bytes, length: int) -> None:
        """Count a response to a request that leaves the length of the vectors to the server."""
        key = scope.hex(), length
        known = self._summary.lengths.get(key)
        if known is None:
            if len(self._summary.lengths) >= MAX_SCOPES:
                return
            known = self._summary.lengths[key] = Failures()
        wanted = known.wants(case.position)
        shown = Shown(case.position, "vectors of one length", f"{length:,}") if wanted else None
        known.add(case.group, case.recorded.time, shown)

    def _scope(self, case: Case) -> bytes:
        """The hash of model, provider, credentials and options."""
        recorded, request = case.recorded, case.recorded.request
        options = (
            {name: value for name, value in request.items() if name not in self._not_options}
            if isinstance(request, dict)
            else {}
        )
        text = json.dumps(options, sort_keys=True) if options else ""
        sent = self._sent(case) if recorded.request_headers else ""
        key = (self._roles.model_of(request), recorded.provider, recorded.url, text, sent)
        try:
            return self._scopes[key]
        except KeyError:
            pass
        except TypeError:
            key = (json.dumps(key[0], sort_keys=True), *key[1:])
        found = blake2b("\0".join(map(str, key)).encode("utf-8", "surrogatepass"), digest_size=16).digest()
        if len(self._scopes) < MAX_SCOPES:
            self._scopes[key] = found
        return found

    def _sent(self, case: Case) -> str:
        """A hash of the credentials: others may select another model."""
        headers = case.recorded.request_headers or {}
        values = "\0".join(headers.get(name, "") for name in self._headers)
        return (
            blake2b(values.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
            if values.strip("\0")
            else ""
        )


def _items(texts: Any, count: int) -> Sequence[Any]:
    """The inputs in the *texts* of a request, of which it has so many."""
    if count == 1 and (not isinstance(texts, (list, tuple)) or isinstance(texts[0], int)):
        return [texts]
    found: Sequence[Any] = texts
    return found


def _item(item: Any) -> bytes:
    """The bytes of an input: those of a text, or the JSON text of another one after a byte that no text has."""
    if isinstance(item, str):
        return item.encode("utf-8", "surrogatepass")
    return b"\xff" + json.dumps(item, sort_keys=True).encode()


def _distance_from_1(norm: float) -> float:
    return abs(norm - 1)
