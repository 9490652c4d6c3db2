"""Faults in authentication: accepted invalid credentials, and rejected valid ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from conformance.contract import Contract, Scheme
from conformance.reference import default_credentials

from .faults import OnRequest, changes_request, responds
from .messages import Request, error
from .servers import Fault


class Authentication:
    """The reference server's authentication for *contract*, with functions that build faults in it."""

    def __init__(self, contract: Contract) -> None:
        self.contract, self.security = contract, contract.security
        self.schemes = contract.security.schemes
        self.secret_schemes = [scheme for scheme in self.schemes if scheme.secret]
        self.valid = default_credentials(contract)

    def accepts(
        self, when: OnRequest, change: Callable[[Request], Request] = lambda request: request
    ) -> Fault:
        """A server that accepts some requests, changed by *change*, as if they had all valid credentials."""
        return changes_request(when, lambda request: self.with_valid(change(request)))

    def accepts_as_valid(self, scheme: Scheme, when: OnRequest) -> Fault:
        """A server that accepts some credentials for *scheme* as if they were the valid one."""
        return changes_request(when, lambda request: self.with_valid(request, [scheme]))

    def rejects(self, when: OnRequest) -> Fault:
        """A server that rejects some requests with 401."""
        return responds(when, error(401).with_header("www-authenticate", "Bearer"))

    def with_valid(self, request: Request, schemes: Iterable[Scheme] | None = None) -> Request:
        """*request* with the valid credentials of *schemes*; by default, of all schemes."""
        for scheme in self.schemes if schemes is None else schemes:
            request = request.with_header(*scheme.render(self.valid[scheme.name]))
        return request

    def given(self, request: Request) -> frozenset[str]:
        """The names of the schemes whose header *request* has, with a valid credential or not."""
        return frozenset(scheme.name for scheme in self.schemes if request.header(scheme.header) is not None)

    def is_anonymous(self, request: Request) -> bool:
        """Whether *request* has no credential header."""
        return not self.given(request)
