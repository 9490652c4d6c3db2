"""Servers that are correct, and do what careless checks do not expect."""

from __future__ import annotations

from .asking import Unusual
from .unusual_forms import FORMS
from .unusual_manners import MANNERS

SERVERS: tuple[Unusual, ...] = (*FORMS, *MANNERS)
