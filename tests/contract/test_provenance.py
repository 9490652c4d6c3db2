import hashlib
from pathlib import Path

from conformance.contract.openapi.document import load_document
from conformance.contract.openapi.source_file import read_file
from conformance.contract.spec_files import provenance, spec_file

RECORD = read_file(provenance()).value


def extract(source: bytes, opening: str, closing: str) -> bytes:
    """The recorded rule, repeated: what stands between the two fence lines."""
    lines = source.splitlines(keepends=True)
    bare = [line.rstrip(b"\r\n") for line in lines]
    assert bare.count(opening.encode()) == 1
    begin = bare.index(opening.encode()) + 1
    return b"".join(lines[begin : bare.index(closing.encode(), begin)])


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def test_the_source_has_the_recorded_digest() -> None:
    assert digest(spec_file(RECORD["source"]["file"])) == RECORD["source"]["sha256"]


def test_the_extracted_document_has_the_recorded_digest() -> None:
    assert digest(spec_file(RECORD["extracted"]["file"])) == RECORD["extracted"]["sha256"]


def test_repeating_the_extraction_gives_the_vendored_document_byte_for_byte() -> None:
    rule = RECORD["extraction"]
    source = spec_file(RECORD["source"]["file"]).read_bytes()
    assert (
        extract(source, rule["opening"], rule["closing"])
        == spec_file(RECORD["extracted"]["file"]).read_bytes()
    )


def test_the_recorded_licence_is_the_one_that_the_document_states() -> None:
    document = load_document(spec_file(RECORD["extracted"]["file"]))
    assert document["info"]["license"] == RECORD["licence"]
