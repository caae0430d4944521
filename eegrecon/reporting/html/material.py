"""``report.json``: what a report needs of a run besides its result and its trials, so that it needs no store.

A folder may come from someone else, so what is read is checked: pictures by their first bytes, and every size.
"""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal

import pydantic
from pydantic import Field, StringConstraints

from eegrecon.errors import DataError
from eegrecon.interfaces.records import Record

MATERIAL = "report.json"
SCHEMA = "eegrecon.report/1"
LARGEST = 64 * 2**20  # bytes of the file
LARGEST_NUMBER = 1e12  # of a curve

Group = Literal["best", "median", "worst", "first"]
# the first bytes of a PNG or a JPEG, and nothing that is not base64
Picture = Annotated[str, StringConstraints(pattern=re.compile(r"^(iVBORw0KGgo|/9j/)[A-Za-z0-9+/]*={0,2}\Z"))]


class Example(Record):
    """A test trial whose pictures are shown."""

    group: Group
    subject: int
    index: int = Field(description="number of the trial in its data set")
    label: str
    caption: str | None = None


class Examples(Record):
    """Pictures of a few trials, chosen by rule."""

    metric: str = Field(description="metric and column that rank the trials; empty where no score has values of trials")
    column: str
    seed: int
    trials_ranked: int
    best_shared: int = Field(description="trials that have the best value")
    trials: tuple[Example, ...]
    size: tuple[int, int] = Field(description="height and width at which the pictures were generated, pixels")
    shown_size: tuple[int, int]
    truth: tuple[Picture, ...]
    rows: dict[str, tuple[Picture, ...]] = Field(description="pictures by label of the row, in the order of the trials")

    @pydantic.model_validator(mode="after")
    def _complete(self) -> Examples:
        if any(len(pictures) != len(self.trials) for pictures in (self.truth, *self.rows.values())):
            raise ValueError("a row has not one picture for each trial")
        return self


class Views(Record):
    """The EEG of one subject: mean responses of classes, and band power over the scalp."""

    model_config = pydantic.ConfigDict(allow_inf_nan=False)

    subject: int
    trials: int
    of: int = Field(description="training trials of the subject")
    unit: str
    baseline: str
    times: tuple[float, ...] = Field(description="ms from picture onset")
    channels: tuple[str, ...]
    classes: tuple[str, ...]
    of_classes: int
    responses: tuple[tuple[tuple[float, ...], ...], ...] = Field(description="by class, channel and time")
    grand: tuple[tuple[float, ...], ...] = Field(description="mean over trials, by channel and time")
    bands: tuple[tuple[str, int, int], ...]
    latencies: tuple[float, ...]
    scales: tuple[float, ...] = Field((), description="ends of the scale of each band, dB")
    peaks: tuple[tuple[tuple[str, float], ...], ...] = Field((), description="strongest channel, by band and latency")
    maps: tuple[tuple[Picture, ...], ...] = Field((), description="by band and latency")
    maps_absent: str = ""

    @pydantic.model_validator(mode="after")
    def _complete(self) -> Views:
        if len(self.times) < 2 or any(later <= earlier for earlier, later in pairwise(self.times)):
            raise ValueError("the times do not ascend")
        shape = (len(self.classes), len(self.channels), len(self.times))
        curves = [curve for of_class in self.responses for curve in of_class]
        sizes = {len(curve) for curve in (*curves, *self.grand)} | {len(self.times)}
        if len(self.responses) != shape[0] or len(curves) != shape[0] * shape[1] or len(sizes) != 1:
            raise ValueError("the responses are not one for each class, channel and time")
        if any(abs(value) > LARGEST_NUMBER for curve in (self.times, *curves, *self.grand) for value in curve):
            raise ValueError("a number is too large to be drawn")
        if len(self.grand) != shape[1]:
            raise ValueError("the mean response is not one for each channel")
        of_bands = {len(self.bands)} | ({len(self.scales), len(self.peaks), len(self.maps)} if self.maps else set())
        of_latencies = {len(of_band) for of_band in (*self.maps, *(self.peaks if self.maps else ()))}
        if len(of_bands) != 1 or of_latencies - {len(self.latencies)}:
            raise ValueError("the maps are not one for each band and latency")
        return self


class Material(Record):
    """The content of ``report.json``; what is missing has a reason in its place."""

    schema_: str = Field(SCHEMA, alias="schema", pattern=f"^{re.escape(SCHEMA)}$")
    examples: Examples | None = None
    examples_absent: str = ""
    views: Views | None = None
    views_absent: str = ""

    def save(self, folder: Path) -> None:
        """Write ``report.json``."""
        text = self.model_dump_json(by_alias=True, exclude_defaults=False)
        (folder / MATERIAL).write_text(text + "\n", encoding="utf-8")


def load_material(folder: Path) -> Material:
    """Return the material of a run's folder; one without ``report.json`` is of an earlier version, and has none.

    Raises:
        DataError: the file does not have the schema.
    """
    file = folder / MATERIAL
    if not file.is_file():
        reason = f"the run has no {MATERIAL}, as runs of earlier versions do not; the command of the run writes it"
        return Material(schema=SCHEMA, examples_absent=reason, views_absent=reason)
    try:
        if file.stat().st_size > LARGEST:
            raise ValueError(f"it is larger than {LARGEST // 2**20} MiB")
        return Material.model_validate(json.loads(file.read_text(encoding="utf-8")))
    except (ValueError, RecursionError) as error:
        problems = error.errors() if isinstance(error, pydantic.ValidationError) else []
        details = [f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}" for problem in problems[:3]]
        raise DataError(
            f"{file} does not have the schema {SCHEMA}: {'; '.join(details) or error}; remove it, or run again"
        ) from error
