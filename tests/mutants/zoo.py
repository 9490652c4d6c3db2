"""All mutants of a contract."""

from __future__ import annotations

from conformance.contract import Contract

from .answers import answer_mutants
from .auth import auth_mutants
from .caches import cache_mutants
from .doors import door_mutants
from .errors import error_mutants
from .generated import generated_mutants
from .http import http_mutants
from .malformed import malformed_mutants
from .meaning import meaning_mutants
from .mutant import Mutant
from .occasional import occasional_mutants
from .request import request_mutants
from .response import response_mutants
from .texts import text_mutants

AREAS = (
    request_mutants,
    malformed_mutants,
    response_mutants,
    occasional_mutants,
    auth_mutants,
    http_mutants,
    answer_mutants,
    meaning_mutants,
    cache_mutants,
    door_mutants,
    error_mutants,
    text_mutants,
    generated_mutants,
)


def mutants(contract: Contract) -> dict[str, Mutant]:
    """The mutants of *contract*, fresh ones each time, by name."""
    every = [mutant for area in AREAS for mutant in area(contract)]
    made = {mutant.name: mutant for mutant in every}
    assert len(made) == len(every), "two mutants have one name"
    return made
