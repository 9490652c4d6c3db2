"""Run a program of this folder once for each case, in one process; prints what each caller gets, or its error, as JSON.

Arguments: the path of the program, and the cases.
"""

import contextlib
import io
import json
import runpy
import sys
from typing import Any

program, *cases = sys.argv[1:]
results: list[dict[str, Any]] = []
for case in cases:
    sys.argv = [program, case]
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            runpy.run_path(program, run_name="__main__")
        results.append({"embeddings": json.loads(printed.getvalue().splitlines()[-1])})
    except Exception as error:
        results.append({"error": f"{type(error).__name__}: {error}"[:300]})
print(json.dumps(results))
