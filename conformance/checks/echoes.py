"""Find the credentials of a request in its own response, unchanged or in a usual encoding."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Collection, Iterator
from functools import lru_cache
from html import escape
from urllib.parse import quote

from conformance.contract import Scheme, Security
from conformance.http_client import Request, Response

MIN_SECRET = 8
"""Characters of a secret that is searched for. A shorter one may be part of a response by chance."""


def echoed_header(
    request: Request, response: Response, security: Security, public: Collection[str] = ()
) -> str:
    """The name of the first header of *request* whose credential is in *response*; empty if there is none.

    The values in *public* are no secrets, whatever header they are in: a server may use them in its responses.
    """
    text = "\n".join(value for _, value in response.headers).encode("utf-8", "surrogatepass")
    for name, credential in carried_credentials(request, security):
        if credential not in public and any(
            form in response.body or form in text for form in credential_forms(credential)
        ):
            return name
    return ""


def carried_credentials(request: Request, security: Security) -> Iterator[tuple[str, str]]:
    """The secret credentials of *request*, valid or not, by header; without those that the contract publishes."""
    for name, value in request.headers:
        for scheme in security.schemes:
            if scheme.secret and scheme.header.lower() == name.lower():
                credential = _credential(scheme, value)
                if len(credential) >= MIN_SECRET and credential not in (
                    scheme.placeholder,
                    *scheme.unusable,
                ):
                    yield name, credential


def _credential(scheme: Scheme, value: str) -> str:
    """The credential in the *value* of the header of *scheme*, without the name of an authentication scheme."""
    value = str(value).strip(" \t")
    if not scheme.is_token:
        return value.removeprefix(scheme.prefix)
    _, space, credential = value.partition(" ")
    return credential.strip(" \t") if space else value


@lru_cache(maxsize=256)
def credential_forms(credential: str) -> frozenset[bytes]:
    """*credential* as it is, and with the escapes of JSON, of URLs and of HTML, and in base64."""
    content = credential.encode("utf-8", "surrogatepass")
    texts = (json.dumps(credential)[1:-1], quote(content, safe=""), escape(credential))
    encoded = (text.encode("utf-8", "surrogatepass") for text in texts)
    return frozenset((content, *encoded, b64encode(content).rstrip(b"=")))
