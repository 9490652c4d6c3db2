"""Which profile fits: who is let in with which of the given headers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from conformance.contract import Contract
from conformance.contract.credentials import WRONG, Credentials, MissingCredentials
from conformance.contract.spec_files import profile_overlays
from conformance.http_client import Exchange
from conformance.secret import Secret

from .client import Asker
from .findings import Finding, found, given, guessed
from .ground import Headers, plain_request
from .probing import embeddings_of, said

Given = Sequence[tuple[str, Secret]]

MOST_SETS = 5
"""Sets of the given headers that are tried to tell profiles apart."""

OPEN = "open"
"""The profile of servers that ask for no credentials."""


class Doors:
    """Knocks at the door of a target that answers *model* with the headers that were *given*."""

    def __init__(self, asker: Asker, prefix: str, model: str, headers: Given) -> None:
        self._asker, self._prefix, self._model, self._given = asker, prefix, model, headers

    async def profile(self, named: str | None) -> list[Finding]:
        """The finding of the profile, the one *named* if there is one, and what else there is to say of the door."""
        if named is not None:
            return [given("named with --profile", "profile", named), *await self._wrong(named)]
        nobody = await self._knock(())
        if embeddings_of(nobody):
            beside = " It takes those given too; if it ought to ask for them, name the profile that does."
            sentence = (
                f"a request without any credential is answered with 200.{beside if self._given else ''}"
            )
            return [found(sentence, "profile", OPEN)]
        refused = f"without a credential: {said(nobody, self._asker.hide)}"
        fitting = self._fitting()
        if not fitting:
            names = ", ".join(name for name, _ in self._given)
            sentence = (
                f"{refused}. No shipped profile knows {names}: this one sends such headers along, and tests"
                " no credentials; a profile of your own can name them"
            )
            return [guessed(sentence, "profile", OPEN)]
        chosen, certain = await self._told_apart(fitting)
        basis = found if certain else guessed
        sentence = f"{refused}; with {self._names(range(len(self._given)))}: 200"
        return [basis(sentence, "profile", chosen), *await self._wrong(chosen)]

    def _fitting(self) -> dict[str, Contract]:
        """The shipped profiles that ask for credentials and are content with those given, the smallest first."""
        contracts = {name: Contract.load(profile=name) for name in profile_overlays()}
        fitting = {
            name: contract
            for name, contract in contracts.items()
            if not contract.security.accepts(()) and _accepts(contract, self._given)
        }
        return dict(sorted(fitting.items(), key=lambda item: (len(item[1].security.schemes), item[0])))

    async def _told_apart(self, fitting: Mapping[str, Contract]) -> tuple[str, bool]:
        """The profile whose word on each set of headers is the target's, and whether that is certain."""
        left = dict(fitting)
        tried = 0
        for places in self._sets():
            chosen = [self._given[place] for place in places]
            words = {name: _accepts(contract, chosen) for name, contract in left.items()}
            if len({*words.values()}) < 2 or tried == MOST_SETS:
                continue
            tried += 1
            opened = bool(embeddings_of(await self._knock(tuple(chosen))))
            left = {name: left[name] for name in left if words[name] == opened}
        return next(iter(left)), len(left) == 1

    def _sets(self) -> Iterator[tuple[int, ...]]:
        places = range(len(self._given))
        return (chosen for size in range(1, len(places)) for chosen in combinations(places, size))

    async def _wrong(self, profile: str) -> list[Finding]:
        """What comes of a wrong credential in the place of each secret one."""
        credentials = Credentials.sort(Contract.load(profile=profile).security, self._given)
        replaced = {scheme.name: WRONG for scheme in credentials.secrets}
        if not replaced:
            return []
        exchange = await self._knock(credentials.headers(credentials.alternative, replaced))
        if exchange.status == 200:
            return [found("a wrong credential is answered with 200 too: area auth will fail")]
        return [found(f"a wrong credential: {said(exchange, self._asker.hide)}")]

    async def _knock(self, headers: Headers) -> Exchange:
        return await self._asker.ask(plain_request(Contract.load(), self._prefix, headers, self._model))

    def _names(self, places: Sequence[int]) -> str:
        return " and ".join(self._given[place][0] for place in places)


def _accepts(contract: Contract, headers: Given) -> bool:
    try:
        Credentials.sort(contract.security, headers)
    except MissingCredentials:
        return False
    return True
