"""Servers that are correct, and do what careless checks do not expect."""

from __future__ import annotations

from tests.zoo.asking import Unusual
from tests.zoo.unusual_forms import FORMS
from tests.zoo.unusual_manners import MANNERS

SERVERS: tuple[Unusual, ...] = (*FORMS, *MANNERS)
