from collections.abc import Mapping, Sequence
from itertools import chain, combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.contract import Contract, Security, UnsupportedSecurity
from conformance.contract.openapi.defects import Defect
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
    global_: Sequence[Mapping[str, Any]] | None = None,
) -> Security:
    """The security of an operation with *own* alternatives, in a document with *global_* ones."""
    document: dict[str, Any] = {"components": {"securitySchemes": dict(schemes)}}
    document |= {} if global_ is None else {"security": global_}
    return read_security(document, OPERATION, {} if own is None else {"security": own})


def of(alternatives: Sequence[Sequence[str]]) -> Security:
    """The security of *alternatives*; each of their schemes has its own header."""
    names = dict.fromkeys(chain.from_iterable(alternatives))
    schemes = {name: in_header(f"{number}") for number, name in enumerate(names)}
    return read(schemes, [dict.fromkeys(names, ()) for names in alternatives])


def sets(names: Sequence[str]) -> list[frozenset[str]]:
    return [frozenset(c) for size in range(len(names) + 1) for c in combinations(names, size)]


# --- the vendored contract ------------------------------------------------------------------------------------------


def test_accepts_26_of_64_sets() -> None:
    verdicts = [VENDORED.accepts(names) for names in VENDORED.subsets()]
    assert (len(verdicts), verdicts.count(True), verdicts.count(False)) == (64, 26, 38)


def test_subsets_are_unique() -> None:
    assert set(VENDORED.subsets()) == set(sets([KEY, VIRTUAL, AUTH, PROVIDER, CONFIG, HOST]))
    assert len(list(VENDORED.subsets())) == 64


def test_minimal_sets_contain_no_custom_host() -> None:
    assert VENDORED.minimal_accepted() == (
        frozenset({KEY, VIRTUAL}),
        frozenset({KEY, AUTH, PROVIDER}),
        frozenset({KEY, CONFIG}),
    )
    assert VENDORED.accepts({KEY, AUTH, PROVIDER, HOST} - {HOST})


def test_vendored_contract_has_three_maximal_rejected_sets() -> None:
    assert set(VENDORED.maximal_rejected()) == {
        frozenset({VIRTUAL, AUTH, PROVIDER, CONFIG, HOST}),
        frozenset({KEY, AUTH, HOST}),
        frozenset({KEY, PROVIDER, HOST}),
    }


def test_labels_of_accepted_and_rejected_sets() -> None:
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


def test_profile_marks_schemes_that_are_not_secret() -> None:
    assert [scheme.name for scheme in VENDORED.schemes if not scheme.secret] == [PROVIDER, HOST]
    assert VENDORED[PROVIDER].placeholder == "openai"


# --- compared with brute force -------------------------------------------------------------------------------

NAMES = ("A", "B", "C", "D", "E")
ALTERNATIVES = st.lists(st.lists(st.sampled_from(NAMES), unique=True, max_size=4), min_size=1, max_size=5)


@settings(deadline=None)
@given(ALTERNATIVES)
def test_accepts_supersets_of_an_alternative(alternatives: list[list[str]]) -> None:
    security = of(alternatives)
    for names in sets(NAMES):
        assert security.accepts(names) == any(set(a) <= names for a in alternatives)


@settings(deadline=None)
@given(ALTERNATIVES)
def test_additional_credentials_keep_a_set_accepted(alternatives: list[list[str]]) -> None:
    security = of(alternatives)
    for names in security.subsets():
        if security.accepts(names):
            assert all(security.accepts(names | {scheme.name}) for scheme in security.schemes)


@settings(deadline=None)
@given(ALTERNATIVES)
def test_minimal_accepted_sets_need_each_credential(alternatives: list[list[str]]) -> None:
    security = of(alternatives)
    minimal = security.minimal_accepted()
    accepted = [names for names in security.subsets() if security.accepts(names)]
    assert set(minimal) == {a for a in accepted if not any(security.accepts(a - {name}) for name in a)}
    assert len(minimal) == len(set(minimal))
    assert all(any(least <= names for least in minimal) for names in accepted)


@settings(deadline=None)
@given(ALTERNATIVES)
def test_maximal_rejected_sets_allow_no_more_credentials(alternatives: list[list[str]]) -> None:
    security = of(alternatives)
    maximal = security.maximal_rejected()
    rejected = [names for names in security.subsets() if not security.accepts(names)]
    assert set(maximal) == {r for r in rejected if not any(r < other for other in rejected)}
    assert len(maximal) == len(set(maximal))
    assert all(any(names <= most for most in maximal) for names in rejected)


SCHEME_NAMES = st.one_of(
    st.from_regex(r"[A-Za-z0-9._-]{1,4}", fullmatch=True),
    st.sampled_from(["anonymous", "api-key", "apiKey", "ApiKey", "a", "A", "a-2", "A-2"]),
)


@settings(deadline=None)
@given(st.data())
def test_labels_are_unique(data: st.DataObject) -> None:
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


def test_numbers_names_that_differ_only_in_case() -> None:
    labels = {s.name: s.label for s in of([["apiKey", "api-key", "a-2", "a", "A"]]).schemes}
    assert labels == {"apiKey": "api-key", "api-key": "api-key-2", "a-2": "a-2", "a": "a", "A": "a-3"}


# --- reading the document -----------------------------------------------------------------------------------

TWO = {"One": in_header("one"), "Two": in_header("two")}


def test_security_of_the_operation_overrides_the_documents() -> None:
    security = read(TWO, own=[{"Two": []}], global_=[{"One": []}])
    assert security.alternatives == (frozenset({"Two"}),)
    assert [scheme.name for scheme in security.schemes] == ["Two"]
    assert security.pointer == f"{OPERATION}/security"


def test_security_of_the_document_is_the_default() -> None:
    security = read(TWO, global_=[{"One": []}])
    assert (security.alternatives, security.pointer) == ((frozenset({"One"}),), "/security")


@pytest.mark.parametrize(
    ("own", "global_", "pointer"),
    [
        ([], [{"One": []}], f"{OPERATION}/security"),
        ([{}], [{"One": []}], f"{OPERATION}/security"),
        ([{"One": []}, {}], None, f"{OPERATION}/security"),
        (None, [], "/security"),
        (None, None, OPERATION),
    ],
)
def test_without_security_anonymous_requests_are_accepted(own: Any, global_: Any, pointer: str) -> None:
    security = read(TWO, own, global_)
    assert security.accepts(())
    assert security.minimal_accepted() == (frozenset(),)
    assert security.maximal_rejected() == ()
    assert security.label_accepted(frozenset()) == "anonymous"
    assert security.pointer == pointer


def test_schemes_are_in_order_of_first_mention() -> None:
    assert [s.name for s in of([["B", "A"], ["C", "A"]]).schemes] == ["B", "A", "C"]


def test_scheme_lookup_is_by_exact_name() -> None:
    assert VENDORED[CONFIG].header == "x-portkey-config"
    with pytest.raises(KeyError, match="config"):
        VENDORED["config"]


def test_duplicate_alternatives_count_once() -> None:
    assert of([["A", "B"], ["B", "A"]]).alternatives == (frozenset({"A", "B"}),)


@pytest.mark.parametrize("spelling", ["bearer", "Bearer", "BEARER"])
def test_http_bearer_uses_the_authorization_header(spelling: str) -> None:
    (scheme,) = read({"One": {"type": "http", "scheme": spelling}}, [{"One": []}]).schemes
    assert scheme.render("secret") == ("Authorization", "Bearer secret")


def test_scheme_may_be_a_reference() -> None:
    schemes = {"One": {"$ref": "#/components/securitySchemes/Two"}, "Two": in_header("two")}
    assert [(s.name, s.header) for s in read(schemes, [{"One": []}]).schemes] == [("One", "x-two")]


def test_ignores_unused_schemes() -> None:
    assert read({**TWO, "Three": {"type": "oauth2"}}, [{"One": []}]).accepts({"One"})


def test_rejects_too_many_schemes() -> None:
    names = [f"S{number}" for number in range(MAX_SCHEMES + 1)]
    assert len(of([names[:-1]]).schemes) == MAX_SCHEMES
    with pytest.raises(
        UnsupportedSecurity, match="a section with 13 schemes is not supported; use at most 12"
    ):
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
def test_extracts_bearer_credentials(value: str, credential: str | None) -> None:
    assert VENDORED[AUTH].extract(value) == credential


@pytest.mark.parametrize(
    ("value", "credential"),
    [("abc", "abc"), (" abc\t", "abc"), ("Bearer abc", "Bearer abc"), ("", None), (" \t ", None)],
)
def test_extracts_api_keys(value: str, credential: str | None) -> None:
    assert VENDORED[KEY].extract(value) == credential


@settings(deadline=None)
@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1))
def test_extracting_reverses_rendering(credential: str) -> None:
    for scheme in VENDORED.schemes:
        assert scheme.extract(scheme.render(credential)[1]) == credential


@pytest.mark.parametrize("section", [[7], ["One"], {"One": []}, "One", None])
def test_a_section_of_another_form_is_a_defect_and_no_credentials_are_known(section: object) -> None:
    defects: list[Defect] = []
    security = read_security({}, "/paths/x", {"security": section}, defects)
    assert not security.is_known
    assert [defect.pointer.removesuffix("/0") for defect in defects] == ["/paths/x/security"]


def test_an_alternative_of_another_form_is_left_out() -> None:
    defects: list[Defect] = []
    security = read_security({}, "/paths/x", {"security": [7, {}]}, defects)
    assert (security.is_known, security.alternatives) == (True, (frozenset(),))
    assert [defect.pointer for defect in defects] == ["/paths/x/security/0"]


def test_rejects_too_many_alternatives() -> None:
    pairs = [[f"S{a}", f"S{b}"] for a in range(12) for b in range(a)][:51]
    assert len(of(pairs[:-1]).alternatives) == 50
    with pytest.raises(UnsupportedSecurity, match="51 alternatives"):
        of(pairs)
