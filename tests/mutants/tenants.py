"""Mutants of a server with two tenants: what one tenant sends has an effect on the other one."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tests.faulty_servers.messages import Request, Response
from tests.faulty_servers.servers import Server
from tests.faulty_servers.tenants import OTHER, as_first_tenant, is_mixed, is_of_second
from tests.mutants.mutant import Mutant

Show = Callable[[Response, Request, str], Response]
"""The response to a request that the other tenant has sent before: that request, and the id of its response."""

TENANTS, MIXED = "state.tenants", "auth.tenants"


def tenant_mutants() -> Iterator[Mutant]:
    """The mutants about tenants; new ones each time, because they keep state."""
    for name, show in SHOWN.items():
        yield Mutant(
            f"returns {name} of another tenant's equal request", TENANTS, _Shared(show), tenants=True
        )
    yield Mutant(
        "shares its cache with the second tenant only", TENANTS, _Shared(_user, second=True), tenants=True
    )
    yield Mutant(
        "shares its cache with the first tenant only", TENANTS, _Shared(_id, second=False), tenants=True
    )
    yield Mutant("shares vectors between tenants with different models", TENANTS, _Models(), tenants=True)
    yield Mutant("accepts the second credential of any tenant", MIXED, _accepts_mixed, tenants=True)


def _user(response: Response, earlier: Request, _: str) -> Response:
    user = earlier.json_object.get("user")
    return response.with_header("x-user", user) if isinstance(user, str) else response


def _sent_id(response: Response, earlier: Request, _: str) -> Response:
    return response.with_header("x-request-id", earlier.header("x-request-id"))


def _trace(response: Response, earlier: Request, _: str) -> Response:
    return response.with_header("traceresponse", earlier.header("traceparent"))


def _id(response: Response, _: Request, id: str) -> Response:
    return response.with_header("x-request-id", id)


def _credential(response: Response, earlier: Request, _: str) -> Response:
    return response.with_header("x-cache-key", earlier.header("x-portkey-api-key"))


SHOWN: dict[str, Show] = {
    "the user": _user,
    "the X-Request-Id": _sent_id,
    "the trace": _trace,
    "the response id": _id,
    "a credential": _credential,
}


class _Shared:
    """Has a cache whose key has no tenant: *show* makes the response to a request that another tenant has sent before.

    *second* is whether only the second tenant (or only the first one) gets such responses; None: both.
    """

    def __init__(self, show: Show, *, second: bool | None = None) -> None:
        self._show, self._second = show, second
        self._earlier: dict[str, tuple[bool, Request, str]] = {}
        self._count = 0

    async def __call__(self, request: Request, reference: Server) -> Response:
        response = await reference(request)
        if not response.ok:
            return response
        self._count += 1
        id = f"response-{self._count:06}"
        is_second, key = is_of_second(request), repr(request.json_object.get("input"))
        of_second, earlier, earlier_id = self._earlier.setdefault(key, (is_second, request, id))
        is_shared = of_second != is_second and self._second in (None, is_second)
        if self._show is _user and "user" in request.json_object and "user" not in earlier.json_object:
            self._earlier[key] = is_second, request, id
        if not is_shared:
            return response.with_header("x-request-id", id) if self._show is _id else response
        return self._show(response, earlier, earlier_id)


class _Models:
    """The tenants have different models; vectors of single texts are cached without the tenant."""

    def __init__(self) -> None:
        self._first: dict[str, bool] = {}

    async def __call__(self, request: Request, reference: Server) -> Response:
        response, is_second = await reference(request), is_of_second(request)
        text = request.json_object.get("input")
        if not response.ok:
            return response
        is_of_second_model = self._first.setdefault(text, is_second) if isinstance(text, str) else is_second
        if not is_of_second_model:
            return response
        return response.with_embeddings([[*reversed(vector)] for vector in response.embeddings])


async def _accepts_mixed(request: Request, reference: Server) -> Response:
    if not is_mixed(request):
        return await reference(request)
    key = request.header("x-portkey-api-key") or ""
    to = OTHER if key.endswith(OTHER) else ""
    headers = tuple(
        (name, value.removesuffix(OTHER.encode()) + to.encode() if name.startswith(b"x-portkey") else value)
        for name, value in request.headers
    )
    return await reference(as_first_tenant(Request(headers, request.body, request.method, request.path)))
