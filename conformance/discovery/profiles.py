"""Find the profile: the one whose security section agrees with the target's responses to sets of the given headers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations

from conformance.contract import Contract
from conformance.contract.credentials import WRONG, Credentials, GivenHeaders, are_sufficient
from conformance.contract.spec_files import profile_overlays
from conformance.http_client import Exchange
from conformance.secret import Secret

from .client import DiscoveryClient, Headers, plain_request
from .findings import Finding, found, given, guessed
from .probing import embeddings_of, summary

MAX_SETS = 5
"""The maximum number of sets of the given headers that are tried to distinguish profiles."""

OPEN = "open"
"""The profile of servers that require no credentials."""


class ProfileSearch:
    """A search for the profile of a target that returns embeddings for *model* and the given *headers*."""

    def __init__(self, client: DiscoveryClient, prefix: str, model: str, headers: GivenHeaders) -> None:
        self._client, self._prefix, self._model, self._given = client, prefix, model, headers

    async def findings(self, named: str | None) -> list[Finding]:
        """The finding of the profile (the one *named*, unless it is None), and of a wrong credential."""
        if named is not None:
            return [given("given with --profile", "profile", named), *await self._wrong_credential(named)]
        anonymous = await self._send(())
        if embeddings_of(anonymous):
            return [found(f"anonymous requests return 200.{self._unneeded()}", "profile", OPEN)]
        rejected = f"{summary(anonymous, self._client.redact)} without credentials"
        candidates = self._candidates()
        if not candidates:
            names = ", ".join(name for name, _ in self._given)
            sentence = (
                f"{rejected}. No shipped profile has credentials in {names}. With this profile, a run sends the"
                " headers, but tests no credentials. To test them, write a profile of your own."
            )
            return [guessed(sentence, "profile", OPEN)]
        chosen, is_certain = await self._distinguish(candidates)
        basis = found if is_certain else guessed
        names = " and ".join(name for name, _ in self._given)
        return [
            basis(f"{rejected}, 200 with {names}", "profile", chosen),
            *await self._wrong_credential(chosen),
        ]

    def _unneeded(self) -> str:
        if not self._given:
            return ""
        return " The given credentials are not needed. If the server should require them, name a profile."

    def _candidates(self) -> dict[str, Contract]:
        """The shipped profiles that require credentials and accept the given ones, those with few schemes first."""
        contracts = {name: Contract.load(profile=name) for name in profile_overlays()}
        candidates = {
            name: contract
            for name, contract in contracts.items()
            if not contract.security.accepts(()) and are_sufficient(contract.security, self._given)
        }
        return dict(sorted(candidates.items(), key=lambda item: (len(item[1].security.schemes), item[0])))

    async def _distinguish(self, candidates: Mapping[str, Contract]) -> tuple[str, bool]:
        """The profile that agrees with the target on each tried set of headers, and whether it is the only one."""
        left = dict(candidates)
        tried = 0
        for headers in self._sets():
            expected = {name: are_sufficient(contract.security, headers) for name, contract in left.items()}
            if len({*expected.values()}) < 2 or tried == MAX_SETS:
                continue
            tried += 1
            accepted = bool(embeddings_of(await self._send(headers)))
            left = {name: left[name] for name in left if expected[name] == accepted}
        return next(iter(left)), len(left) == 1

    def _sets(self) -> Iterator[tuple[tuple[str, Secret], ...]]:
        """The sets of some, but not all, of the given headers."""
        for size in range(1, len(self._given)):
            yield from combinations(self._given, size)

    async def _wrong_credential(self, profile: str) -> list[Finding]:
        """The finding of a request with wrong values for all secret credentials of *profile*."""
        credentials = Credentials.sort(Contract.load(profile=profile), self._given)
        replaced = {scheme.name: WRONG for scheme in credentials.secrets}
        if not replaced:
            return []
        exchange = await self._send(credentials.headers(credentials.alternative, replaced))
        if exchange.status == 200:
            return [found("a wrong credential returns 200 too; requirements of the area auth will fail")]
        return [found(f"a wrong credential: {summary(exchange, self._client.redact)}")]

    async def _send(self, headers: Headers) -> Exchange:
        return await self._client.send(plain_request(Contract.load(), self._prefix, headers, self._model))
