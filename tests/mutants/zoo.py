"""All mutants of a contract that break one requirement each."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from itertools import chain

from conformance.contract import Contract
from tests.mutants.answers import answer_mutants
from tests.mutants.auth import auth_mutants
from tests.mutants.caches import cache_mutants
from tests.mutants.capabilities import capability_mutants
from tests.mutants.compound import compound_mutants
from tests.mutants.doors import door_mutants
from tests.mutants.errors import error_mutants
from tests.mutants.generated import generated_mutants
from tests.mutants.http import http_mutants
from tests.mutants.inputs import input_mutants
from tests.mutants.malformed import malformed_mutants
from tests.mutants.meaning import meaning_mutants
from tests.mutants.mutant import Mutant
from tests.mutants.occasional import occasional_mutants
from tests.mutants.request import request_mutants
from tests.mutants.response import response_mutants
from tests.mutants.texts import text_mutants
from tests.mutants.vectors import vector_mutants


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
