"""A contract with an option for truncation has no requirement that long texts are not truncated."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path

import pytest

from tests.contract.own_contracts import PUBLISHED, load_document

TRUNCATION = {"meaning.truncation", "meaning.truncation.tokens"}


@pytest.mark.parametrize(
    ("name", "kept"), [("truncate", set()), ("truncation", set()), ("language", TRUNCATION)]
)
def test_an_option_for_truncation_excludes_requirements(name: str, kept: set[str], tmp_path: Path) -> None:
    document = deepcopy(PUBLISHED)
    request = document["components"]["schemas"]["CreateEmbeddingRequest"]
    request["properties"][name] = {"type": "string"}
    catalogue = load_document(document, tmp_path).catalogue
    assert TRUNCATION & catalogue.keys() == kept
    assert TRUNCATION & {*catalogue.dropped} == TRUNCATION - kept


def test_a_document_without_the_quoted_sentences_has_the_same_rules(tmp_path: Path) -> None:
    document = deepcopy(PUBLISHED)
    usage = document["components"]["schemas"]["CreateEmbeddingResponse"]["properties"]["usage"]["properties"]
    del usage["prompt_tokens"]["description"]
    source = load_document(document, tmp_path).catalogue["response.usage.counted"].source
    assert source.kind == "practice"
    assert source.reference.startswith("https://")
