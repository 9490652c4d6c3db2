"""``x-conformance`` of security schemes."""

import pytest

from conformance.contract import Contract, Security, UnsupportedSecurity
from conformance.contract.security import read_security


@pytest.mark.parametrize("upstream", ["as-given", "withheld", ""])
def test_reads_the_upstream_annotation(upstream: str) -> None:
    extension = {"x-conformance": {"upstream": upstream}} if upstream else {}
    (scheme,) = one_scheme({"type": "http", "scheme": "bearer", **extension}).schemes
    assert scheme.upstream == upstream


def test_rejects_an_unknown_upstream_annotation() -> None:
    with pytest.raises(UnsupportedSecurity, match="'hidden' is not supported; use as-given or withheld"):
        one_scheme({"type": "http", "scheme": "bearer", "x-conformance": {"upstream": "hidden"}})


@pytest.mark.parametrize("unusable", [[], ["{}", "unusable"]])
def test_reads_unusable_values(unusable: list[str]) -> None:
    (scheme,) = one_scheme(
        {"type": "http", "scheme": "bearer", "x-conformance": {"unusable": unusable}}
    ).schemes
    assert scheme.unusable == tuple(unusable)


@pytest.mark.parametrize("value", [1, {"targets": []}, "", " x", "a\nb", "é"])
def test_rejects_unusable_values_that_do_not_fit_a_header(value: object) -> None:
    with pytest.raises(UnsupportedSecurity) as caught:
        one_scheme({"type": "http", "scheme": "bearer", "x-conformance": {"unusable": ["{}", value]}})
    assert caught.value.pointer == "/components/securitySchemes/One/x-conformance/unusable/1"
    assert caught.value.found == repr(value)


@pytest.mark.parametrize(
    ("annotations", "place", "expected"),
    [
        ({"unusable": "{}"}, "unusable", "a list of strings"),
        ({"secret": "no"}, "secret", "true or false"),
        ({"placeholder": 7}, "placeholder", "a string"),
        (
            {"placeholder": "openai", "unusable": ["openai"]},
            "placeholder",
            "a value that is not in `unusable`",
        ),
        (
            {"unusabel": []},
            "unusabel",
            "one of secret, placeholder, upstream, unusable; did you mean unusable?",
        ),
    ],
)
def test_rejects_invalid_annotations(annotations: object, place: str, expected: str) -> None:
    with pytest.raises(UnsupportedSecurity) as caught:
        one_scheme({"type": "http", "scheme": "bearer", "x-conformance": annotations})
    assert caught.value.pointer == f"/components/securitySchemes/One/x-conformance/{place}"
    assert caught.value.expected == expected


def test_ignores_extension_annotations() -> None:
    (scheme,) = one_scheme({"type": "http", "scheme": "bearer", "x-conformance": {"x-mine": 1}}).schemes
    assert scheme.secret


def test_gateway_withholds_its_own_credentials() -> None:
    upstreams = {scheme.name: scheme.upstream for scheme in Contract.load().security.schemes}
    assert {name: upstream for name, upstream in upstreams.items() if upstream} == {
        "Provider-Auth": "as-given",
        "Portkey-Key": "withheld",
        "Virtual-Key": "withheld",
        "Config": "withheld",
    }


def one_scheme(scheme: dict[str, object]) -> Security:
    document = {"components": {"securitySchemes": {"One": scheme}}}
    return read_security(document, "/paths/x", {"security": [{"One": []}]})
