"""All that live in the zoo."""

from __future__ import annotations

from .asking import Faulty, Unusual
from .faulty_batches import BATCHES
from .faulty_caches import CACHES
from .faulty_credentials import DOOR
from .faulty_encoding import ENCODING
from .faulty_errors import ERRORS
from .faulty_fields import FIELDS
from .faulty_http import HTTP
from .faulty_parameters import PARAMETERS
from .faulty_state import STATE
from .faulty_texts import TEXTS
from .faulty_tokens import TOKENS
from .faulty_vectors import VECTORS
from .unusual import SERVERS

__all__ = ["FAULTY", "UNUSUAL", "Faulty", "Unusual"]

FAULTY: tuple[Faulty, ...] = (
    *ENCODING,
    *PARAMETERS,
    *VECTORS,
    *TOKENS,
    *TEXTS,
    *BATCHES,
    *CACHES,
    *STATE,
    *FIELDS,
    *ERRORS,
    *HTTP,
    *DOOR,
)

UNUSUAL: tuple[Unusual, ...] = SERVERS
