"""The contract's code samples, with the smallest changes that make them work."""

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
    """A code sample as printed; `label` distinguishes hosted from self-hosted samples."""

    language: str
    label: str
    source: str

    @property
    def name(self) -> str:
        """The name in `samples.yaml` and on the command line."""
        return f"{self.language} {self.label}"


@dataclass(frozen=True, slots=True)
class Change:
    """A change that these samples need; without it they fail with the message `fails_with`."""

    samples: Sequence[str]
    text: str
    becomes: str
    fails_with: str
    erratum: str
    reason: str


@dataclass(frozen=True, slots=True)
class SampleSettings:
    """The content of `samples.yaml`."""

    credentials: Mapping[str, str]
    environment: Mapping[str, str]
    placeholder: str
    changes: Sequence[Change]

    def of(self, sample: Sample) -> list[Change]:
        """The changes that *sample* needs."""
        return [change for change in self.changes if sample.name in change.samples]


class SampleChanged(ValueError):
    """A sample does not contain the text of a change exactly once."""

    def __init__(self, sample: Sample, change: Change) -> None:
        self.sample, self.change = sample, change
        super().__init__(
            f"{sample.name}: {change.text!r} must occur once, but occurs {sample.source.count(change.text)} times;"
            f" if the contract changed, update {FILE.name}"
        )


def extract(contract: Contract) -> list[Sample]:
    """The code samples of the contract's operation, in its order."""
    return [
        Sample(item["lang"], item["label"], item["source"]) for item in contract.operation["x-code-samples"]
    ]


def hosted(contract: Contract) -> tuple[str, int, str]:
    """Host, port and base path of the first server in the contract, which is public."""
    url = urlsplit(contract.document["paths"][contract.path]["servers"][0]["url"])
    assert url.scheme == "https"
    assert url.hostname
    return url.hostname, url.port or 443, url.path


def load_settings(path: Path = FILE) -> SampleSettings:
    """Load the settings for the samples."""
    data: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    return SampleSettings(**data | {"changes": [Change(**change) for change in data["changes"]]})


def changed(sample: Sample, changes: Sequence[Change], base_url: str) -> Sample:
    """*sample* after *changes*, for the server at *base_url*. Raises SampleChanged."""
    for change in changes:
        if sample.source.count(change.text) != 1:
            raise SampleChanged(sample, change)
        becomes = change.becomes.replace("{base_url}", base_url)
        sample = replace(sample, source=sample.source.replace(change.text, becomes))
    return sample
