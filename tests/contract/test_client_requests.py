"""Requests of real HTTP clients as data."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from conformance import Contract
from conformance.contract import ContractError
from conformance.contract.client_requests import load_added_headers, load_client_requests
from conformance.contract.openapi.source_file import read_file
from conformance.contract.spec_files import client_requests, spec_file

FILE = """\
added-headers:
  - {group: a proxy, lines: ["Via: 1.1 proxy"]}
  - {group: cookies, lines: ["Cookie: a=b;"], times: 3, rejections: [400, 431], may-close: true}
requests:
  - label: own
    names: a client
    client: client 1.0
    link: https://example.org
    about: All of it.
    head: ["POST {path} HTTP/1.1", "host: {host}", "X-Key: {credentials}", "Transfer-Encoding: chunked"]
"""


def written(folder: Path, text: str) -> Path:
    file = folder / "client-requests.yaml"
    file.write_text(text, "utf-8")
    return file


def test_requests_have_their_headers_in_order_and_case(tmp_path: Path) -> None:
    own = load_client_requests(written(tmp_path, FILE))["own"]
    assert own.headers == (("host", "{host}"), ("X-Key", "{credentials}"), ("Transfer-Encoding", "chunked"))
    assert own.is_chunked
    assert not own.expects_continue
    assert not own.offers_upgrade


def test_values_of_added_headers_can_be_repeated(tmp_path: Path) -> None:
    proxy, cookies = load_added_headers(written(tmp_path, FILE))
    assert (proxy.headers, proxy.rejections, proxy.may_close) == ((("Via", "1.1 proxy"),), (), False)
    assert (cookies.headers, cookies.rejections, cookies.may_close) == (
        (("Cookie", "a=b;" * 3),),
        (400, 431),
        True,
    )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("label: own", "label: Own Client", "lowercase"),
        ("names: a client", "names: a client with many more words here", "6 words"),
        ("POST {path} HTTP/1.1", "POST /v1/embeddings HTTP/1.1", "POST"),
        ('"host: {host}", ', "", "{host}"),
        ("X-Key: {credentials}", "X-Key: abc", "{credentials}"),
        ("X-Key: {credentials}", "X-Key: {credential}", "placeholders"),
        (', "Transfer-Encoding: chunked"', "", "Content-Length"),
        ("Via: 1.1 proxy", "Via 1.1 proxy", "header line"),
        ("[400, 431]", "[503]", "400 to 499"),
        ("times: 3", "times: 0", "from 1"),
        ("may-close: true", "may-close: often", "true or false"),
        ("    about: All of it.\n", "", "'about'"),
        ("names: a client", "name: a client", "did you mean 'names'"),
    ],
)
def test_mistakes_are_errors(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert FILE.count(old) == 1
    file = written(tmp_path, FILE.replace(old, new))
    with pytest.raises(ContractError, match=message):
        (load_client_requests(file), load_added_headers(file))


def test_a_label_is_used_once(tmp_path: Path) -> None:
    request = FILE[FILE.index("  - label") :]
    with pytest.raises(ContractError, match="twice"):
        load_client_requests(written(tmp_path, FILE + request))


def test_the_shipped_file_is_valid_by_its_schema() -> None:
    schema = read_file(spec_file("schemas/client-requests.schema.yaml")).value
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    assert list(validator.iter_errors(read_file(client_requests()).value)) == []


def test_each_shipped_request_has_a_requirement() -> None:
    catalogue = Contract.load().catalogue
    assert {f"http.client.{label}" for label in load_client_requests()} == {
        id for id in catalogue if id.startswith("http.client.")
    }


def test_the_shipped_requests_show_what_clients_do() -> None:
    requests = load_client_requests().values()
    assert any(request.is_chunked for request in requests)
    assert any(request.expects_continue for request in requests)
    assert any(request.offers_upgrade for request in requests)
    assert any(name.islower() for request in requests for name, _ in request.headers)


def test_the_shipped_requests_name_no_machine() -> None:
    text = client_requests().read_text("utf-8")
    requests = text[text.index("\nrequests:") :]
    assert re.findall(r"127\.0\.0\.1|localhost|/(?:home|root|tmp|work)/|fake-credential", requests) == []


def test_only_one_group_of_added_headers_is_long() -> None:
    sizes = [sum(len(name) + len(value) for name, value in group.headers) for group in load_added_headers()]
    assert [size > 8192 for size in sizes].count(True) == 1
    assert max(size for size in sizes if size <= 8192) < 1000
