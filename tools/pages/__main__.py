"""Write all pages into the folder that is named."""

import sys
from pathlib import Path

from . import write

write(Path(sys.argv[1]))
