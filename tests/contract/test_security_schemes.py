"""Security schemes of all kinds: what a header can carry is sent, and the rest is a defect."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.contract import Security
from conformance.contract.openapi.defects import Defect
from conformance.contract.security import read_security
from tests.contract.test_security import TWO, read


@pytest.mark.parametrize(
    ("scheme", "header", "prefix"),
    [
        ({"type": "apiKey", "in": "cookie", "name": "key"}, "Cookie", "key="),
        ({"type": "oauth2", "flows": {}}, "Authorization", "Bearer "),
        ({"type": "openIdConnect", "openIdConnectUrl": "https://x"}, "Authorization", "Bearer "),
        ({"type": "http", "scheme": "basic"}, "Authorization", "Basic "),
        ({"type": "apiKey", "in": "header", "name": "Authorization: Bearer"}, "Authorization", "Bearer "),
    ],
)
def test_reads_every_scheme_that_a_header_can_carry(scheme: Any, header: str, prefix: str) -> None:
    (found,) = read({"A/B": scheme}, [{"A/B": []}]).schemes
    assert (found.header, found.prefix) == (header, prefix)
    assert found.extract(found.render("k1")[1]) == "k1"


@pytest.mark.parametrize("value", ["key=k1", "key=k1; theme=dark", "key=k1 ;theme=dark"])
def test_more_cookies_may_follow_a_credential(value: str) -> None:
    (found,) = read({"A": {"type": "apiKey", "in": "cookie", "name": "key"}}, [{"A": []}]).schemes
    assert found.extract(value) == "k1"


@pytest.mark.parametrize(
    "scheme",
    [
        {"type": "apiKey", "in": "query", "name": "key"},
        {"type": "apiKey", "in": "header", "name": "my key"},
        {"type": "http", "scheme": "digest"},
        {"type": "mutualTLS"},
    ],
)
def test_an_alternative_that_cannot_be_sent_is_a_defect(scheme: Any) -> None:
    security, defects = with_defects({**TWO, "A/B": scheme}, [{"A/B": []}, {"One": []}])
    assert security.alternatives == (frozenset({"One"}),)
    assert [defect.pointer for defect in defects] == ["/components/securitySchemes/A~1B"]
    only, _ = with_defects({"A/B": scheme}, [{"A/B": []}])
    assert not only.is_known
    assert only.accepts(())


def with_defects(schemes: Any, requirements: Any) -> tuple[Security, list[Defect]]:
    """The security of an operation, and its defects."""
    document, defects = {"components": {"securitySchemes": schemes}}, list[Defect]()
    return read_security(document, "/paths/x", {"security": requirements}, defects), defects


def test_an_undefined_scheme_is_a_defect() -> None:
    security, defects = with_defects(TWO, [{"Three": []}, {"Two": []}])
    assert security.alternatives == (frozenset({"Two"}),)
    assert [defect.problem for defect in defects] == ["the security scheme 'Three' is not defined"]


def test_schemes_of_the_same_header_and_form_are_one() -> None:
    schemes = {"One": {"type": "http", "scheme": "bearer"}, "Two": {"type": "oauth2", "flows": {}}}
    security, defects = with_defects(schemes, [{"One": []}, {"Two": []}])
    assert security.alternatives == (frozenset({"One"}),)
    assert defects == []


def test_of_schemes_with_the_same_header_in_other_forms_the_first_one_counts() -> None:
    schemes = {"One": {"type": "http", "scheme": "basic"}, "Two": {"type": "http", "scheme": "bearer"}}
    security, defects = with_defects(schemes, [{"One": []}, {"Two": []}])
    assert security.alternatives == (frozenset({"One"}),)
    assert [defect.problem for defect in defects] == ["One uses the header Authorization too"]
