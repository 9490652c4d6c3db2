"""What makes the pages is no part of the package: it is found in the project, behind whatever is installed."""

from __future__ import annotations

import sys

from tests.docs.pages import ROOT

sys.path.append(str(ROOT))
