"""``replay`` shows each failure of mutants again, and none of the correct server."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mutants.replaying import Saved, related, run
from tests.mutants.setup import Setup

QUICK = (
    "crashes on malformed JSON",
    "rejects bodies of over 64 KiB",
    "keeps the input in a global variable",
)
"""Mutants that the default run replays, with one requirement each."""

OTHERS = (
    "ignores unknown properties",
    "rejects chunked bodies",
    "embeds a JSON string as the whole body",
    "treats true as one dimension",
    "embeds empty strings in arrays",
    "crashes on arrays of integers",
    "crashes on markup",
    "ignores text after the JSON",
    "crashes on texts with SQL",
    "omits object",
    "returns ISO 8859-1",
    "returns index 0 for every item",
    "omits usage for base64",
    "omits the index if it is 0",
    "adds the tokens of each user's last request",
    "rejects Portkey-Key and Virtual-Key",
    "accepts the beginning of the credential for Portkey-Key",
    "crashes on two Authorization headers",
    "returns embeddings for GET",
    "returns 404 for other methods",
    "returns gzip without Accept-Encoding",
    "accepts a key in the body",
    "does not validate chunked bodies",
    "rejects digits in requests with a user",
    "crashes on dimensions as the first property",
    "ignores unknown properties that are not strings",
    "crashes on control characters in the user",
    "accepts two wrong credentials",
    "returns the second vector for the first of 15 texts",
    "embeds only the first 512 words",
    "removes duplicates from batches",
    "returns another vector every third time",
    "truncates vectors without normalizing them",
)
"""Mutants that fail without other requests."""

STATEFUL = {
    "caches texts without the encoding in the key": ("state.*", "meaning.*"),
    "caches texts without the dimensions in the key": ("state.*", "meaning.*"),
    "keeps another model after a request for it": ("state.*", "meaning.*"),
    "confuses concurrent batches": ("state.*", "meaning.*"),
    "returns other vectors after rejected requests": ("state.*", "meaning.*", "request.json.*"),
    "returns other vectors after a truncated body": ("state.*", "meaning.*", "http.*"),
    "embeds the end of a long text in later short texts": ("state.*", "meaning.*"),
    "caches responses by X-Request-Id": ("state.*", "meaning.*", "http.*"),
    "crashes when several large requests are in flight": ("state.*", "meaning.*"),
    "crashes when more than 20 requests are in flight": ("state.*", "meaning.*"),
    "loses a worker with each disconnect": ("state.*", "meaning.*"),
    "uses another model for all requests after the first 80": ("state.*", "meaning.*"),
    "is slow after ten requests": ("state.*",),
}
"""Mutants that depend on earlier or concurrent requests, with patterns of the requirements of their runs."""

UNKNOWN = "the saved run did not find under which condition it fails"


@pytest.mark.parametrize("name", QUICK)
def test_a_replay_shows_the_failures_of_a_mutant_again(
    name: str, small: Setup, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert_replays(run(small, name, tmp_path), capsys)


@pytest.mark.slow
@pytest.mark.parametrize("name", [*OTHERS, *STATEFUL])
def test_a_replay_shows_every_failure_again(
    name: str, small: Setup, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    others = (*related(small, name), *STATEFUL.get(name, ()))
    assert_replays(run(small, name, tmp_path, others), capsys)


def test_a_generated_request_is_the_same_again(
    small: Setup, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    saved = run(small, "rejects digits in requests with a user", tmp_path)
    (failure,) = saved.failures.values()
    capsys.readouterr()
    assert saved.replay(failure["id"]) == 1
    assert failure["evidence"][0]["request"]["body"] in capsys.readouterr().out


def test_there_are_enough_mutants() -> None:
    assert len({*QUICK, *OTHERS, *STATEFUL}) >= 40
    assert len(STATEFUL) >= 8


def assert_replays(saved: Saved, capsys: pytest.CaptureFixture[str]) -> None:
    """Each failure is there again, also if only it is replayed, or the replay says why it cannot know.

    With the correct server, none is there.
    """
    failures = saved.failures
    capsys.readouterr()
    results = {id: (saved.replay(id), capsys.readouterr().out) for id in failures}
    assert "still fails" in results[saved.mutant.breaks][1]
    assert {id: printed for id, (_, printed) in results.items() if not is_explained(printed)} == {}
    assert {
        id: code for id, (code, printed) in results.items() if code != 2 - ("still fails" in printed)
    } == {}
    code = saved.replay("*", corrected=True)
    printed = capsys.readouterr().out
    assert "still fails" not in printed
    assert code == (2 if UNKNOWN in printed else 0), printed


def is_explained(printed: str) -> bool:
    """Whether a failure is there, or others that may have its cause, or its condition was not found in its run."""
    return any(text in printed for text in ("still fails", "may have the same cause", UNKNOWN))
