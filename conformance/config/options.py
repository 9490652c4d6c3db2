"""The options of a run, as data: one list for pytest's door, the command's and the configuration file's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "path", "seconds", "count", "rate", "seed", "flag", "list", "name-or-path", "address"]


@dataclass(frozen=True, slots=True)
class Option:
    """One option: ``--PREFIX-NAME`` for pytest, ``--NAME`` for the command, ``NAME`` in a configuration file.

    ``kind`` is what its value is; a ``list`` may be repeated, a ``flag`` has no value. An empty prefix stands for an
    option that pytest has by itself.
    """

    prefix: Literal["target", "conformance", ""]
    name: str
    kind: Kind
    metavar: str
    help: str
    choices: tuple[str, ...] = ()

    @property
    def flag(self) -> str:
        """The option as pytest knows it."""
        return f"--{self.prefix}-{self.name}" if self.prefix else f"--{self.name}"

    @property
    def key(self) -> str:
        """The attribute that holds it."""
        return self.name.replace("-", "_")


OPTIONS = (
    Option(
        "target", "url", "text", "URL", "base URL of the target, as an SDK would be given it (http://host/v1)"
    ),
    Option(
        "target",
        "app",
        "text",
        "MODULE:ATTR",
        "an ASGI application, driven in-process at base path /v1, or at the path of the target's URL if that is given",
    ),
    Option(
        "target",
        "header",
        "list",
        "'NAME: VALUE'",
        "a credential or another header; a value env:VAR is read from the environment (repeatable)",
    ),
    Option("target", "name", "text", "NAME", "what reports call the target, such as 'LiteLLM 1.80.5'"),
    Option("target", "model", "text", "NAME", "the model to ask for (default: the contract's example)"),
    Option(
        "target",
        "limit",
        "list",
        "CAPABILITY=N",
        "the most that the target claims: batch, input-tokens or dimensions; what is over it must be refused"
        " (repeatable)",
    ),
    Option("target", "timeout", "seconds", "S", "seconds for one request (default: 60)"),
    Option(
        "target",
        "wait",
        "seconds",
        "S",
        "seconds to wait for the target at the start (default: 10 for one that answers 503, none for one that refuses)",
    ),
    Option("target", "ca", "path", "FILE", "PEM file of the certificate authorities to trust"),
    Option("target", "cert", "path", "FILE", "PEM file of a client certificate with its key"),
    Option("target", "proxy", "text", "URL", "HTTP proxy (the environment's proxy variables are ignored)"),
    Option(
        "conformance", "contract", "path", "FILE", "another OpenAPI document in place of the vendored one"
    ),
    Option(
        "conformance",
        "profile",
        "name-or-path",
        "NAME|PATH",
        "a profile's name, or its overlay (default: portkey)",
    ),
    Option(
        "conformance",
        "level",
        "text",
        "LEVEL",
        "which levels fail the run: must (default) or should",
        ("must", "should"),
    ),
    Option(
        "conformance", "baseline", "path", "FILE", "known failures, by requirement id, each with a reason"
    ),
    Option(
        "conformance",
        "update-baseline",
        "flag",
        "",
        "write this run's failures to the baseline, keeping reasons",
    ),
    Option(
        "conformance",
        "only",
        "list",
        "GLOB",
        "test these requirements alone, by id: auth.*, meaning.batch (repeatable; default: all)",
    ),
    Option(
        "conformance",
        "unsupported",
        "list",
        "CAPABILITY",
        "what the target does not claim: dimensions, base64, token-input, nested-token-input or batch; requests that"
        " take it must be refused (repeatable)",
    ),
    Option(
        "conformance",
        "upstream",
        "address",
        "HOST:PORT",
        "play the gateway's upstream there, and test what arrives at it (area forwarding); the gateway is to be led to"
        " http://HOST:PORT/v1",
    ),
    Option("conformance", "concurrency", "count", "N", "requests under way at once (default: 8)"),
    Option("conformance", "rate", "rate", "N", "requests a second, at most (default: no limit)"),
    Option(
        "conformance", "max-requests", "count", "N", "budget of requests: what does not fit is not-tested"
    ),
    Option(
        "conformance",
        "max-tokens",
        "count",
        "N",
        "budget of prompt tokens, as estimated: what does not fit is not-tested",
    ),
    Option(
        "conformance",
        "tokenizer",
        "text",
        "NAME",
        "the target's tokenizer, so that texts are compared with their tokens: cl100k_base (with tiktoken), or bytes",
    ),
    Option("conformance", "examples", "count", "N", "generated requests for each property (default: 40)"),
    Option("conformance", "seed", "seed", "N", "seed of the generated requests (default: 0)"),
    Option("conformance", "plan", "flag", "", "print what would be sent, and send nothing"),
    Option("conformance", "json", "path", "PATH", "write the report as JSON"),
    Option("conformance", "html", "path", "PATH", "write the report as one HTML file"),
    Option(
        "conformance", "markdown", "path", "PATH", "write the report as Markdown, for the summary of a CI"
    ),
    Option("conformance", "badge", "path", "PATH", "write a badge, for the endpoint of shields.io"),
    Option("", "junitxml", "path", "PATH", "write the report as JUnit XML"),
)

OPTIONS_OF_OURS = tuple(option for option in OPTIONS if option.prefix)
"""Those that pytest has only from our plugin."""
