"""Send several subsets of the user's headers, and find the profile whose security section fits the responses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations

from conformance.contract import Contract
from conformance.contract.credentials import MissingCredentials, are_sufficient
from conformance.contract.spec_files import profile_overlays
from conformance.secret import Secret

from .credentials import CredentialProbe
from .findings import Finding, given_finding, likely_finding, shown_finding

MAX_SETS = 5
"""The maximum number of sets of the given headers that are tried to distinguish profiles."""

OPEN = "open"
"""The profile of servers that require no credentials."""


class ProfileSearch:
    """A search for the profile of a target that returns embeddings for the headers that the user gives."""

    def __init__(self, probe: CredentialProbe) -> None:
        self._probe, self._given = probe, probe.given

    async def findings(self, named: str | None) -> list[Finding]:
        """The finding of the profile (the one *named*, unless it is None), and of a wrong credential."""
        if named is not None:
            self._require_credentials(named)
            return [
                given_finding("given with --profile", "profile", named),
                *await self._probe.wrong_credential(Contract.load(profile=named)),
            ]
        anonymous = await self._probe.send(())
        if self._probe.is_accepted(anonymous):
            return [shown_finding(f"anonymous requests return 200.{self._unneeded()}", "profile", OPEN)]
        rejected = f"{self._probe.summary(anonymous)} without credentials"
        candidates = self._candidates()
        if not candidates:
            names = ", ".join(name for name, _ in self._given)
            sentence = (
                f"{rejected}. No included profile has credentials in {names}. With this profile, a run sends the"
                " headers, but tests no credentials. To test them, write a profile of your own."
            )
            return [likely_finding(sentence, "profile", OPEN)]
        chosen, is_certain = await self._distinguish(candidates)
        basis = shown_finding if is_certain else likely_finding
        names = " and ".join(name for name, _ in self._given)
        return [
            basis(f"{rejected}, 200 with {names}", "profile", chosen),
            *await self._probe.wrong_credential(Contract.load(profile=chosen)),
        ]

    def _require_credentials(self, profile: str) -> None:
        contract = Contract.load(profile=profile)
        if not are_sufficient(contract.security, self._given):
            raise MissingCredentials(
                contract, self._given, "To let discover find the profile, omit --profile."
            )

    def _unneeded(self) -> str:
        if not self._given:
            return ""
        return " The given credentials are not needed. If the server should require them, name a profile."

    def _candidates(self) -> dict[str, Contract]:
        """The included profiles that require credentials and accept the given ones, those with few schemes first."""
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
            accepted = self._probe.is_accepted(await self._probe.send(headers))
            left = {name: left[name] for name in left if expected[name] == accepted}
        return next(iter(left)), len(left) == 1

    def _sets(self) -> Iterator[tuple[tuple[str, Secret], ...]]:
        """The sets of some, but not all, of the given headers."""
        for size in range(1, len(self._given)):
            yield from combinations(self._given, size)
