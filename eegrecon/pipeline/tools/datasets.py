"""Operations on data sets: checking a folder, writing simulated data in a real format, captioning pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from eegrecon.benchmark.builder import parse_set
from eegrecon.benchmark.request import data_settings
from eegrecon.errors import DataError, MissingFiles, UsageError, unknown
from eegrecon.interfaces.components import Aligner, Captioner, Dataset, Encoder, Precision
from eegrecon.interfaces.data import Finding
from eegrecon.pipeline.fingerprints import describe
from eegrecon.pipeline.progress import Console
from eegrecon.pipeline.run import resolve_device
from eegrecon.pipeline.tools.null_design import Readers, findings
from eegrecon.pipeline.tools.standalone import standalone_run
from eegrecon.registry.building import build_component
from eegrecon.registry.catalog import Catalog
from eegrecon.registry.digests import digest
from eegrecon.registry.settings import Setting, Settings, merge, settings


def check(catalog: Catalog, folder: str, overrides: Sequence[str] = ()) -> Sequence[Finding]:
    """Return what a data folder holds and lacks, as found by the data set that recognises it.

    Args:
        catalog: the data sets.
        folder: the folder.
        overrides: settings of the data set, ``A.B=V``.
    """
    dataset = _dataset_of(catalog, folder, overrides)
    name = catalog.name_of(type(dataset)).partition(".")[2]
    return [Finding(True, f"{folder} is a data set of the format {name}"), *_findings(dataset)]


def _findings(dataset: Dataset) -> Sequence[Finding]:
    """Return what a data set finds in its files; an error in reading them is a finding."""
    try:
        return dataset.check()
    except (MissingFiles, DataError) as error:
        return (Finding(False, str(error)),)


def null(
    catalog: Catalog,
    folder: str,
    overrides: Sequence[str] = (),
    subjects: Sequence[int] | None = None,
    rest: str | None = None,
) -> Iterator[Finding]:
    """Yield what linear readers find in EEG without a brain, under the design of a data folder.

    Args:
        catalog: the data sets, and the readers ``linear-reader`` and ``ridge``.
        folder: the folder.
        overrides: settings of the data set, ``A.B=V``.
        subjects: whose designs are tested; None for the first, empty for all.
        rest: a recording without pictures, of any kind that MNE reads.

    Raises:
        UsageError: there is no such subject.
    """
    dataset = _dataset_of(catalog, folder, overrides)
    encoder: Encoder = build_component(catalog, "encoder", settings({"use": "linear-reader"}, "--null"), "encoder")
    aligner: Aligner = build_component(catalog, "aligner", settings({"use": "ridge"}, "--null"), "aligner")
    held = dataset.subjects()
    chosen = held[:1] if subjects is None else tuple(subjects) or held
    if unknown_ones := [subject for subject in chosen if subject not in held]:
        raise UsageError(f"there is no subject {unknown_ones[0]} (--subjects); there are: {', '.join(map(str, held))}")
    key = digest(["null", describe(dataset, catalog.name_of)])
    run = standalone_run(dataset, key, Console(), catalog.name_of)
    for subject in chosen:
        yield from findings(dataset.load(subject, run), Readers(encoder, aligner), run, Path(rest) if rest else None)


def simulate(catalog: Catalog, folder: str, form: str, overrides: Sequence[str]) -> str:
    """Write simulated recordings in the format of another data set; return a message with the next commands.

    Raises:
        UnknownName: no data set writes this format.
        UsageError: the folder is not empty.
    """
    writers = {}
    for name in catalog.names("dataset"):
        cls = catalog.get("dataset", name)
        assert issubclass(cls, Dataset)
        for written in cls.exports:
            writers[written] = name
    if form not in writers:
        raise unknown("format", form, writers, "--format")
    target = Path(folder)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise UsageError(f"{target} exists and is not empty; name a new folder")
    values: Settings = settings({"use": writers[form]}, "the simulated data set")
    for text in overrides:
        values = merge(parse_set(text), values)
    dataset: Dataset = build_component(catalog, "dataset", values, "dataset")
    key = digest(describe(dataset, catalog.name_of))
    dataset.export(target, form, standalone_run(dataset, key, Console(), catalog.name_of))
    return f"wrote {target} ({form}); try: eegrecon data check {target}, eegrecon bench brainvis --data {target}"


def caption(catalog: Catalog, folder: str, captioner: Settings, device: str, precision: Precision) -> str:
    """Write a caption for each picture of a data folder that has none; return a message with their number."""
    dataset = _dataset_of(catalog, folder)
    writer: Captioner = build_component(catalog, "captioner", captioner, "captioner")
    key = digest(["caption", str(Path(folder).resolve()), writer.identity])
    run = standalone_run(writer, key, Console(), catalog.name_of, resolve_device(device), precision)
    written = dataset.caption(writer, run)
    return f"{written} captions by {writer.identity} written beside the pictures of {folder}"


def _dataset_of(catalog: Catalog, folder: str, overrides: Sequence[str] = ()) -> Dataset:
    """Return the data set that recognises a folder."""
    values = data_settings(catalog, Path(folder))["dataset"]
    assert not isinstance(values, Setting)
    for text in overrides:
        values = merge(parse_set(text), values)
    dataset: Dataset = build_component(catalog, "dataset", values, "dataset")
    return dataset
