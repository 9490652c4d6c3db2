from collections.abc import Mapping, Sequence
from itertools import chain, combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.contract import Contract, Security, UnsupportedSecurity
from conformance.contract.security import MAX_SCHEMES, read_security

OPERATION = "/paths/~1embeddings/post"
VENDORED = Contract.load().security
KEY, VIRTUAL, AUTH, PROVIDER, CONFIG, HOST = (
    "Portkey-Key",
    "Virtual-Key",
    "Provider-Auth",
    "Provider-Name",
    "Config",
    "Custom-Host",
)


def in_header(name: str) -> dict[str, str]:
    return {"type": "apiKey", "in": "header", "name": f"x-{name}"}


def read(
    schemes: Mapping[str, Any],
    own: Sequence[Mapping[str, Any]] | None = None,
    overall: Sequence[Mapping[str, Any]] | None = None,
) -> Security:
    """The security of an operation with *own* alternatives, in a document with *overall* ones."""
    document: dict[str, Any] = {"components": {"securitySchemes": dict(schemes)}}
    document |= {} if overall is None else {"security": overall}
    return read_security(document, OPERATION, {} if own is None else {"security": own})


def of(alternatives: Sequence[Sequence[str]]) -> Security:
    """The security of *alternatives*, whose schemes each have a header of their own."""
    names = dict.fromkeys(chain.from_iterable(alternatives))
    schemes = {name: in_header(f"{number}") for number, name in enumerate(names)}
    return read(schemes, [dict.fromkeys(names, ()) for names in alternatives])


def sets(names: Sequence[str]) -> list[frozenset[str]]:
    return [frozenset(c) for size in range(len(names) + 1) for c in combinations(names, size)]


# --- the vendored contract ------------------------------------------------------------------------------------------


def test_twenty_six_of_the_sixty_four_sets_are_accepted_and_thirty_eight_refused() -> None:
    verdicts = [VENDORED.accepts(names) for names in VENDORED.subsets()]
    assert (len(verdicts), verdicts.count(True), verdicts.count(False)) == (64, 26, 38)


def test_each_set_of_the_vendored_contract_stands_once() -> None:
    assert set(VENDORED.subsets()) == set(sets([KEY, VIRTUAL, AUTH, PROVIDER, CONFIG, HOST]))
    assert len(list(VENDORED.subsets())) == 64


def test_the_custom_host_adds_nothing_to_a_minimal_set() -> None:
    assert VENDORED.minimal_accepted() == (
        frozenset({KEY, VIRTUAL}),
        frozenset({KEY, AUTH, PROVIDER}),
        frozenset({KEY, CONFIG}),
    )
    assert VENDORED.accepts({KEY, AUTH, PROVIDER, HOST} - {HOST})


def test_three_sets_are_refused_and_accepted_with_any_one_credential_more() -> None:
    assert set(VENDORED.maximal_rejected()) == {
        frozenset({VIRTUAL, AUTH, PROVIDER, CONFIG, HOST}),
        frozenset({KEY, AUTH, HOST}),
        frozenset({KEY, PROVIDER, HOST}),
    }


def test_sets_are_labelled_by_what_they_have_or_lack() -> None:
    assert [VENDORED.label_accepted(names) for names in VENDORED.alternatives] == [
        "virtual-key",
        "provider-auth+provider-name",
        "config",
        "provider-auth+provider-name+custom-host",
    ]
    assert sorted(VENDORED.label_rejected(names) for names in VENDORED.maximal_rejected()) == [
        "without-portkey-key",
        "without-virtual-key+provider-auth+config",
        "without-virtual-key+provider-name+config",
    ]


def test_a_profile_tells_what_is_no_secret() -> None:
    assert [scheme.name for scheme in VENDORED.schemes if not scheme.secret] == [PROVIDER, HOST]
    assert VENDORED[PROVIDER].placeholder == "openai"


# --- the algebra, against brute force -------------------------------------------------------------------------------

NAMES = ("A", "B", "C", "D", "E")
ALTERNATIVES = st.lists(st.lists(st.sampled_from(NAMES), unique=True, max_size=4), min_size=1, max_size=5)


@settings(deadline=None)
@given(ALTERNATIVES)
def test_a_set_is_accepted_when_it_holds_all_of_one_alternative(alternatives: list[list[str]]) -> None:
    security = of(alternatives)
    for names in sets(NAMES):
        assert security.accepts(names) == any(set(a) <= names for a in alternatives)


@settings(deadline=None)
@given(ALTERNATIVES)
def test_a_credential_more_never_closes_the_door(alternatives: list[list[str]]) -> None:
    security = of(alternatives)
    for names in security.subsets():
        if security.accepts(names):
            assert all(security.accepts(names | {scheme.name}) for scheme in security.schemes)


@settings(deadline=None)
@given(ALTERNATIVES)
def test_minimal_accepted_sets_are_those_that_can_lose_nothing(alternatives: list[list[str]]) -> None:
    security = of(alternatives)
    minimal = security.minimal_accepted()
    accepted = [names for names in security.subsets() if security.accepts(names)]
    assert set(minimal) == {a for a in accepted if not any(security.accepts(a - {name}) for name in a)}
    assert len(minimal) == len(set(minimal))
    assert all(any(least <= names for least in minimal) for names in accepted)


@settings(deadline=None)
@given(ALTERNATIVES)
def test_maximal_refused_sets_are_those_that_can_gain_nothing(alternatives: list[list[str]]) -> None:
    security = of(alternatives)
    maximal = security.maximal_rejected()
    refused = [names for names in security.subsets() if not security.accepts(names)]
    assert set(maximal) == {r for r in refused if not any(r < other for other in refused)}
    assert len(maximal) == len(set(maximal))
    assert all(any(names <= most for most in maximal) for names in refused)


SCHEME_NAMES = st.one_of(
    st.from_regex(r"[A-Za-z0-9._-]{1,4}", fullmatch=True),
    st.sampled_from(["anonymous", "api-key", "apiKey", "ApiKey", "a", "A", "a-2", "A-2"]),
)


@settings(deadline=None)
@given(st.data())
def test_no_two_sets_and_no_two_schemes_have_the_same_label(data: st.DataObject) -> None:
    names = data.draw(st.lists(SCHEME_NAMES, unique=True, max_size=5))
    one = st.lists(st.sampled_from(names), unique=True) if names else st.just([])
    security = of(data.draw(st.lists(one, min_size=1, max_size=6)))
    for labels in (
        [scheme.label for scheme in security.schemes],
        [security.label_accepted(alternative) for alternative in security.alternatives],
        [security.label_rejected(names) for names in security.maximal_rejected()],
    ):
        assert all(labels)
        assert len(labels) == len(set(labels))


def test_names_that_differ_in_case_alone_are_numbered() -> None:
    labels = {s.name: s.label for s in of([["apiKey", "api-key", "a-2", "a", "A"]]).schemes}
    assert labels == {"apiKey": "api-key", "api-key": "api-key-2", "a-2": "a-2", "a": "a", "A": "a-3"}


# --- what is read, and from where -----------------------------------------------------------------------------------

TWO = {"One": in_header("one"), "Two": in_header("two")}


def test_the_operation_goes_before_the_document() -> None:
    security = read(TWO, own=[{"Two": []}], overall=[{"One": []}])
    assert security.alternatives == (frozenset({"Two"}),)
    assert [scheme.name for scheme in security.schemes] == ["Two"]
    assert security.pointer == f"{OPERATION}/security"


def test_the_document_speaks_where_the_operation_is_silent() -> None:
    security = read(TWO, overall=[{"One": []}])
    assert (security.alternatives, security.pointer) == ((frozenset({"One"}),), "/security")


@pytest.mark.parametrize(
    ("own", "overall", "pointer"),
    [
        ([], [{"One": []}], f"{OPERATION}/security"),
        ([{}], [{"One": []}], f"{OPERATION}/security"),
        ([{"One": []}, {}], None, f"{OPERATION}/security"),
        (None, [], "/security"),
        (None, None, OPERATION),
    ],
)
def test_a_door_without_a_lock_is_open_to_everybody(own: Any, overall: Any, pointer: str) -> None:
    security = read(TWO, own, overall)
    assert security.accepts(())
    assert security.minimal_accepted() == (frozenset(),)
    assert security.maximal_rejected() == ()
    assert security.label_accepted(frozenset()) == "anonymous"
    assert security.pointer == pointer


def test_schemes_come_in_the_order_of_their_first_mention() -> None:
    assert [s.name for s in of([["B", "A"], ["C", "A"]]).schemes] == ["B", "A", "C"]


def test_a_scheme_is_found_by_its_name_alone() -> None:
    assert VENDORED[CONFIG].header == "x-portkey-config"
    with pytest.raises(KeyError, match="config"):
        VENDORED["config"]


def test_an_alternative_that_stands_twice_counts_once() -> None:
    assert of([["A", "B"], ["B", "A"]]).alternatives == (frozenset({"A", "B"}),)


@pytest.mark.parametrize("spelling", ["bearer", "Bearer", "BEARER"])
def test_http_bearer_is_the_authorization_header(spelling: str) -> None:
    (scheme,) = read({"One": {"type": "http", "scheme": spelling}}, [{"One": []}]).schemes
    assert scheme.render("secret") == ("Authorization", "Bearer secret")


def test_a_scheme_may_be_a_reference() -> None:
    schemes = {"One": {"$ref": "#/components/securitySchemes/Two"}, "Two": in_header("two")}
    assert [(s.name, s.header) for s in read(schemes, [{"One": []}]).schemes] == [("One", "x-two")]


@pytest.mark.parametrize(
    ("scheme", "found"),
    [
        ({"type": "apiKey", "in": "query", "name": "key"}, "a scheme of type: apiKey in: query"),
        ({"type": "apiKey", "in": "cookie", "name": "key"}, "a scheme of type: apiKey in: cookie"),
        ({"type": "oauth2", "flows": {}}, "a scheme of type: oauth2"),
        ({"type": "openIdConnect", "openIdConnectUrl": "https://x"}, "a scheme of type: openIdConnect"),
        ({"type": "http", "scheme": "basic"}, "a scheme of type: http scheme: basic"),
    ],
)
def test_other_kinds_of_credentials_are_refused_where_they_stand(scheme: Any, found: str) -> None:
    with pytest.raises(UnsupportedSecurity) as caught:
        read({"A/B": scheme}, [{"A/B": []}])
    assert str(caught.value) == (
        f"/components/securitySchemes/A~1B: {found} is not supported; "
        "expected apiKey in header, or http bearer"
    )


def test_a_kind_that_the_operation_does_not_use_is_no_matter() -> None:
    assert read({**TWO, "Three": {"type": "oauth2"}}, [{"One": []}]).accepts({"One"})


def test_a_scheme_that_nobody_defined_is_refused_with_those_that_exist() -> None:
    with pytest.raises(UnsupportedSecurity) as caught:
        read(TWO, [{"Three": []}])
    assert str(caught.value) == (
        "/components/securitySchemes: a missing scheme 'Three' is not supported; expected one of One, Two"
    )


@pytest.mark.parametrize("other", [{"type": "http", "scheme": "bearer"}, in_header("ONE")])
def test_two_schemes_in_one_header_are_refused(other: dict[str, str]) -> None:
    header = "authorization" if other["type"] == "http" else "x-one"
    first = {"type": "apiKey", "in": "header", "name": header}
    with pytest.raises(UnsupportedSecurity) as caught:
        read({"One": first, "Two": other}, [{"One": []}, {"Two": []}])
    spelt = "Authorization" if other["type"] == "http" else "x-ONE"
    assert str(caught.value) == (
        f"/components/securitySchemes/Two: the header {spelt}, which carries One already, is not supported; "
        "expected a header of its own for each scheme"
    )


def test_more_schemes_than_the_matrix_can_hold_are_refused() -> None:
    names = [f"S{number}" for number in range(MAX_SCHEMES + 1)]
    assert len(of([names[:-1]]).schemes) == MAX_SCHEMES
    with pytest.raises(UnsupportedSecurity, match="13 schemes is not supported; expected at most 12"):
        of([names])


# --- credentials in headers -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "credential"),
    [
        ("Bearer abc", "abc"),
        ("bearer abc", "abc"),
        ("BEARER abc", "abc"),
        (" \tBearer   abc\t ", "abc"),
        ("Bearer a b", "a b"),
        ("Bearer", None),
        ("Bearer ", None),
        ("Bearer \t ", None),
        ("", None),
        ("  ", None),
        ("abc", None),
        ("Basic abc", None),
        ("Bearerabc", None),
        ("Bearer\tabc", None),
        ("Token Bearer abc", None),
    ],
)
def test_a_bearer_credential_stands_behind_its_scheme(value: str, credential: str | None) -> None:
    assert VENDORED[AUTH].extract(value) == credential


@pytest.mark.parametrize(
    ("value", "credential"),
    [("abc", "abc"), (" abc\t", "abc"), ("Bearer abc", "Bearer abc"), ("", None), (" \t ", None)],
)
def test_an_api_key_is_the_whole_value(value: str, credential: str | None) -> None:
    assert VENDORED[KEY].extract(value) == credential


@settings(deadline=None)
@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1))
def test_what_is_rendered_is_extracted(credential: str) -> None:
    for scheme in VENDORED.schemes:
        assert scheme.extract(scheme.render(credential)[1]) == credential


@pytest.mark.parametrize("alternatives", [[7], ["One"], {"One": []}])
def test_security_of_another_form_is_refused(alternatives: object) -> None:
    with pytest.raises(UnsupportedSecurity, match="a list of objects, each with schemes for keys"):
        read_security({}, "/paths/x", {"security": alternatives})
