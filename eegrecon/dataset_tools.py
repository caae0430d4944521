"""``eegrecon data``: look at a data folder, and write simulated data in a real format."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from eegrecon import spec
from eegrecon.api import data_settings
from eegrecon.building import Setting, Settings, component, lay, settings
from eegrecon.components import Captioner, Dataset, Finding, Precision
from eegrecon.console import Console
from eegrecon.errors import UsageError, unknown
from eegrecon.keys import describe, digest
from eegrecon.plugins import Catalog
from eegrecon.runner import standalone_run
from eegrecon.stage_run import resolve_device


def check(catalog: Catalog, folder: str) -> Sequence[Finding]:
    """Say what a data folder holds and lacks, by the data set that recognises it."""
    given = data_settings(catalog, Path(folder))["dataset"]
    assert not isinstance(given, Setting)
    dataset: Dataset = component(catalog, "dataset", given, "dataset")
    name = catalog.name_of(type(dataset)).partition(".")[2]
    return [Finding(True, f"{folder} is a data set of the form {name}"), *dataset.check()]


def simulate(catalog: Catalog, folder: str, form: str, overrides: Sequence[str]) -> str:
    """Write simulated recordings in another data set's format; return what to do with them."""
    writers = {}
    for name in catalog.names("dataset"):
        for written in catalog.get("dataset", name).exports:  # type: ignore[attr-defined]
            writers[written] = name
    if form not in writers:
        raise unknown("format", form, writers, "--format")
    target = Path(folder)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise UsageError(f"{target} is there already and not empty; name a new folder")
    given: Settings = settings({"use": writers[form]}, "the simulated data set")
    for text in overrides:
        given = lay(spec.parse_set(text), given)
    dataset: Dataset = component(catalog, "dataset", given, "dataset")
    key = digest(describe(dataset, catalog.name_of, lambda nested: None))
    dataset.export(target, form, standalone_run(dataset, key, Console(), catalog.name_of))
    return f"wrote {target} ({form}); try: eegrecon data check {target}, eegrecon bench brainvis --data {target}"


def caption(catalog: Catalog, folder: str, captioner: Settings, device: str, precision: Precision) -> str:
    """Write a caption for each picture of a data folder that has none yet; say how many."""
    given = data_settings(catalog, Path(folder))["dataset"]
    assert not isinstance(given, Setting)
    dataset: Dataset = component(catalog, "dataset", given, "dataset")
    writer: Captioner = component(catalog, "captioner", captioner, "captioner")
    key = digest(["caption", str(Path(folder).resolve()), writer.identity])
    run = standalone_run(writer, key, Console(), catalog.name_of, resolve_device(device), precision)
    written = dataset.caption(writer, run)
    return f"{written} captions by {writer.identity} written beside the pictures of {folder}"
