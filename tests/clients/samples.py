"""The contract's code samples: taken out of the document, with the smallest changes that make them work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from conformance import Contract

FILE = Path(__file__).with_name("samples.yaml")


@dataclass(frozen=True, slots=True)
class Sample:
    """A code sample as printed; `label` tells the hosted one from the self-hosted one."""

    language: str
    label: str
    source: str

    @property
    def name(self) -> str:
        """How `samples.yaml` and the command line name it."""
        return f"{self.language} {self.label}"


@dataclass(frozen=True, slots=True)
class Change:
    """A change that the samples of these names need; without it they fail with `fails_with`."""

    samples: Sequence[str]
    text: str
    becomes: str
    fails_with: str
    erratum: str
    reason: str


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What `samples.yaml` says."""

    credentials: Mapping[str, str]
    environment: Mapping[str, str]
    placeholder: str
    changes: Sequence[Change]

    def of(self, sample: Sample) -> list[Change]:
        """The changes that *sample* needs."""
        return [change for change in self.changes if sample.name in change.samples]


class SampleChanged(ValueError):
    """The text that a change replaces does not stand once in the sample."""

    def __init__(self, sample: Sample, change: Change) -> None:
        self.sample, self.change = sample, change
        super().__init__(
            f"{sample.name}: expected {change.text!r} once, found it {sample.source.count(change.text)} times;"
            f" did the contract change? then mend {FILE.name}"
        )


def extract(contract: Contract) -> list[Sample]:
    """The code samples of the contract's operation, in its order."""
    return [
        Sample(item["lang"], item["label"], item["source"]) for item in contract.operation["x-code-samples"]
    ]


def hosted(contract: Contract) -> tuple[str, int, str]:
    """Host, port and base path of the public server that the contract names first."""
    url = urlsplit(contract.document["paths"][contract.path]["servers"][0]["url"])
    assert url.scheme == "https"
    assert url.hostname
    return url.hostname, url.port or 443, url.path


def load_surroundings(path: Path = FILE) -> Surroundings:
    """What is done around the samples."""
    data: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    return Surroundings(**data | {"changes": [Change(**change) for change in data["changes"]]})


def changed(sample: Sample, changes: Sequence[Change], base_url: str) -> Sample:
    """*sample* after *changes*, for the server at *base_url*. Raises SampleChanged."""
    for change in changes:
        if sample.source.count(change.text) != 1:
            raise SampleChanged(sample, change)
        becomes = change.becomes.replace("{base_url}", base_url)
        sample = replace(sample, source=sample.source.replace(change.text, becomes))
    return sample
