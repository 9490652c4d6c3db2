from __future__ import annotations

import pytest

from conformance.contract import load_clients
from conformance.report.model.headline import short_headline
from conformance.report.model.hints import hints_of
from conformance.report.model.root_causes import (
    first_fix,
    group_similar,
    root_causes,
    wrong_for_any_client,
)
from conformance.text import counted
from tests.report.documents import document, exchange, row, shape

RELIED_ON = {
    one.requirement for client in load_clients() for one in client.relies_on if "*" not in one.requirement
}


def test_among_equals_the_cause_that_blocks_more_comes_first() -> None:
    rows = [row("a", "fail"), row("b", "fail"), row("c", "blocked", blocked_by="b")]
    assert [cause.row["id"] for cause in root_causes(rows)] == ["b", "a"]


def test_the_cause_that_breaks_most_clients_comes_first_then_the_worst_severity() -> None:
    """Whatever its area is."""
    rows = [
        row("http.method.put", "fail", severity="strictness"),
        row("forwarding.input.text", "fail", severity="wrong-data"),
        row("capability.dimensions", "fail", severity="wrong-data"),
        row("response.count", "fail", severity="breaks-clients", shapes=[shape(input="strings")]),
    ]
    assert [cause.row["id"] for cause in root_causes(rows)] == [
        "response.count",
        "forwarding.input.text",
        "capability.dimensions",
        "http.method.put",
    ]


def test_requirements_that_watch_the_requests_of_others_come_last() -> None:
    watching = row("state.same-text", "fail", severity="wrong-data", shapes=[shape(input="strings")])
    rows = [watching, row("http.method.put", "fail", severity="strictness")]
    assert [cause.row["id"] for cause in root_causes(rows)] == ["http.method.put", "state.same-text"]


def test_failures_with_the_same_likely_cause_are_one_group() -> None:
    """Also if the responses differ: a wrong order in batches shows with many results."""
    ids = ["meaning.batch.sizes", "meaning.batch.large", "meaning.unit-length"]
    rows = [
        row(id, "fail", evidence=[exchange(actual=f"a cosine similarity of 0.{n}")])
        for n, id in enumerate(ids)
    ]
    groups = [[cause.row["id"] for cause in group] for group in group_similar(root_causes(rows))]
    assert groups == [ids[:2], ids[2:]]


def test_wrong_base64_explains_what_fails_only_in_base64() -> None:
    """Also a failure of a requirement that watches all requests, if some of them ask for base64."""
    in_base64 = {"shapes": [shape(encoding_format="base64")]}
    in_both = {"shapes": [shape(encoding_format="base64"), shape(encoding_format="float")]}
    rows = [
        row("response.dimensions", "fail", evidence=[exchange(actual="16 numbers")], **in_base64),
        row(
            "response.base64.equals-float",
            "fail",
            evidence=[exchange(actual="8 and 16 numbers")],
            **in_base64,
        ),
        row("state.cache.encodings", "fail", evidence=[exchange(actual="8 and 16 numbers")], **in_base64),
        row("state.same-text", "fail", evidence=[exchange(actual="another vector")], **in_both),
        row("meaning.unit-length", "fail", evidence=[exchange(actual="a norm of 2")], **in_both),
    ]
    rows.append(row("response.usage.required", "fail", evidence=[exchange(actual="no usage")], **in_base64))
    rows.append(
        row("property.valid", "fail", evidence=[exchange(actual="500")], shapes=in_both["shapes"][::-1])
    )
    groups = [{cause.row["id"] for cause in group} for group in group_similar(root_causes(rows))]
    assert groups[0] == {row["id"] for row in rows[:4]}
    assert sorted(map(list, groups[1:])) == [
        [one["id"]] for one in sorted(rows[4:], key=lambda one: one["id"])
    ]
    assert group_similar(root_causes(rows))[0][0].row["id"] == "response.base64.equals-float"


@pytest.mark.parametrize(
    "pattern", [None, "the server ignores dimensions (no effect in 45 requests with it)"]
)
def test_a_cache_key_explains_an_option_that_is_ignored_only_sometimes(pattern: str | None) -> None:
    rows = [
        row("response.dimensions", "fail", evidence=[exchange(actual="16 numbers", pattern=pattern)]),
        row("state.cache.dimensions", "fail", evidence=[exchange(actual="16")]),
        row("state.cache.models", "fail", evidence=[exchange(actual="the same one")]),
    ]
    groups = group_similar(root_causes(rows))
    explained = next(
        group for group in groups if any(one.row["id"] == "response.dimensions" for one in group)
    )
    assert (explained[0].row["id"] != "response.dimensions") == (pattern is None)
    caches = next(group for group in groups if any(one.row["id"] == "state.cache.models" for one in group))
    hints = hints_of([cause.row for cause in caches])
    assert [hint.split(".")[0] for hint in hints] == [
        "A cache probably ignores dimensions",
        "A cache probably ignores the model, or all model names select one model",
    ]


def test_wrong_data_that_no_client_breaks_for_is_named() -> None:
    """The first request of each client works with a server that truncates long texts."""
    truncated = row("meaning.truncation", "fail", severity="wrong-data")
    strict = row("http.method.put", "fail", severity="strictness")
    broken = [exchange(expected="2 embeddings", actual="1 embedding")]
    breaks = row(
        "response.count", "fail", severity="wrong-data", shapes=[shape(input="strings")], evidence=broken
    )
    assert wrong_for_any_client(root_causes([truncated, strict, breaks])) == ["meaning.truncation"]
    assert "can get wrong data" in short_headline(document(truncated, *(row(id) for id in RELIED_ON)))
    assert "can get wrong data" not in short_headline(document(strict, *(row(id) for id in RELIED_ON)))


def test_a_property_that_repeats_another_failure_is_not_a_cause_of_its_own() -> None:
    """The same expectation and result, whatever the numbers are, is the symptom of one fault."""
    expected = "at /data/0/embedding: {}, as requested"
    rows = [
        row(
            id,
            "fail",
            evidence=[
                exchange(expected=expected.format(counted(n, "number")), actual=f"got {2 * n:,} numbers")
            ],
        )
        for id, n in {"response.dimensions": 1, "state.cache.options": 16, "property.valid": 1024}.items()
    ]
    other = row("property.invalid", "fail", evidence=[exchange(actual="the server accepted it: 200")])
    groups = [[cause.row["id"] for cause in group] for group in group_similar(root_causes([*rows, other]))]
    assert groups == [["response.dimensions", "state.cache.options", "property.valid"], ["property.invalid"]]


@pytest.mark.parametrize(
    "more",
    [{"actual": "an array of 1536 items; check the option"}, {"pattern": "the server ignores the option"}],
)
def test_a_result_that_says_more_is_the_same_symptom(more: dict[str, str]) -> None:
    result = {"actual": "an array of 1536 items"}
    rows = [
        row("response.encoding", "fail", evidence=[exchange(**{**result, **more})]),
        row("property.valid", "fail", evidence=[exchange(**result)]),
    ]
    groups = [[cause.row["id"] for cause in group] for group in group_similar(root_causes(rows))]
    assert groups == [["response.encoding", "property.valid"]]


def test_a_generated_request_belongs_to_what_it_violates() -> None:
    """Not to the first failure with the same status."""
    probe = "a mutated payload against request.model.any-of, request.user.type"
    ids = ["request.encoding_format.enum", "request.model.any-of"]
    rows = [row(id, "fail", evidence=[exchange()]) for id in ids]
    generated = row("property.invalid", "fail", evidence=[exchange(probe=probe)])
    groups = [
        [cause.row["id"] for cause in group] for group in group_similar(root_causes([*rows, generated]))
    ]
    assert groups == [[ids[0]], [ids[1], "property.invalid"]]
    groups = [
        [cause.row["id"] for cause in group] for group in group_similar(root_causes([rows[0], generated]))
    ]
    assert groups == [[ids[0]], ["property.invalid"]]


def test_a_cause_has_the_most_severe_standing_of_what_it_blocks() -> None:
    known = row("a", "fail", level="should", standing="known")
    rows = [row("b", "fail", level="should"), known, row("c", "blocked", blocked_by="a")]
    assert [(cause.row["id"], cause.standing) for cause in root_causes(rows)] == [("a", "bad"), ("b", "bad")]


def test_a_blocking_requirement_is_a_cause_even_if_it_did_not_fail() -> None:
    rows = [row("a", "not-tested"), row("b", "blocked", blocked_by="a")]
    (cause,) = root_causes(rows)
    assert (cause.row["id"], [blocked["id"] for blocked in cause.blocked]) == ("a", ["b"])


def test_a_blocked_requirement_without_blocked_by_is_its_own_cause() -> None:
    (cause,) = root_causes([row("a", "blocked")])
    assert (cause.row["id"], cause.blocked) == ("a", ())


def test_passed_and_unsupported_requirements_are_not_causes() -> None:
    assert root_causes([row("a"), row("b", "unsupported")]) == []


def test_an_unknown_blocked_by_is_an_error() -> None:
    with pytest.raises(KeyError):
        root_causes([row("a", "blocked", blocked_by="missing")])


def test_failures_are_similar_if_their_subjects_and_their_results_are_the_same() -> None:
    ids = [
        "request.encoding_format.type",
        "request.input.string.type",
        "request.encoding_format.enum",
        "http.method.get",
        "http.media-type.other",
        "auth.reject.without-bearer",
        "auth.secret.bearer.wrong",
    ]
    accepted = [row(id, "fail", evidence=[exchange()]) for id in ids]
    crash = exchange(response={"status": 500, "headers": [], "body": "", "seconds": 0.1})
    crashed = row("http.method.put", "fail", evidence=[crash])
    groups = [
        [cause.row["id"] for cause in group] for group in group_similar(root_causes([*accepted, crashed]))
    ]
    assert sorted(groups) == [
        ["auth.reject.without-bearer", "auth.secret.bearer.wrong"],
        ["http.media-type.other"],
        ["http.method.get"],
        ["http.method.put"],
        ["request.encoding_format.type", "request.encoding_format.enum"],
        ["request.input.string.type"],
    ]


@pytest.mark.parametrize(
    ("base", "advice"),
    [
        (
            "http://127.0.0.1:8787/v1/embeddings",
            "Remove /embeddings from the end of the URL: the suite adds it.",
        ),
        (
            "http://127.0.0.1:8787/v1/embeddings/",
            "Remove /embeddings from the end of the URL: the suite adds it.",
        ),
        ("http://127.0.0.1:8787/v2", "Check the base URL and the model name."),
    ],
)
def test_the_hint_for_a_404_names_a_path_that_is_twice_in_the_url(base: str, advice: str) -> None:
    request = {"method": "POST", "url": f"{base.rstrip('/')}/embeddings", "headers": [], "body": "{}"}
    response = {"status": 404, "headers": [], "body": "{}", "seconds": 0.1}
    failed = row("auth.accept.config", "fail", evidence=[exchange(request=request, response=response)])
    report = document(
        failed,
        row("http.a", "blocked", blocked_by="auth.accept.config"),
        target={"url": base, "server_header": ""},
    )
    assert first_fix(report) == f"Fix auth.accept.config first: 1 requirement is blocked by it. {advice}"
