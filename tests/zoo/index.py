"""All servers of the zoo."""

from __future__ import annotations

from tests.zoo.asking import Faulty, Unusual
from tests.zoo.faulty_batches import BATCHES
from tests.zoo.faulty_buffers import BUFFERS
from tests.zoo.faulty_caches import CACHES
from tests.zoo.faulty_credentials import CREDENTIAL_FAULTS
from tests.zoo.faulty_encoding import ENCODING
from tests.zoo.faulty_errors import ERRORS
from tests.zoo.faulty_fields import FIELDS
from tests.zoo.faulty_http import HTTP
from tests.zoo.faulty_parameters import PARAMETERS
from tests.zoo.faulty_texts import TEXTS
from tests.zoo.faulty_tokens import TOKENS
from tests.zoo.faulty_vectors import VECTORS
from tests.zoo.unusual_behaviors import BEHAVIORS
from tests.zoo.unusual_forms import FORMS

__all__ = ["FAULTY", "UNUSUAL", "Faulty", "Unusual"]

FAULTY: tuple[Faulty, ...] = (
    *ENCODING,
    *PARAMETERS,
    *VECTORS,
    *TOKENS,
    *TEXTS,
    *BATCHES,
    *CACHES,
    *BUFFERS,
    *FIELDS,
    *ERRORS,
    *HTTP,
    *CREDENTIAL_FAULTS,
)

UNUSUAL: tuple[Unusual, ...] = (*FORMS, *BEHAVIORS)
