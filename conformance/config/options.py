"""The options of a run: the attributes of ``Configuration`` that are made with ``option``.

pytest, the command, the configuration file, ``check()`` and the documents follow this list: a new option is one entry.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from pathlib import Path

from .declaration import Option, option
from .values import (
    ADDRESS,
    COUNT,
    FLAG,
    NAME_OR_PATH,
    PATH,
    RATE,
    SECONDS,
    SEED,
    TEXT,
    TEXTS,
    one_of,
    some_of,
)

SEVERITIES = ("wrong-data", "breaks-clients", "security", "billing", "strictness")
"""What a failure costs, as in the requirement data; its module is not imported in every pytest session."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """The settings of a run. Durations are in seconds; without a default, None means that an option was not given."""

    url: str | None = option(
        "target",
        TEXT,
        "URL",
        "base URL of the target, as for an SDK (http://host/v1)",
        confidential=True,
    )
    app: str | None = option(
        "target",
        TEXT,
        "MODULE:ATTR",
        "ASGI application to test in-process; paths of requests begin with the base path of the contract, such as /v1;"
        " for another base path, also give a URL that contains it",
        confidential=True,
    )
    header: tuple[str, ...] = option(
        "target",
        TEXTS,
        "'NAME: VALUE'",
        "a credential or another header; the value may be env:VAR (an environment variable), cmd:COMMAND (the output"
        " of a command); a word such as Bearer may stand before env: or cmd: (repeatable)",
        default=(),
        confidential=True,
    )
    other_header: tuple[str, ...] = option(
        "target",
        TEXTS,
        "'NAME: VALUE'",
        "a header with a credential of another tenant; its value may be env:VAR or cmd:COMMAND too; the"
        " suite then also tests that one tenant cannot get data of the other (repeatable)",
        default=(),
        confidential=True,
    )
    name: str | None = option(
        "target",
        TEXT,
        "NAME",
        "name of the target in reports, such as 'LiteLLM 1.80.5'",
        of_target=True,
    )
    parameter: tuple[str, ...] = option(
        "target",
        TEXTS,
        "NAME=VALUE",
        "a path, query or header parameter of the contract; the value env:VAR is read from the environment"
        " (repeatable; default: the parameter's example, else its default value, else its first allowed value)",
        default=(),
        confidential=True,
        of_target=True,
    )
    model: str | None = option(
        "target",
        TEXT,
        "NAME",
        "model to request (default: the contract's example)",
        of_target=True,
    )
    limit: tuple[str, ...] = option(
        "target",
        TEXTS,
        "CAPABILITY=N",
        "a limit of the target, such as batch=32 or input-tokens=512; the target must reject requests over it"
        " (repeatable; the error for an unknown name lists all names)",
        default=(),
        of_target=True,
    )
    timeout: float = option(
        "target", SECONDS, "S", "timeout of one request, in seconds (default: 60)", default=60.0
    )
    wait: float | None = option(
        "target",
        SECONDS,
        "S",
        "seconds to wait at the start for a target that responds with 503 or refuses the connection"
        " (default: 10 for 503, 0 for a refused connection)",
    )
    ca: Path | None = option(
        "target",
        PATH,
        "FILE",
        "PEM file with the certificate authorities to trust",
        confidential=True,
    )
    cert: Path | None = option(
        "target",
        PATH,
        "FILE",
        "PEM file with a client certificate and its key",
        confidential=True,
    )
    proxy: str | None = option(
        "target",
        TEXT,
        "URL",
        "URL of an HTTP proxy (proxy variables of the environment, such as HTTP_PROXY, are ignored)",
        confidential=True,
    )
    contract: Path | None = option(
        "conformance",
        PATH,
        "FILE",
        "OpenAPI document to use instead of the included one",
    )
    operation: str | None = option(
        "conformance",
        TEXT,
        "ID",
        "operation of the document to test: an operationId, or 'POST /path' (default: the embeddings operation)",
    )
    profile: str = option(
        "conformance",
        NAME_OR_PATH,
        "NAME|PATH",
        "name of an included profile, or path of your own (default: portkey)",
        default="portkey",
    )
    level: str = option(
        "conformance",
        one_of("must", "should"),
        "LEVEL",
        "lowest level that makes the run fail: must (default), or should",
        default="must",
    )
    fail_on: tuple[str, ...] = option(
        "conformance",
        some_of(*SEVERITIES),
        "SEVERITY",
        f"only failures of this severity make the run fail: {', '.join(SEVERITIES)} (repeatable; default: all)",
        default=(),
    )
    catalogue: int | None = option(
        "conformance",
        COUNT,
        "VERSION",
        "version of the requirement catalogue, a number such as 1; requirements that a later version added are tested"
        " and reported, but do not make the run fail"
        " (default: the newest version)",
    )
    baseline: Path | None = option(
        "conformance",
        PATH,
        "FILE",
        "YAML file with requirement ids and reasons; failures of these requirements do not make the run fail",
    )
    update_baseline: bool = option(
        "conformance",
        FLAG,
        "",
        "add the failures of this run to the baseline file, and remove entries that pass; reasons in it are kept",
        default=False,
        output_only=True,
    )
    only: tuple[str, ...] = option(
        "conformance",
        TEXTS,
        "GLOB",
        "test only the requirements with these ids, such as auth.* or http.chunked (repeatable; default: all)",
        default=(),
    )
    exclude: tuple[str, ...] = option(
        "conformance",
        TEXTS,
        "GLOB",
        "do not test the requirements with these ids (repeatable)",
        default=(),
    )
    failed: Path | None = option(
        "conformance",
        PATH,
        "REPORT.json",
        "test only the requirements that made an earlier run fail; REPORT.json is the report that --json wrote",
    )
    preset: str | None = option(
        "conformance",
        TEXT,
        "NAME",
        "the name of a small selection of requirements, each with few requests; the only preset is smoke"
        " (default: no preset)",
    )
    unsupported: tuple[str, ...] = option(
        "conformance",
        TEXTS,
        "CAPABILITY",
        "capability that the target does not support, such as dimensions or batch; the target must reject requests that"
        " need it (repeatable; the error for an unknown name lists all names)",
        default=(),
        of_target=True,
    )
    upstream: str | None = option(
        "conformance",
        ADDRESS,
        "HOST:PORT",
        "run a mock upstream at this address, and test the requests that a gateway sends to it (the area `forwarding`);"
        " point the gateway at http://HOST:PORT/v1",
        of_target=True,
    )
    snapshot: Path | None = option(
        "conformance",
        PATH,
        "FILE",
        "test whether the vectors are still those in this file (the area `stability`), which `embeddings-conformance"
        " snapshot` recorded; the run requests the model that the file names, unless you give another model",
        of_target=True,
    )
    snapshot_tolerance: float | None = option(
        "conformance",
        RATE,
        "N",
        "a distance (1 minus the cosine) up to N between a vector and the recorded one of the same text counts as"
        " noise (default: calculated from the recorded noise, at least 0.0002)",
        of_target=True,
    )
    concurrency: int | None = option("conformance", COUNT, "N", "number of concurrent requests (default: 8)")
    rate: float | None = option("conformance", RATE, "N", "maximum requests per second (default: no limit)")
    burst: int = option(
        "conformance",
        COUNT,
        "N",
        "number of concurrent requests in one burst at the end (default: 32; if you give the option"
        " concurrency, the burst is never larger)",
        default=32,
    )
    max_requests: int | None = option(
        "conformance",
        COUNT,
        "N",
        "maximum number of requests; requirements that need more requests than are left are not-tested",
    )
    max_tokens: int | None = option(
        "conformance",
        COUNT,
        "N",
        "maximum number of prompt tokens, as the target counts them; requirements that need more tokens than are left"
        " are not-tested",
    )
    max_seconds: float | None = option(
        "conformance",
        SECONDS,
        "S",
        "time limit of the run, in seconds; the reports are written, and requirements that were not reached are"
        " not-tested",
    )
    max_failures: int | None = option(
        "conformance",
        COUNT,
        "N",
        "end the run after N failures that count for the exit code; the reports are written, and"
        " requirements that were not reached are not-tested",
    )
    tokenizer: str | None = option(
        "conformance",
        TEXT,
        "NAME",
        "the target's tokenizer: cl100k_base (needs the package tiktoken) or bytes; with it, the run tests whether a"
        " text and its tokens get the same vector; without it, requirements that need one are not-tested",
        of_target=True,
    )
    examples: int = option(
        "conformance",
        COUNT,
        "N",
        "number of generated requests for each requirement `property.*` (default: 36)",
        default=36,
    )
    seed: int = option("conformance", SEED, "N", "seed of the generated requests (default: 0)", default=0)
    plan: bool = option(
        "conformance",
        FLAG,
        "",
        "print the number of requests and prompt tokens of each requirement, and send nothing; options for reports"
        " have no effect",
        default=False,
        output_only=True,
    )
    json: Path | None = option("conformance", PATH, "PATH", "write the report as JSON", output_only=True)
    html: Path | None = option(
        "conformance", PATH, "PATH", "write the report as one HTML file", output_only=True
    )
    markdown: Path | None = option(
        "conformance",
        PATH,
        "PATH",
        "write the report as Markdown, for a CI summary",
        output_only=True,
    )
    badge: Path | None = option(
        "conformance",
        PATH,
        "PATH",
        "write a JSON file for a badge of shields.io (endpoint badge)",
        output_only=True,
    )
    har: Path | None = option(
        "conformance",
        PATH,
        "PATH",
        "write the failed requests and their responses as an HTTP archive (HAR)",
        output_only=True,
    )
    script: Path | None = option(
        "conformance",
        PATH,
        "PATH",
        "write a bash script that repeats the failures",
        output_only=True,
    )
    junitxml: Path | None = option("", PATH, "PATH", "write the report as JUnit XML", output_only=True)

    embedded: bool = False
    """No target was given: the target is the built-in reference server. Not an option."""

    file: Path | None = None
    """The configuration file, if settings of it are used, or not used because of another target. Not an option."""

    unused: tuple[str, ...] = ()
    """The settings of the file that describe another target than the given one. Not an option."""


def options_of(configuration: type[Configuration]) -> tuple[Option, ...]:
    """The attributes of *configuration* that are options, in their order."""
    return tuple(
        replace(attribute.metadata["option"], key=attribute.name)
        for attribute in fields(configuration)
        if "option" in attribute.metadata
    )


OPTIONS = options_of(Configuration)

PLUGIN_OPTIONS = tuple(option for option in OPTIONS if option.prefix)
"""The options that our plugin adds to pytest."""
