import hashlib
from pathlib import Path

from conformance.contract.openapi.document import load_document
from conformance.contract.openapi.source_file import read_file
from conformance.contract.spec_files import document_provenance, spec_file

RECORD = read_file(document_provenance()).value


def extract(source: bytes, opening: str, closing: str) -> bytes:
    """Apply the recorded rule: return the lines between the two fences."""
    lines = source.splitlines(keepends=True)
    bare = [line.rstrip(b"\r\n") for line in lines]
    assert bare.count(opening.encode()) == 1
    begin = bare.index(opening.encode()) + 1
    return b"".join(lines[begin : bare.index(closing.encode(), begin)])


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def test_source_has_the_recorded_digest() -> None:
    assert digest(spec_file(RECORD["source"]["file"])) == RECORD["source"]["sha256"]


def test_extracted_document_has_the_recorded_digest() -> None:
    assert digest(spec_file(RECORD["extracted"]["file"])) == RECORD["extracted"]["sha256"]


def test_repeated_extraction_equals_the_vendored_document() -> None:
    rule = RECORD["extraction"]
    source = spec_file(RECORD["source"]["file"]).read_bytes()
    assert (
        extract(source, rule["opening"], rule["closing"])
        == spec_file(RECORD["extracted"]["file"]).read_bytes()
    )


def test_recorded_license_equals_the_documents() -> None:
    document = load_document(spec_file(RECORD["extracted"]["file"]))
    assert document["info"]["license"] == RECORD["licence"]
