"""Build the wheel from the source distribution, install it alone into an empty environment, and test that installation.

    python tests/packaging/wheel.py FOLDER

FOLDER is emptied and used. Exits as pytest does, or with the code of the step that failed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def main(folder: Path) -> int:
    """Build, install, test."""
    shutil.rmtree(folder, ignore_errors=True)
    wheel = build(folder)
    alone = folder / "alone"
    venv.create(alone, with_pip=True)
    run(alone / "bin" / "python", "-m", "pip", "install", "--quiet", wheel)
    tests = Path(__file__).with_name("test_wheel.py")
    chosen = os.environ | {"EMBEDDINGS_CONFORMANCE_ENVIRONMENT": str(alone)}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-m", "slow or not slow", tests], cwd=ROOT, env=chosen, check=False
    ).returncode


def build(folder: Path) -> Path:
    """The wheel, made from an unpacked source distribution: so both hold what they need."""
    hatchling("sdist", ROOT, folder)
    (archive,) = folder.glob("*.tar.gz")
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    hatchling("wheel", folder / archive.name.removesuffix(".tar.gz"), folder)
    (wheel,) = folder.glob("*.whl")
    return wheel


def hatchling(kind: str, source: Path, into: Path) -> None:
    """Build a distribution of *kind* from *source*."""
    run(sys.executable, "-m", "hatchling", "build", "--target", kind, "--directory", into, cwd=source)


def run(*words: str | Path, cwd: Path = ROOT) -> None:
    """Run a command, and end with its exit code if it fails."""
    code = subprocess.run(words, cwd=cwd, check=False).returncode
    if code:
        sys.exit(code)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
