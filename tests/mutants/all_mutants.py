"""All mutants of a contract, each with one fault."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from itertools import chain

from conformance.contract import Contract
from tests.mutants.auth_bypass import bypass_mutants
from tests.mutants.auth_credential_sets import credential_set_mutants
from tests.mutants.auth_presentation import presentation_mutants
from tests.mutants.cache_keys import cache_key_mutants
from tests.mutants.capability import capability_mutants
from tests.mutants.client_requests import client_request_mutants
from tests.mutants.combinations import combination_mutants
from tests.mutants.compound import compound_mutants
from tests.mutants.concurrent_load import concurrent_load_mutants
from tests.mutants.distinct_inputs import distinct_input_mutants
from tests.mutants.http_errors import http_error_mutants
from tests.mutants.http_requests import http_request_mutants
from tests.mutants.meaning import meaning_mutants
from tests.mutants.mutant import Mutant
from tests.mutants.property import property_mutants
from tests.mutants.request_input import request_input_mutants
from tests.mutants.request_json import request_json_mutants
from tests.mutants.request_schema import request_schema_mutants
from tests.mutants.request_texts import request_text_mutants
from tests.mutants.response_consistency import consistency_mutants
from tests.mutants.response_occasional import occasional_mutants
from tests.mutants.response_schema import response_schema_mutants
from tests.mutants.response_vectors import response_vector_mutants
from tests.mutants.sizes import size_mutants
from tests.mutants.state import state_mutants
from tests.mutants.tenants import tenant_mutants
from tests.mutants.token_counts import token_count_mutants
from tests.mutants.unusual_values import unusual_value_mutants
from tests.mutants.whole_run import whole_run_mutants


def mutants(contract: Contract) -> Mapping[str, Mutant]:
    """The mutants of *contract* by name; new instances of those that keep state."""
    every = (
        *_stateless(contract),
        *meaning_mutants(contract),
        *state_mutants(contract),
        *cache_key_mutants(),
        *tenant_mutants(),
        *concurrent_load_mutants(),
        *token_count_mutants(),
        *whole_run_mutants(contract),
        *presentation_mutants(contract),
        *bypass_mutants(contract),
    )
    made = {mutant.name: mutant for mutant in every}
    assert len(made) == len(every), "two mutants have the same name"
    return made


@cache
def _stateless(contract: Contract) -> tuple[Mutant, ...]:
    """The mutants that keep no state."""
    return tuple(
        chain(
            request_schema_mutants(contract),
            request_input_mutants(contract),
            request_text_mutants(),
            request_json_mutants(contract),
            response_schema_mutants(),
            response_vector_mutants(),
            occasional_mutants(contract),
            consistency_mutants(contract),
            credential_set_mutants(contract),
            http_request_mutants(contract),
            http_error_mutants(),
            client_request_mutants(contract),
            property_mutants(contract),
            size_mutants(),
            compound_mutants(contract),
            unusual_value_mutants(contract),
            distinct_input_mutants(contract),
            combination_mutants(contract),
            capability_mutants(contract),
        )
    )
