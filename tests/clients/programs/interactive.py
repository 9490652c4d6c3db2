"""Run a file as in the interactive interpreter, which prints the value of each expression.

The contract's hosted sample ends with a call whose value it does not use.
"""

import ast
import sys
from pathlib import Path

file = Path(sys.argv[1])
statements = ast.parse(file.read_text("utf-8")).body
exec(compile(ast.Interactive(statements), str(file), "single"), {"__name__": "__main__"})
