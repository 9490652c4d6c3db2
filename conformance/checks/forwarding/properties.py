"""Area ``forwarding``: model, dimensions, user and encoding reach the upstream unchanged, and none is added."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from conformance.checks.judges import evidence
from conformance.checks.not_sent import NotAllowed, NotSupported
from conformance.contract import Requirement
from conformance.engine import Check, Evidence, NotObservable, ProbeResult
from conformance.reference.mock_upstream import UpstreamRequest

from .probes import RECEIVED, GatewayMaker, GatewayMakers, GatewayProbes
from .upstream_requests import judges_upstream_requests, recording_of, shown_json

VALUES: Mapping[str, Callable[[GatewayProbes], Any]] = {
    "dimensions": lambda probes: 8,
    "user": lambda probes: f"user of {probes.text()}",
    "encoding": lambda probes: "base64",
}
"""Makes the values of the optional properties, by role."""


def _property(role: str) -> GatewayMaker:
    """The property with each form of input, because gateways handle batches and tokens in other code."""

    def make(probes: GatewayProbes, requirement: Requirement) -> Check:
        roles = probes.context.roles
        this = roles.named(**{role: VALUES[role](probes)})
        ((name, value),) = this.items()
        probes.context.input_probe("a text", "river", **this)
        others = {
            other: make_value(probes)
            for other, make_value in VALUES.items()
            if other != role and roles.has(other)
        }
        found = probes.possible_probes(probes.forms(), f"{name} {value!r} with ", **this)
        with suppress(NotAllowed, NotSupported):
            batch = [probes.text() for _ in range(probes.context.batch_size(2))]
            described = f"{name} {value!r} with all others"
            found.append(probes.probe(described, batch, **roles.named(**others), **this))

        @judges_upstream_requests(f"the same {name} at the upstream")
        def judge(result: ProbeResult, requests: Sequence[UpstreamRequest]) -> Evidence | None:
            return _difference(name, result, requests)

        return Check(requirement, tuple(found), judge, (RECEIVED,))

    return make


def _difference(name: str, result: ProbeResult, requests: Sequence[UpstreamRequest]) -> Evidence | None:
    sent = result.probe.payload[name]
    for request in requests:
        if request.payload.get(name) != sent:
            found = shown_json(request.payload[name]) if name in request.payload else f"no {name}"
            return evidence(result, f"{name} {shown_json(sent)} at the upstream", found=found)
    return None


@judges_upstream_requests(
    "the same model at the upstream, as a property or in the path; a prefix may be removed"
)
def _has_same_model(result: ProbeResult, requests: Sequence[UpstreamRequest]) -> Evidence | None:
    roles = recording_of(result).roles
    model = roles.model_of(result.probe.payload)
    if model is None:
        raise NotObservable("the requests of this run name no model")
    # Azure OpenAI has the name of the deployment in the path.
    if all(model in request.path.partition("?")[0].split("/") for request in requests):
        return None
    # Routers select the upstream by a prefix of the model's name.
    if all(model.endswith(f"/{roles.model_of(request.payload)}") for request in requests):
        return None
    return _difference(str(roles.model), result, requests)


def _model(probes: GatewayProbes, requirement: Requirement) -> Check:
    forms = probes.possible_probes(probes.forms(), "a model with ")
    return Check(requirement, tuple(forms), _has_same_model, (RECEIVED,))


@judges_upstream_requests("no dimensions at the upstream")
def _adds_no_dimensions(result: ProbeResult, requests: Sequence[UpstreamRequest]) -> Evidence | None:
    """Dimensions that the client did not request lead to vectors that its model does not have."""
    for request in requests:
        if (found := request.roles.dimensions_of(request.payload)) is not None:
            return evidence(result, "no dimensions at the upstream", found=shown_json(found))
    return None


def _dimensions_added(probes: GatewayProbes, requirement: Requirement) -> Check:
    probe = probes.probe("no dimensions", probes.text())
    return Check(requirement, (probe,), _adds_no_dimensions, (RECEIVED,))


FLOAT_OR_NONE = "no encoding at the upstream, or float, the default"


@judges_upstream_requests(FLOAT_OR_NONE)
def _adds_no_encoding(result: ProbeResult, requests: Sequence[UpstreamRequest]) -> Evidence | None:
    for request in requests:
        if (found := request.roles.encoding_of(request.payload, "float")) != "float":
            return evidence(result, FLOAT_OR_NONE, found=shown_json(found))
    return None


def _encoding_added(probes: GatewayProbes, requirement: Requirement) -> Check:
    probe = probes.probe("no encoding", probes.text())
    return Check(requirement, (probe,), _adds_no_encoding, (RECEIVED,))


CHECKS: GatewayMakers = {
    "forwarding.model": _model,
    "forwarding.dimensions": _property("dimensions"),
    "forwarding.dimensions.added": _dimensions_added,
    "forwarding.user": _property("user"),
    "forwarding.encoding-format.given": _property("encoding"),
    "forwarding.encoding-format.added": _encoding_added,
}
