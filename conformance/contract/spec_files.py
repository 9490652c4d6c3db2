"""Paths of the specification's files: in `spec/` of a checkout, or `conformance/spec/` of an installed wheel."""

from __future__ import annotations

from pathlib import Path

from .errors import MissingSpecification

_PACKAGE = Path(__file__).resolve().parents[1]
# The wheel's own folder comes first: next to an installed package, `../spec` may belong to another project.
_FOLDERS = (_PACKAGE / "spec", _PACKAGE.parent / "spec")


def spec_file(name: str) -> Path:
    """Return the path of a file or folder of the specification.

    Parameters: its `name` relative to the specification's folder, with forward slashes
    (`errata/embeddings.overlay.yaml`); `.` is that folder itself.
    Raises MissingSpecification if the installation lacks it.
    """
    for folder in _FOLDERS:
        if (folder / name).exists():
            return folder / name
    raise MissingSpecification(name, _FOLDERS)


def vendored_document() -> Path:
    """The vendored OpenAPI document, as its publisher wrote it."""
    return spec_file("portkey-embeddings.yaml")


def document_provenance() -> Path:
    """The origin of the vendored document: source, digests, license, extraction."""
    return spec_file("provenance.yaml")


def errata_overlay() -> Path:
    """The overlay that applies the errata's resolutions."""
    return spec_file("errata/embeddings.overlay.yaml")


def errata_list() -> Path:
    """The errata as data: each contradiction and its resolution."""
    return spec_file("errata.yaml")


def client_list() -> Path:
    """The clients as data: what they send and rely on."""
    return spec_file("clients.yaml")


def hint_list() -> Path:
    """The likely causes of failures as data."""
    return spec_file("hints.yaml")


def client_requests() -> Path:
    """The requests of real HTTP clients as data: their headers, and those that proxies add."""
    return spec_file("client-requests.yaml")


def profile_overlays() -> dict[str, Path]:
    """The overlays of the shipped profiles, by the profile's name, in alphabetical order."""
    files = {file.stem: file for file in spec_file("profiles").glob("*.yaml")}
    return {name: files[name] for name in sorted(files)}


def state_of(file: Path | str | None) -> tuple[int, int] | None:
    """What changes when a file is written again; None without a file that can be read."""
    try:
        state = file.stat() if isinstance(file, Path) else None
    except OSError:
        return None
    return None if state is None else (state.st_mtime_ns, state.st_size)
