"""Area ``meaning``: the same text has the same vector, whenever and however it is sent."""

from __future__ import annotations

import json
from dataclasses import replace

from conformance.checks.context import Context
from conformance.checks.makers import Makers
from conformance.checks.metamorphic import SameVector, compare_pairs, relation_check
from conformance.contract import Requirement
from conformance.engine import Check, Expect, FaultKind, send_in_sequence
from conformance.generators.sample_texts import sample_text

ESCAPED = ("Größe über Ähren", "🦀 river 👍🏽 stone \U0001d4b3")


def _repeated(context: Context, requirement: Requirement) -> Check:
    value = sample_text(50, 8)
    probes = [context.input_probe("the same text again", value, occurrence=n) for n in range(4)]
    compare = compare_pairs([SameVector(n, 0) for n in (1, 2, 3)], "the same vector as in the first response")
    return relation_check(
        requirement, context.answers, probes, compare, context.needs_of("a"), send_in_sequence
    )


def _json_escapes(context: Context, requirement: Requirement) -> Check:
    """Send the same JSON text in two forms: with unescaped and with escaped characters (RFC 8259, section 7)."""
    probes = []
    for value in ESCAPED:
        unescaped = context.input_probe("unescaped characters", value)
        body = json.dumps(json.loads(context.body_with(value)), ensure_ascii=True).encode()
        probes += [unescaped, context.plain_probe("the same characters, escaped", Expect.ACCEPT, body=body)]
    pairs = [SameVector(n + 1, n) for n in range(0, len(probes), 2)]
    compare = compare_pairs(pairs, "the same vector as for the unescaped text")
    return relation_check(requirement, context.answers, probes, compare, context.needs_of("a"))


def _user(context: Context, requirement: Requirement) -> Check:
    value = sample_text(51, 8)
    probes = [
        context.input_probe("no user", value),
        context.input_probe("a user", value, **context.roles.named(user="user-1")),
        context.input_probe("another user", value, **context.roles.named(user="user-2")),
    ]
    compare = compare_pairs([SameVector(1, 0), SameVector(2, 0)], "the same vector as without a user")
    return relation_check(requirement, context.answers, probes, compare, context.needs_of("a"))


def _after_long_text(context: Context, requirement: Requirement) -> Check:
    short, long = sample_text(52, 4), sample_text(53, 150)
    probes = [
        context.input_probe("a short text", short, occurrence="before"),
        context.input_probe("a long text", long),
        context.input_probe("the short text again", short, occurrence="after"),
        context.input_probe("the short text after a long one in a batch", [long, short]),
    ]
    pairs = [SameVector(2, 0), SameVector(3, 0, index=1)]
    compare = compare_pairs(pairs, "the same vector as for the short text before the long one")
    check = relation_check(
        requirement, context.answers, probes, compare, context.needs_of("a", ["a"]), send_in_sequence
    )
    return replace(check, observes=FaultKind.AFTER_LONG_TEXT)


def _partly_cached(context: Context, requirement: Requirement) -> Check:
    """A cache may contain some texts of a batch: the first, one in the middle, the last."""
    texts = [sample_text(number, 6) for number in range(60, 66)]
    cached = (0, 3, 5)
    before = [context.input_probe("a text that is sent again", texts[n], occurrence="seen") for n in cached]
    batch = context.input_probe("a batch of cached and new texts", texts, occurrence="seen")
    after = [context.input_probe("a text of the batch alone", t, occurrence="after") for t in texts]
    pairs = [SameVector(len(cached), n, index=index) for n, index in enumerate(cached)]
    pairs += [SameVector(len(cached) + 1 + n, len(cached), reference_index=n) for n in range(len(texts))]
    compare = compare_pairs(pairs, "the same vector for the same text, in a batch and alone")
    needs = context.needs_of("a", ["a"])
    return relation_check(
        requirement, context.answers, [*before, batch, *after], compare, needs, send_in_sequence
    )


CHECKS: Makers = {
    "meaning.json-escapes": _json_escapes,
    "meaning.deterministic": _repeated,
    "meaning.user": _user,
    "meaning.after-long-text": _after_long_text,
    "meaning.partly-cached": _partly_cached,
}
