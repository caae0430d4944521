"""The chosen pictures with what was predicted and scored for each, and the views of the EEG, for the template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from eegrecon.interfaces.records import ResultRow
from eegrecon.reporting.cells import number, signed
from eegrecon.reporting.html.charts import Curves, curves
from eegrecon.reporting.html.material import Example, Examples, Views
from eegrecon.reporting.html.templating import address
from eegrecon.reporting.trials import NO_SCORES, Line

_ABOUT = {"best": "Best", "median": "Median", "worst": "Worst", "first": "First"}
_PIXELS = 64  # up to which a picture is enlarged without interpolation


@dataclass(frozen=True)
class Tile:
    """One picture of one trial.

    Attributes:
        source: what an image element shows.
        alternative: the picture in words.
        place: which trial it is.
        truth: the true class.
        caption: the true caption; empty if there is none.
        predicted: the predicted class; empty if none is predicted.
        scores: name and number of each score that this trial has.
    """

    source: str
    alternative: str
    place: str
    truth: str
    caption: str
    predicted: str
    scores: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class GalleryRow:
    """The pictures of a row of the table, or the true ones."""

    label: str
    kind: str
    tiles: tuple[Tile, ...]


@dataclass(frozen=True)
class GalleryGroup:
    """The pictures of the best, the median or the worst trials."""

    name: str
    title: str
    rows: tuple[GalleryRow, ...]


@dataclass(frozen=True)
class Gallery:
    """All shown pictures, and how they were chosen."""

    rule: str
    size: str
    pixelated: bool
    groups: tuple[GalleryGroup, ...]


def gallery(examples: Examples, full: str, kinds: Mapping[str, str], lines: Sequence[Line]) -> Gallery:
    """Return the pictures of a run.

    Args:
        examples: the pictures.
        full: label of the first row.
        kinds: what each row is, by label.
        lines: of ``trials.csv``; empty where it is missing.
    """
    of_trial = {(line["row"], line["subject"], line["seed"], line.get("index")): line for line in lines}
    column = f"{examples.metric}.{examples.column}"

    def value(example: Example) -> str:
        line = of_trial.get((full, example.subject, examples.seed, example.index), {})
        return "" if line.get(column) is None else number(line[column])

    groups = []
    for name in dict.fromkeys(example.group for example in examples.trials):
        places = [place for place, example in enumerate(examples.trials) if example.group == name]
        chosen = [examples.trials[place] for place in places]
        values = list(dict.fromkeys(filter(None, map(value, chosen))))
        span = values[0] if len(values) == 1 else f"{values[0]} to {values[-1]}" if values else ""
        title = f"{_ABOUT[name]} trials" + (f": {examples.column} {span}" if span and examples.column else "")
        true = tuple(_true(example, examples.truth[place]) for place, example in zip(places, chosen, strict=True))
        rows = [GalleryRow("true picture", "truth", true)]
        for label, pictures in examples.rows.items():
            found = [of_trial.get((label, one.subject, examples.seed, one.index), {}) for one in chosen]
            tiles = [
                _generated(label, example, pictures[place], line)
                for place, example, line in zip(places, chosen, found, strict=True)
            ]
            rows.append(GalleryRow(label, kinds.get(label, "variant"), tuple(tiles)))
        groups.append(GalleryGroup(name, title, tuple(rows)))
    height, width = examples.size
    resized = f", shown at {examples.shown_size[1]} by {examples.shown_size[0]}"
    size = f"{width} by {height} pixels" + (resized if examples.shown_size != examples.size else "")
    return Gallery(_rule(examples, full), size, max(examples.shown_size) <= _PIXELS, tuple(groups))


def _rule(examples: Examples, full: str) -> str:
    """Say how the trials were chosen."""
    if not examples.column:
        return (
            "No score has a value for each trial, so these are the first ones in the random order of the test trials."
        )
    text = (
        f"Chosen by rule: the test trials of seed {examples.seed} ranked by {examples.column} of {full}; of "
        f"{examples.trials_ranked} the best, the median and the worst ones, equal ones in a random order that "
        "depends on the data alone."
    )
    if examples.best_shared > sum(example.group == "best" for example in examples.trials):
        text += f" {examples.best_shared} share the best value."
    return text


def _true(example: Example, picture: str) -> Tile:
    return Tile(
        source=address(picture),
        alternative=f"True picture of trial {example.index}: {example.caption or example.label}",
        place=_place(example),
        truth=example.label,
        caption=example.caption or "",
        predicted="",
        scores=(),
    )


def _generated(label: str, example: Example, picture: str, line: Line) -> Tile:
    predicted = str(line.get("predicted") or "")
    named = f", predicted class {predicted}" if predicted else ""
    scores = [(name, value) for name, value in line.items() if name not in NO_SCORES and value is not None]
    return Tile(
        source=address(picture),
        alternative=f"{label}: picture of trial {example.index}, true class {example.label}{named}",
        place=_place(example),
        truth=example.label,
        caption=example.caption or "",
        predicted=predicted,
        scores=tuple((name.partition(".")[2] or name, number(float(value))) for name, value in scores),
    )


def _place(example: Example) -> str:
    return f"subject {example.subject}, trial {example.index}"


def kind_of(row: ResultRow, first: bool) -> str:
    """Return what a row is: full, control, baseline or variant."""
    return "full" if first else "control" if row.control else "baseline" if row.baseline else "variant"


@dataclass(frozen=True)
class Map:
    """Band power over the scalp at one latency."""

    source: str
    alternative: str
    peak: str


@dataclass(frozen=True)
class Band:
    """The maps of one band, which share a scale."""

    name: str
    limits: str
    scale: str
    maps: tuple[Map, ...]


@dataclass(frozen=True)
class EegViews:
    """The views of one subject's EEG."""

    about: str
    unit: str
    charts: tuple[Curves, ...]
    classes: tuple[str, ...]
    latencies: tuple[str, ...]
    bands: tuple[Band, ...]
    maps_absent: str


def eeg_views(views: Views) -> EegViews:
    """Return mean responses as charts, and maps with their words."""
    trials = f"{views.trials} training trials" + (
        "" if views.trials == views.of else f" (of {views.of}, evenly spaced)"
    )
    classes = f"{len(views.classes)} of {views.of_classes} classes, those with the most trials"
    of_classes = f"{views.of_classes} classes" if len(views.classes) == views.of_classes else classes
    unit = "standardised" if views.unit == "z" else views.unit
    baseline = "the mean before onset" if views.baseline == "before onset" else "the mean of the epoch"
    charts = []
    for place, channel in enumerate(views.channels):
        lines = [of_class[place] for of_class in views.responses]
        charts.append(curves(f"channel {channel}", views.times, lines, views.grand[place]))
    return EegViews(
        about=f"Subject {views.subject}: {trials} of {of_classes}, as the method receives them, less {baseline}.",
        unit=unit,
        charts=tuple(charts),
        classes=views.classes,
        latencies=tuple(f"{latency:.0f} ms" for latency in views.latencies),
        bands=tuple(_band(views, place) for place in range(len(views.maps))),
        maps_absent=views.maps_absent,
    )


def _band(views: Views, place: int) -> Band:
    name, low, high = views.bands[place]
    maps = []
    for picture, (channel, peak), latency in zip(views.maps[place], views.peaks[place], views.latencies, strict=True):
        words = f"Map of {name} power at {latency:.0f} ms: strongest at {channel}, {signed(peak)} dB"
        maps.append(Map(address(picture), words, f"{channel} {peak:+.1f} dB"))
    return Band(name, f"{low} to {high} Hz", f"±{views.scales[place]:.1f} dB", tuple(maps))
