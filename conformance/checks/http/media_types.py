"""Area ``http``: the media type of a request."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from urllib.parse import urlencode

from conformance.checks.context import Context
from conformance.checks.judges import as_expected, evidence, rejected_results
from conformance.checks.makers import Makers
from conformance.contract import Requirement
from conformance.engine import Check, Evidence, Expect, Probe, ProbeResult, judges_all

FORM = "application/x-www-form-urlencoded"
OTHER_MEDIA_TYPES = ("text/plain", FORM, "application/xml")


@judges_all("415")
def _has_right_status(results: Sequence[ProbeResult]) -> Iterable[Evidence]:
    found = rejected_results(results, "no request with another media type")
    return [evidence(result, "415") for result in found if result.exchange.status != 415]


def _with_parameters(context: Context, requirement: Requirement) -> Check:
    media_type = f"{context.contract.media_type}; charset=utf-8"
    probe = context.plain_probe("a charset parameter", Expect.ACCEPT, media_type=media_type)
    return Check(requirement, (probe,), as_expected, (context.authorized_by,))


def _other(context: Context, requirement: Requirement) -> Check:
    return Check(requirement, _other_probes(context), as_expected, (context.authorized_by,))


def _status(context: Context, requirement: Requirement) -> Check:
    return Check(requirement, _other_probes(context), _has_right_status, (context.authorized_by,))


def _other_probes(context: Context) -> tuple[Probe, ...]:
    payload = json.loads(context.plain.body)
    form = urlencode(payload if isinstance(payload, dict) else {"texts": payload}).encode()
    return (
        *(context.with_media_type(kind) for kind in OTHER_MEDIA_TYPES),
        context.with_media_type(FORM, "the fields of a form", body=form),
    )


CHECKS: Makers = {
    "http.media-type.parameters": _with_parameters,
    "http.media-type.other": _other,
    "http.media-type.status": _status,
}
