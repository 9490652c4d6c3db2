"""How to point the SDKs of OpenAI at a server: their arguments, as code of Python and JavaScript."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from conformance.config.parameters import parameter_lines
from conformance.contract import Contract
from conformance.contract.roles import usual_roles
from conformance.contract.security import Scheme
from conformance.contract.sent_parameters import SentParameters

PATH = "/embeddings"
"""What the SDKs append to their base URL."""

UNUSED = "unused"
"""A key for servers that do not read it. The SDKs require one."""

ENVIRONMENT = "env:"


@dataclass(frozen=True, slots=True)
class Value:
    """A key or the value of a header. A ``text`` that begins with ``env:`` names an environment variable."""

    text: str
    prefix: str = ""

    def code(self, variable: str) -> str:
        """The value as an expression of Python or JavaScript; *variable* is the code of a variable, with ``{}``."""
        if not self.text.startswith(ENVIRONMENT):
            return _quoted(self.prefix + self.text)
        read = variable.format(self.text.removeprefix(ENVIRONMENT))
        return f"{_quoted(self.prefix)} + {read}" if self.prefix else read


@dataclass(frozen=True, slots=True)
class SdkArguments:
    """The arguments of an SDK: the base URL, the key, and headers and a query for each request."""

    base_url: str
    api_key: Value
    headers: Mapping[str, Value]
    query: Mapping[str, Value]

    def lines(self) -> list[str]:
        """The code that creates a client: one line of Python, one of JavaScript."""
        python = ", ".join(
            f"{name}={value}"
            for name, value in self._parts('os.environ["{}"]', "base_url", "api_key", "default_")
        )
        javascript = ", ".join(
            f"{name}: {value}"
            for name, value in self._parts("process.env.{}", "baseURL", "apiKey", "default")
        )
        return [f"OpenAI({python})  # Python", f"new OpenAI({{{javascript}}})  // JavaScript"]

    def _parts(self, variable: str, url: str, key: str, default: str) -> Iterator[tuple[str, str]]:
        yield url, _quoted(self.base_url)
        yield key, self.api_key.code(variable)
        for name, values in {"headers": self.headers, "query": self.query}.items():
            members = ", ".join(f"{_quoted(one)}: {value.code(variable)}" for one, value in values.items())
            if members:
                yield default + (name if default.endswith("_") else name.capitalize()), f"{{{members}}}"


def sdk_arguments(
    contract: Contract, url: str, credentials: Mapping[str, str], model: str
) -> SdkArguments | None:
    """The arguments for the reference server of *contract* at the base URL *url*, with *credentials* by scheme.

    They are those of the alternative that needs the fewest headers, if possible with the SDKs' own one. *model* is the
    value of parameters that name a model. None if the SDKs cannot use the operation: it has another path, or other
    names for the texts or the vectors.
    """
    roles, usual = contract.roles, usual_roles()
    names = ("texts", "model", "vectors", "vector")
    if not contract.path.endswith(PATH) or any(getattr(roles, n) != getattr(usual, n) for n in names):
        return None
    given = dict(line.split("=", 1) for line in parameter_lines(contract))
    sent = SentParameters.choose(contract.path, contract.parameters, given, model=model)
    schemes = min(map(contract.security.ordered, contract.security.alternatives), key=_cost)
    headers = {name: Value(value) for name, value in sent.headers(())}
    headers |= {s.header: Value(credentials[s.name], s.prefix) for s in schemes if not _is_bearer(s)}
    key = next((credentials[s.name] for s in schemes if _is_bearer(s)), UNUSED)
    query = {name: Value(value) for name, value in parse_qsl(sent.query())}
    return SdkArguments(url + sent.path().removesuffix(PATH), Value(key), headers, query)


def _cost(schemes: tuple[Scheme, ...]) -> tuple[int, bool]:
    """The number of headers that must be given, and whether the key is not used."""
    others = [scheme for scheme in schemes if not _is_bearer(scheme)]
    return len(others), len(others) == len(schemes)


def _is_bearer(scheme: Scheme) -> bool:
    return scheme.is_token and scheme.prefix.strip().lower() == "bearer"


def _quoted(text: str) -> str:
    """*text* in the quotation marks of both languages."""
    return json.dumps(text, ensure_ascii=False)
