"""Run every command in the documents, and compare its output."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.output import matches
from tests.docs.pages import PAGES, ROOT, Command, Example, NotRun, steps
from tests.docs.session import session
from tests.sampling import sampled

RUN_BY_CI = "pip install . && embeddings-conformance run "
"""The beginning of the README's first block, which has no comment before it: .ci/run runs it."""

NOT_RUN = {
    "README.md": [f"{RUN_BY_CI}  # the suite against the built-in reference server, over real HTTP"],
    "docs/index.md": ["pip install ."],
    "docs/comparison.md": ["embeddings-conformance serve --tokenizer bytes --fail float64 --port 8787 &"],
    "docs/how-to/audit-on-a-cluster.md": ["pip install '../embeddings-conformance[cluster]'"],
    "docs/how-to/fidelity.md": [
        "pip install -r ../embeddings-conformance/examples/fidelity/requirements.txt",
        "embeddings-conformance run http://127.0.0.1:8080/v1 --profile self-hosted --model all-MiniLM-L6-v2 \\",
    ],
    "docs/how-to/gate.md": [
        "embeddings-conformance run https://gateway.example.com/v1 --profile openai \\",
        "docker build --tag embeddings-conformance ../embeddings-conformance",
    ],
    "docs/how-to/own-server.md": [
        "SCHEMATHESIS_HOOKS=conformance.schemathesis_checks schemathesis run"
        " ../embeddings-conformance/spec/portkey-embeddings.yaml --url http://127.0.0.1:8000/v1 \\"
    ],
}
"""The beginnings of the blocks that tests do not run; the comment before each has the reason."""


def executable(page: Path) -> bool:
    return any(isinstance(step, Command | Example) for step in steps(page.read_text("utf-8")))


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


EXECUTABLE = {name(page): page for page in PAGES if executable(page)}
QUICK = {"README.md"}
"""The page whose commands every test run runs; the slow tests run all others."""


@pytest.mark.parametrize("page", sampled(EXECUTABLE.values(), QUICK, name))
def test_commands_print_what_the_page_shows(page: Path, tmp_path: Path) -> None:
    with session(tmp_path) as reader:
        for step in steps(page.read_text("utf-8")):
            printed = reader.run(step)
            if isinstance(step, Command):
                message = f"{page.name}:{step.line}: $ {step.text}\n{printed}"
                assert matches(step.shown, printed), message
            elif isinstance(step, Example):
                assert not printed, f"{page.name}:{step.line}\n{printed}"


def test_only_listed_blocks_are_not_run() -> None:
    skipped = {str(page.relative_to(ROOT)): list(not_run(page)) for page in PAGES}
    assert {page: blocks for page, blocks in skipped.items() if blocks} == NOT_RUN


def not_run(page: Path) -> Iterator[str]:
    """Yield the first line of each block that is not run. Each needs a reason."""
    for step in steps(page.read_text("utf-8")):
        if isinstance(step, NotRun):
            first = step.text.splitlines()[0]
            assert step.reason or first.startswith(RUN_BY_CI), f"{page}:{step.line}"
            yield first
