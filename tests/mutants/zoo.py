"""All mutants of a contract that break one requirement each."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from itertools import chain

from conformance.contract import Contract

from .auth import auth_mutants
from .http import http_mutants
from .inputs import input_mutants
from .malformed import malformed_mutants
from .mutant import Mutant
from .occasional import occasional_mutants
from .request import request_mutants
from .response import response_mutants
from .vectors import vector_mutants


@cache
def mutants(contract: Contract) -> Mapping[str, Mutant]:
    """The mutants of *contract*, by name. None of them remembers anything."""
    every = tuple(
        chain(
            request_mutants(contract),
            input_mutants(contract),
            malformed_mutants(contract),
            response_mutants(),
            vector_mutants(),
            occasional_mutants(contract),
            auth_mutants(contract),
            http_mutants(contract),
        )
    )
    made = {mutant.name: mutant for mutant in every}
    assert len(made) == len(every), "two mutants have one name"
    return made
