"""All mutants of a contract that break one requirement each."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from itertools import chain

from conformance.contract import Contract

from .answers import answer_mutants
from .auth import auth_mutants
from .caches import cache_mutants
from .capabilities import capability_mutants
from .compound import compound_mutants
from .doors import door_mutants
from .errors import error_mutants
from .generated import generated_mutants
from .http import http_mutants
from .inputs import input_mutants
from .malformed import malformed_mutants
from .meaning import meaning_mutants
from .mutant import Mutant
from .occasional import occasional_mutants
from .request import request_mutants
from .response import response_mutants
from .texts import text_mutants
from .vectors import vector_mutants


def mutants(contract: Contract) -> Mapping[str, Mutant]:
    """The mutants of *contract*, by name; those that remember something are fresh ones each time."""
    every = (
        *_forgetful(contract),
        *meaning_mutants(contract),
        *cache_mutants(contract),
        *door_mutants(contract),
    )
    made = {mutant.name: mutant for mutant in every}
    assert len(made) == len(every), "two mutants have one name"
    return made


@cache
def _forgetful(contract: Contract) -> tuple[Mutant, ...]:
    """The mutants that remember nothing."""
    return tuple(
        chain(
            request_mutants(contract),
            input_mutants(contract),
            text_mutants(),
            malformed_mutants(contract),
            response_mutants(),
            vector_mutants(),
            occasional_mutants(contract),
            answer_mutants(contract),
            auth_mutants(contract),
            http_mutants(contract),
            error_mutants(),
            generated_mutants(contract),
            compound_mutants(contract),
            capability_mutants(contract),
        )
    )
