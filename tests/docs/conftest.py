"""Make `tools` importable: it is part of the project, not of the package."""

from __future__ import annotations

import sys

from tests.docs.pages import ROOT

sys.path.append(str(ROOT))
