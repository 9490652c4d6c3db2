"""Say what a run would send: requests and prompt tokens, for each requirement. Nothing is sent.

example: embeddings-conformance plan http://127.0.0.1:8787/v1 --header 'NAME: env:VARIABLE' --only 'auth.*'
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from conformance.runner.prepare import prepare

from .run import add_run_options, configured


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of a run."""
    add_run_options(parser, except_for={"url", "plan"})
    parser.set_defaults(plan=True)


def main(given: Namespace) -> int:
    """Print the plan."""
    with configured(given) as configuration:
        print("\n".join(prepare(configuration).plan()))
    return 0
