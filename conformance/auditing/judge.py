"""Judge one recorded exchange by every requirement that one exchange can show."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Final, NamedTuple

import numpy as np

from conformance.checks.error_body import ErrorBody
from conformance.checks.response.validity import MEDIA_TYPE
from conformance.contract import Contract
from conformance.contract.roles import value_at
from conformance.http_client import Response
from conformance.text import clip
from conformance.validation import MISSING, Parsed, validate_request
from conformance.validation.quick_response import response_test
from conformance.validation.response import violations_in
from conformance.validation.semantic_rules import count_inputs, semantic_findings
from conformance.validation.strict_json import parse, parse_fast

from . import rules as ids
from .masking import masked_finding, masked_request, masked_response, masked_text, texts_in, whole
from .observations import Observations, Rows, Where, differ, hashed, norms_of, similarity
from .recorded import Recorded, Unread
from .rules import Rules
from .summary import Failures, Group, Position, Shown, Summary
from .vectors import Cut, Matrix

MAX_LABEL: Final = 100
"""Characters of the name of a model or a provider."""

MAX_NUMBER: Final = 2**16 - 1

REJECTING: Final = frozenset({400, 413, 415, 422})
"""Statuses that say that a request is invalid."""

OVERLOADED: Final = frozenset({408, 429})
"""Rejections that say nothing about the request; other parts of a network send them too."""

MISPLACED: Final = frozenset(
    {"response.count", "response.index", "response.order", "response.data.items.index.type"}
)
"""Violations after which it is not known which vector belongs to which text."""

CUT_BODY: Final = "its body ends early; the logger may have cut it"
CHANGED_BODY: Final = "the logger has redacted or cut its body"
NO_STATUS: Final = "it has neither a status nor a response with vectors"


class Finding(NamedTuple):
    """What was expected and found."""

    expected: str
    found: str


@dataclass(frozen=True)
class Line:
    """A record: its bytes, its vectors, which are cut out of it, and whether the logger replaced a part of it."""

    text: bytes
    cut: Cut
    is_changed: bool


class Groups:
    """Numbers for the groups of exchanges, without their hours. The last number is for all further ones."""

    def __init__(self) -> None:
        self._numbers: dict[Group, int] = {}

    def number(self, group: Group) -> int:
        """The number of *group*."""
        return self._numbers.setdefault(group._replace(hour=""), min(len(self._numbers), MAX_NUMBER))

    @property
    def all(self) -> list[Group]:
        """The groups in the order of their numbers."""
        return list(self._numbers)[: MAX_NUMBER + 1]


class Judge:
    """Judges exchanges, and counts them in a summary. *show_texts*: whether evidence may have texts and vectors."""

    def __init__(self, contract: Contract, *, show_texts: bool = False) -> None:
        self._contract, self._roles, self._rules = contract, contract.roles, Rules(contract)
        self._quick, self._show = response_test(contract), show_texts
        self._models = contract.known_models
        self.groups = Groups()
        self.summary, self.observations = Summary(), Observations()

    def judge(self, recorded: Recorded, line: Line, position: Position, file: int) -> None:
        """Judge one exchange, which the line at *position* of the file with that number has. Raises Unread."""
        is_known = recorded.status is not None or recorded.is_success or recorded.is_failure
        if not is_known and recorded.response is not None:
            raise Unread(NO_STATUS)
        group = self._group(recorded)
        exchange = _Exchange(self, recorded, line, position, group, file)
        exchange.judge()
        self.summary.add_exchange(group, recorded.time)

    def _group(self, recorded: Recorded) -> Group:
        status = "" if recorded.status is None else str(recorded.status)
        hour = "" if recorded.time is None else _hour(int(recorded.time // 3600))
        return Group(clip(recorded.model[:MAX_LABEL]), clip(recorded.provider[:MAX_LABEL]), status, hour)


class _Exchange:
    """The judgement of one exchange."""

    def __init__(
        self, judge: Judge, recorded: Recorded, line: Line, position: Position, group: Group, file: int
    ) -> None:
        self._contract, self._roles, self._rules = judge._contract, judge._roles, judge._rules
        self._quick, self._show, self._models = judge._quick, judge._show, judge._models
        self._groups = judge.groups
        self._matrix: Matrix | None = None
        self._is_read = False
        self._summary, self._observations = judge.summary, judge.observations
        self._recorded, self._line, self._position, self._group, self._file = (
            recorded,
            line,
            position,
            group,
            file,
        )

    def judge(self) -> None:
        recorded = self._recorded
        success: tuple[Any, frozenset[str], dict[str, Finding]] | None = None
        if recorded.is_success and recorded.response is not None:
            success = self._judge_success()
        shown: set[str] = set()
        if success is not None:
            value, seen, findings = success
            shown |= seen
            for id, reported in self._rules.failing(seen, findings):
                self._fail(id, findings[reported])
            shown |= self._across(value, findings)
        shown |= self._media_type()
        shown |= self._request()
        if recorded.status is not None and recorded.status >= 400:
            shown |= self._error(recorded.status)
        self._credentials()
        self._summary.tested[frozenset(shown)] += 1

    # A success

    def _judge_success(self) -> tuple[Any, frozenset[str], dict[str, Finding]] | None:
        """The body, what it shows, and its violations. A body without any has stand-ins for its vectors.

        Raises Unread if the logger has changed the body.
        """
        recorded = self._recorded
        value = recorded.response
        if recorded.is_text:
            fast = parse_fast(value.encode("utf-8", "surrogateescape"))
            value = MISSING if fast is None else fast.value
        if value is not MISSING and self._is_valid(value):
            return value, self._shown(value), {}
        parsed = self._parsed()
        request = recorded.request if isinstance(recorded.request, dict) else None
        violations = violations_in(parsed, request, self._contract)
        if violations and self._line.is_changed:
            raise Unread(CHANGED_BODY)
        findings: dict[str, Finding] = {}
        for one in violations:
            findings.setdefault(one.requirement, Finding(one.expectation, one.found))
        return parsed.value, self._shown(parsed.value), findings

    def _shown(self, value: Any) -> frozenset[str]:
        recorded = self._recorded
        return self._rules.shown_by(
            value, recorded.request, as_sent=recorded.sent_text, is_whole=recorded.is_whole
        )

    def _is_valid(self, value: Any) -> bool:
        """Whether a *value* with stand-ins for its vectors certainly has no violation."""
        cut, matrix, request = self._line.cut, self.matrix, self._recorded.request
        if matrix is None or not self._quick(value):
            return False

        def lengths_of(values: Sequence[Any]) -> list[int | None]:
            right = values == [cut.stand_in] * cut.number
            return [matrix.shape[1]] * len(values) if right else [0] * max(1, len(values))

        sent = request if isinstance(request, dict) else None
        default = self._contract.default_encoding
        return not any(semantic_findings(value, sent, default, self._models, self._roles, lengths_of))

    @property
    def matrix(self) -> Matrix | None:
        """The vectors of the line; None if one may not be a vector."""
        if not self._is_read:
            self._is_read = True
            self._matrix = self._line.cut.matrix() if self._line.cut.number else None
        return self._matrix

    def _parsed(self) -> Parsed:
        """The whole body, with its problems as JSON. Raises Unread for one that ends early."""
        recorded = self._recorded
        record = _value(self._line.text) if self._line.cut.number else None
        body = recorded.response if record is None else recorded.format.value(record, "response")
        if not recorded.is_text:
            return Parsed(body)
        text = body.encode("utf-8", "surrogateescape")
        parsed = parse(text)
        if parsed.value is MISSING and (not text.strip() or _ends_early(text)):
            raise Unread(CUT_BODY)
        return parsed

    # Several exchanges

    def _across(self, value: Any, findings: Mapping[str, Finding]) -> set[str]:
        """Keep what other exchanges are compared with. Returns what the vectors show by themselves."""
        recorded, roles, shown = self._recorded, self._roles, set[str]()
        items = roles.items_of(value)
        model = value_at(value, roles.response_model) if roles.response_model else None
        requested = roles.model_of(recorded.request)
        if isinstance(model, str) and isinstance(requested, str) and len(self._summary.answered) < 10_000:
            self._summary.answered[requested[:MAX_LABEL], model[:MAX_LABEL]] += 1
        tokens = value_at(value, roles.prompt_tokens) if roles.prompt_tokens else None
        if type(tokens) is int and tokens >= 0:
            self._summary.tokens += tokens
        if recorded.request is None or items is None or not MISPLACED.isdisjoint(findings):
            return shown
        if self._line.is_changed or (count := count_inputs(roles.texts_of(recorded.request))) != len(items):
            return shown
        scope, keys = self._scope_and_keys(count or 0)
        matrix = self.matrix
        time = -1.0 if recorded.time is None else recorded.time
        place = (*self._position, time, self._groups.number(self._group))
        is_text = bool(self._line.cut.texts)
        if matrix is not None and len(matrix) == count == len(keys):
            shown |= self._vectors(keys, matrix, place, is_text)
        if type(tokens) is int and tokens >= 0:
            whole_key = keys[0] if len(keys) == 1 else hashed(scope, b"".join(keys))
            self._observations.add_count(whole_key, place, is_text, tokens)
        return shown

    def _vectors(self, keys: Sequence[bytes], matrix: Matrix, place: Where, is_text: bool) -> set[str]:
        shown, length, recorded = set[str](), matrix.shape[1], self._recorded
        with_length = [hashed(length.to_bytes(4, "little"), key) for key in keys]
        norms = norms_of(matrix)
        rows = self._observations.add_vectors(with_length, matrix, norms, place, is_text)
        if self._roles.dimensions_of(recorded.request) is None:
            self._length(length)
            if self._rules.has(ids.UNIT_LENGTH):
                shown.add(ids.UNIT_LENGTH)
                worst = float(norms[np.abs(norms - 1).argmax()])
                if abs(worst - 1) > ids.UNIT_TOLERANCE:
                    self._fail(ids.UNIT_LENGTH, Finding("vectors of norm 1", f"{worst:.4f}"))
        if len({*keys}) < len(keys) and self._rules.has(ids.SAME_IN_BATCH):
            shown.add(ids.SAME_IN_BATCH)
            self._duplicates(keys, rows)
        return shown

    def _duplicates(self, keys: Sequence[bytes], rows: Rows) -> None:
        first: dict[bytes, int] = {}
        for number, key in enumerate(keys):
            before = first.setdefault(key, number)
            if before != number and bool(differ(rows[before], rows[number])):
                found = f"a cosine similarity of about {similarity(rows[before], rows[number]):.2f}"
                expected = f"the same vector for the equal inputs {before} and {number}"
                self._fail(ids.SAME_IN_BATCH, Finding(expected, found))
                return

    def _length(self, length: int) -> None:
        scope = f"{self._group.model}\0{self._group.provider}\0{self._credential_hash().hex()}"
        known = self._summary.lengths.setdefault((scope, length), Failures())
        finding = Finding("vectors of one length", f"{length:,} numbers")
        shown = self._evidence(finding) if known.wants(self._position) else None
        known.add(self._group, self._recorded.time, shown)

    def _scope_and_keys(self, count: int) -> tuple[bytes, list[bytes]]:
        """The hash of model, provider, credentials and options, and one of each text in that scope."""
        roles, request = self._roles, self._recorded.request
        ignored = {roles.texts, roles.dimensions, roles.encoding, roles.user}
        options = (
            {name: value for name, value in request.items() if name not in ignored}
            if isinstance(request, dict)
            else {}
        )
        names = json.dumps(options, sort_keys=True) if len(options) > 1 else str([*options.values()])
        parts = f"{names}\0{self._recorded.provider}\0{self._recorded.url}".encode("utf-8", "surrogatepass")
        scope = blake2b(parts, digest_size=16, key=self._credential_hash()).digest()
        texts = roles.texts_of(request)
        items = (
            texts if count != 1 or (isinstance(texts, list) and not isinstance(texts[0], int)) else [texts]
        )
        return scope, [hashed(scope, _item(item)) for item in items]

    def _credential_hash(self) -> bytes:
        headers = self._recorded.request_headers
        if not headers:
            return b""
        values = [headers.get(scheme.header.lower(), "") for scheme in self._contract.security.schemes]
        return blake2b("\0".join(values).encode("utf-8", "surrogatepass"), digest_size=8).digest()

    # Requests, media types, errors, credentials

    def _media_type(self) -> set[str]:
        recorded = self._recorded
        headers, responses = recorded.response_headers, self._contract.responses
        if not recorded.is_success or not headers or not self._rules.has(MEDIA_TYPE):
            return set()
        kind = headers.get("content-type")
        if kind is None or self._line.is_changed:
            return set()
        if not responses.has_type(kind):
            self._fail(MEDIA_TYPE, Finding(f"Content-Type {responses.media_type}", kind[:MAX_LABEL]))
        return {MEDIA_TYPE}

    def _request(self) -> set[str]:
        """The requirements that an invalid request shows: those that it violates, if it was accepted or rejected."""
        recorded = self._recorded
        if not recorded.is_whole or self._line.is_changed:
            return set()
        is_unsent = recorded.format.is_request_only and recorded.response is None
        is_rejected = recorded.status in REJECTING
        if not (recorded.is_success or is_rejected or is_unsent):
            return set()
        violations = validate_request(recorded.request, contract=self._contract)
        found: dict[str, Finding] = {}
        for one in violations:
            found.setdefault(one.requirement, Finding(one.expectation, one.found))
        if is_rejected:
            return set(found) if len(found) == 1 else set()
        for id, (expected, value) in found.items():
            if is_unsent:
                self._fail(id, Finding(f"a valid request: {expected}", value))
            else:
                self._fail(
                    id,
                    Finding(f"a rejection, because of the request {expected}", f"{value}; it was accepted"),
                )
        return set(found)

    def _error(self, status: int) -> set[str]:
        recorded, body = self._recorded, self._recorded.response
        if body is None or self._line.is_changed:
            return set()
        text = body if isinstance(body, str) else json.dumps(body)
        data = text.encode("utf-8", "surrogatepass")
        if recorded.is_text and text.lstrip()[:1] in "{[" and _ends_early(data):
            return set()
        problems = ErrorBody.of(Response(status, (), data))
        declared = self._contract.responses.error(status)
        found = {ids.STACK_TRACE: problems.stack_trace}
        if status < 500 and status not in OVERLOADED:
            if recorded.sent_text:
                found[ids.MARKUP] = problems.markup
                if declared is None or declared.allows_object:
                    found[ids.ERROR_JSON] = problems.not_json
            fields = self._contract.catalogue.get(ids.ERROR_FIELDS)
            if fields is not None and fields.level != "may":
                found[ids.ERROR_FIELDS] = problems.fields
        for id, problem in found.items():
            if problem is not None and self._rules.has(id):
                shown = problem[1] if self._show or id == ids.ERROR_FIELDS else f"status {status}"
                self._fail(id, Finding(problem[0], shown))
        return {id for id in found if self._rules.has(id)}

    def _credentials(self) -> None:
        headers, security = self._recorded.request_headers, self._contract.security
        if headers is None or not security.schemes:
            return
        given = frozenset(s.name for s in security.schemes if headers.get(s.header.lower()))
        secret = {scheme.name for scheme in security.schemes if scheme.secret}
        self._summary.recorded_schemes |= {(self._file, name) for name in given & secret}
        if security.accepts(given):
            return
        if self._recorded.status in (401, 403):
            self._summary.rejected[self._file, given] += 1
        elif self._recorded.is_success:
            known = self._summary.unauthorized.setdefault((self._file, given), Failures())
            names = ", ".join(scheme.header for scheme in security.ordered(given)) or "no credential"
            finding = Finding(f"401 or 403 to a request with {names}", "it was accepted")
            shown = self._evidence(finding) if known.wants(self._position) else None
            known.add(self._group, self._recorded.time, shown)

    # Evidence

    def _fail(self, id: str, finding: Finding) -> None:
        failures = self._summary.failures.setdefault(id, Failures())
        shown = self._evidence(finding) if failures.wants(self._position) else None
        failures.add(self._group, self._recorded.time, shown)

    def _evidence(self, finding: Finding) -> Shown:
        recorded = self._recorded
        request, response = recorded.request, self._whole_response()
        if self._show:
            bodies = (
                None if request is None else whole(request),
                None if response is None else whole(response),
            )
        else:
            texts = list(texts_in(request, self._roles))
            finding = Finding(*map(masked_finding, finding))
            bodies = (
                None if request is None else masked_request(request, self._roles),
                None if response is None else masked_response(_json_or_text(response), texts),
            )
        return Shown(self._position, *finding, *bodies, recorded.status, recorded.seconds or 0.0)

    def _whole_response(self) -> Any:
        if not self._line.cut.number:
            return self._recorded.response
        record = _value(self._line.text)
        return self._recorded.response if record is None else self._recorded.format.value(record, "response")


def _item(item: Any) -> bytes:
    """The bytes of an input: those of a text, or the JSON text of another one after a byte that no text has."""
    if isinstance(item, str):
        return item.encode("utf-8", "surrogatepass")
    return b"\xff" + json.dumps(item, sort_keys=True).encode()


def _json_or_text(value: Any) -> Any:
    if isinstance(value, str):
        parsed = parse(value).value
        return masked_text(value) if parsed is MISSING else parsed
    return value


def _value(line: bytes) -> Any:
    """The record in a *line*; None if it is not JSON."""
    parsed = parse_fast(line) or parse(line)
    return None if parsed.value is MISSING else parsed.value


def _ends_early(text: bytes) -> bool:
    """Whether *text* is the beginning of a JSON text."""
    try:
        json.loads(text.decode("utf-8", "replace"))
    except json.JSONDecodeError as error:
        return error.pos >= len(error.doc.rstrip()) or error.msg.startswith("Unterminated string")
    except RecursionError:
        return False
    return False


@lru_cache(maxsize=10_000)
def _hour(hours: int) -> str:
    return datetime.fromtimestamp(hours * 3600, UTC).strftime("%Y-%m-%dT%H")
