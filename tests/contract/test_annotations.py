"""What ``x-conformance`` says of a security scheme."""

import pytest

from conformance.contract import Contract, Security, UnsupportedSecurity
from conformance.contract.security import read_security


@pytest.mark.parametrize("upstream", ["as-given", "withheld", ""])
def test_a_scheme_may_say_what_a_gateway_does_with_it(upstream: str) -> None:
    extension = {"x-conformance": {"upstream": upstream}} if upstream else {}
    (scheme,) = one_scheme({"type": "http", "scheme": "bearer", **extension}).schemes
    assert scheme.upstream == upstream


def test_a_scheme_that_says_anything_else_of_an_upstream_is_refused() -> None:
    with pytest.raises(UnsupportedSecurity, match="'hidden' is not supported; expected as-given or withheld"):
        one_scheme({"type": "http", "scheme": "bearer", "x-conformance": {"upstream": "hidden"}})


@pytest.mark.parametrize("unusable", [[], ["{}", "nowhere at all"]])
def test_a_scheme_may_name_values_that_lead_nowhere(unusable: list[str]) -> None:
    (scheme,) = one_scheme(
        {"type": "http", "scheme": "bearer", "x-conformance": {"unusable": unusable}}
    ).schemes
    assert scheme.unusable == tuple(unusable)


@pytest.mark.parametrize("value", [1, {"targets": []}, "", " x", "a\nb", "é"])
def test_a_value_that_no_header_can_carry_is_refused(value: object) -> None:
    with pytest.raises(UnsupportedSecurity) as refused:
        one_scheme({"type": "http", "scheme": "bearer", "x-conformance": {"unusable": ["{}", value]}})
    assert refused.value.pointer == "/components/securitySchemes/One/x-conformance/unusable/1"
    assert refused.value.found == repr(value)


@pytest.mark.parametrize(
    ("said", "place", "expected"),
    [
        ({"unusable": "{}"}, "unusable", "a list of strings"),
        ({"secret": "no"}, "secret", "true or false"),
        ({"placeholder": 7}, "placeholder", "a string"),
        ({"placeholder": "openai", "unusable": ["openai"]}, "placeholder", "no unusable value"),
        (
            {"unusabel": []},
            "unusabel",
            "one of secret, placeholder, upstream, unusable; did you mean unusable?",
        ),
    ],
)
def test_what_is_said_of_a_scheme_has_its_form(said: object, place: str, expected: str) -> None:
    with pytest.raises(UnsupportedSecurity) as refused:
        one_scheme({"type": "http", "scheme": "bearer", "x-conformance": said})
    assert refused.value.pointer == f"/components/securitySchemes/One/x-conformance/{place}"
    assert refused.value.expected == expected


def test_others_may_say_what_they_like_of_a_scheme_behind_an_x() -> None:
    (scheme,) = one_scheme({"type": "http", "scheme": "bearer", "x-conformance": {"x-mine": 1}}).schemes
    assert scheme.secret


def test_the_gateways_own_credentials_are_kept_from_its_upstream() -> None:
    said = {scheme.name: scheme.upstream for scheme in Contract.load().security.schemes}
    assert {name: upstream for name, upstream in said.items() if upstream} == {
        "Provider-Auth": "as-given",
        "Portkey-Key": "withheld",
        "Virtual-Key": "withheld",
        "Config": "withheld",
    }


def one_scheme(scheme: dict[str, object]) -> Security:
    document = {"components": {"securitySchemes": {"One": scheme}}}
    return read_security(document, "/paths/x", {"security": [{"One": []}]})
