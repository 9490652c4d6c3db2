"""Documents as frameworks write them: each loads, its own server is conformant, and discover configures a run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conformance import check
from conformance.cli.main import main
from conformance.config.file import OWN_FILE
from conformance.config.headers import header_lines
from conformance.config.parameters import parameter_lines
from conformance.contract import Contract
from conformance.exit_codes import Exit
from conformance.generators import invalid_cases, plain_case, valid_cases
from conformance.reference import background_server, create_app, default_credentials
from tests.mutants.setup import credentials
from tests.sampling import sampled

DOCUMENTS = sorted((Path(__file__).parent / "documents").glob("*.json"))

WITH_ALL_RUNS = ("base64-only",)
"""The documents whose whole run is in each test run. The others are marked slow."""

WITH_DISCOVERY = ("drf-spectacular",)

FEW = ("auth.*", "capability.*", "request.json.syntax", "request.type", "response.type")
"""The requirements of a run with a discovered file."""


def stem(file: Path) -> str:
    return file.stem


@pytest.mark.parametrize("file", DOCUMENTS, ids=stem)
def test_it_loads_with_valid_and_invalid_requests(file: Path) -> None:
    contract = Contract.load(file)
    model = contract.default_model
    assert plain_case(contract, model).valid
    assert valid_cases(contract, model)
    assert invalid_cases(contract, model)


@pytest.mark.parametrize("file", sampled(DOCUMENTS, WITH_ALL_RUNS, stem))
def test_its_own_server_is_conformant(file: Path) -> None:
    contract = Contract.load(file)
    report = check(
        create_app(contract),
        contract=file,
        headers=dict(credentials(contract)),
        parameter=parameter_lines(contract),
    )
    rows = report.as_dict()["requirements"]
    bad = {row["id"]: row["reason"] for row in rows if row["verdict"] not in ("pass", "not-tested")}
    assert bad == {}
    assert [row["id"] for row in rows if row["verdict"] == "not-tested" and not row["reason"]] == []
    assert report.code == Exit.OK


@pytest.mark.parametrize("file", sampled(DOCUMENTS, WITH_DISCOVERY, stem))
def test_a_run_with_the_discovered_file_passes(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    contract = Contract.load(file)
    arguments = ["--contract", str(file)]
    for number, line in enumerate(header_lines(contract, default_credentials(contract))):
        name, _, value = line.partition(": ")
        scheme, _, credential = value.rpartition(" ")
        monkeypatch.setenv(f"CREDENTIAL_{number}", credential)
        arguments += ["--header", f"{name}: {scheme} env:CREDENTIAL_{number}".replace("  ", " ")]
    for line in parameter_lines(contract):
        arguments += ["--parameter", line]
    with background_server(create_app(contract), base_path=contract.base_path) as url:
        assert main(["discover", url, *arguments]) == Exit.OK, capsys.readouterr()
        selected = [pattern for pattern in FEW if contract.catalogue.applicable(()).matching(pattern)]
        only = [word for pattern in selected for word in ("--only", pattern)]
        assert main(["run", *only]) == Exit.OK, capsys.readouterr()
    assert "contract = " in (tmp_path / OWN_FILE).read_text("utf-8")


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        (
            "base64-only-array-response",
            "a request can ask for base64, but an embedding must be an array of numbers",
        ),
        ("any-encoding", "a request can ask for base64, but an embedding must be an array of numbers"),
        ("float-or-string", "a request can ask for float, but an embedding must be a string"),
    ],
)
def test_vectors_of_an_encoding_that_can_be_requested_are_allowed(name: str, problem: str) -> None:
    contract = Contract.load(_file(name))
    assert problem in [defect.problem for defect in contract.defects]


@pytest.mark.parametrize(
    ("name", "encoding", "has_arrays"),
    [
        ("base64-only", "base64", False),
        ("base64-only-optional", "base64", False),
        ("base64-or-array", None, False),
        ("base64-default", "base64", True),
        ("string-without-encoding", "base64", False),
        ("any-encoding", "float", True),
        ("titan", "float", True),
    ],
)
def test_the_encoding_without_a_request_for_one(name: str, encoding: str | None, has_arrays: bool) -> None:
    contract = Contract.load(_file(name))
    assert (contract.default_encoding, contract.has_arrays_of_numbers) == (encoding, has_arrays)


def test_the_lists_of_all_forms_of_an_item_are_found() -> None:
    roles = Contract.load(_file("jina")).roles
    assert (roles.vectors, roles.vector, roles.index) == (("data",), ("embedding",), ("index",))


@pytest.mark.parametrize(
    ("name", "base_path"), [("trailing-slash", ""), ("swaggo", "/api/v1"), ("several", "/v1")]
)
def test_the_server_does_not_repeat_the_path_of_the_operation(name: str, base_path: str) -> None:
    assert Contract.load(_file(name)).base_path == base_path


def test_every_form_of_a_request_names_the_model_of_the_run() -> None:
    contract = Contract.load(_file("jina"))
    payloads = [json.loads(case.body) for cases in valid_cases(contract, "mine").values() for case in cases]
    assert {payload["model"] for payload in payloads} == {"mine"}


def test_a_length_within_the_bounds_of_the_contract_may_be_rejected() -> None:
    """The largest length is that of the largest model: the reference server's model has fewer numbers."""
    report = check(
        create_app(Contract.load(_file("swaggo"))),
        contract=_file("swaggo"),
        headers=dict(credentials(Contract.load(_file("swaggo")))),
        only=["request.dimensions.*", "meaning.native-dimensions"],
    )
    assert {row["verdict"] for row in report.as_dict()["requirements"]} <= {"pass", "not-tested"}


def _file(name: str) -> Path:
    return next(file for file in DOCUMENTS if file.stem == name)
