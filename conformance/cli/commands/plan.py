"""Print what a run would send: requests and prompt tokens for each requirement.

Nothing is sent. Options for reports have no effect.

example: embeddings-conformance plan http://127.0.0.1:8787/v1 --header 'NAME: env:VARIABLE' --only 'auth.*'
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from conformance.cli.arguments import add_options, add_target_url
from conformance.cli.run_configuration import run_configuration
from conformance.config.options import OPTIONS
from conformance.exit_codes import Exit
from conformance.runner.inputs import load_inputs
from conformance.runner.prepare import prepare_run


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of a run."""
    add_target_url(parser)
    add_options(parser, {option.name for option in OPTIONS} - {"url", "plan"})
    parser.add_argument("-v", "--verbose", action="store_true", help="no effect; accepted because run has it")
    parser.set_defaults(plan=True)


def main(arguments: Namespace) -> int:
    """Print the plan."""
    with run_configuration(arguments) as configuration:
        print("\n".join(prepare_run(load_inputs(configuration)).plan()))
    return Exit.OK
