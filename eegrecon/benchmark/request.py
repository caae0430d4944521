"""A request: options resolved against what is installed, down to variants, audits, subjects and seeds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from eegrecon.benchmark.builder import Benchmark, build, component_name, merged_settings, parse_set
from eegrecon.benchmark.controls import DEFAULT_CONTROLS, Control, refusal, select_controls, selected
from eegrecon.benchmark.definition import Definition, load_definition
from eegrecon.benchmark.options import Options, declared_options
from eegrecon.benchmark.presets import TablePreset
from eegrecon.benchmark.variants import FULL, PLACES, Variant, variants
from eegrecon.errors import ComponentError, DataError, EegreconError, MissingFiles, UsageError, unknown
from eegrecon.interfaces.audits import Audit
from eegrecon.interfaces.components import Dataset
from eegrecon.registry.catalog import Catalog
from eegrecon.registry.settings import Settings, setting_at, settings


@dataclass(frozen=True)
class Selection:
    """The benchmark file, profile and table preset that options name.

    Attributes:
        options: what was asked for.
        catalog: what is installed.
        definition: the benchmark file.
        profile: name of the profile.
        preset: the table preset, if one was asked for.
    """

    options: Options
    catalog: Catalog
    definition: Definition
    profile: str
    preset: TablePreset | None

    def build(self, overrides: Sequence[Settings] = ()) -> Benchmark:
        """Return the benchmark with the values that the options set, and further overrides."""
        return build(self.catalog, self.definition, self.profile, (*self._of_file, *self._of_options, *overrides))

    def replaced(self) -> dict[str, str]:
        """Return the components of the method that the options put in place of the file's: name by place."""
        file = merged_settings(self.definition, self.profile, self._of_file)
        now = merged_settings(self.definition, self.profile, (*self._of_file, *self._of_options))
        names = {place: component_name(now, place) for place in PLACES}
        return {place: name for place, name in names.items() if name not in ("none", component_name(file, place))}

    @property
    def _of_file(self) -> list[Settings]:
        """What the preset sets."""
        preset = self.preset
        return [*preset.overrides, *_unneeded_metrics(self.definition, self.profile, preset)] if preset else []

    @property
    def _of_options(self) -> list[Settings]:
        """What the options set."""
        values: list[Settings] = []
        if self.options.data:
            values.append(data_settings(self.catalog, Path(self.options.data)))
        if self.options.protocol:
            origin = f"--protocol {self.options.protocol}"
            values.append(setting_at("dataset.protocol", self.options.protocol, origin))
        if self.options.allow_missing_pictures:
            values.append(setting_at("dataset.missing", "leave-out", "--allow-missing-pictures"))
        if self.options.trust_pickle:
            values.append(setting_at("dataset.trust_pickle", True, "--trust-pickle"))
        return [*values, *(parse_set(text) for text in self.options.set)]


@dataclass(frozen=True)
class Request:
    """Everything that a run computes, as values.

    Attributes:
        selection: the benchmark file, profile and preset.
        variants: the configurations to compare; the first is *Full*.
        audits: audits of the first variant, by name.
        subjects: the subjects to evaluate.
        seeds: the seed of each run.
        warnings: problems that do not prevent the run.
    """

    selection: Selection
    variants: tuple[Variant, ...]
    audits: Mapping[str, Audit]
    subjects: tuple[int, ...]
    seeds: tuple[int, ...]
    warnings: tuple[str, ...]

    @property
    def options(self) -> Options:
        """What was asked for."""
        return self.selection.options

    @property
    def full(self) -> Benchmark:
        """The configuration of the first variant."""
        return full_of(self.variants)


def full_of(found: Sequence[Variant]) -> Benchmark:
    """Return the configuration of the first variant, which is always built."""
    full = found[0].benchmark
    assert full is not None
    return full


def select(options: Options, catalog: Catalog) -> Selection:
    """Return the benchmark file, profile and preset that options name.

    Raises:
        UsageError: there is none of a name, or the file is not valid.
    """
    _refuse_empty(options)
    places = [f"--{name}" for name in ("workers", "scheduler", "cluster") if getattr(options, name) is not None]
    if len(places) > 1:
        raise UsageError(f"{' and '.join(places)} name different places to compute; give one of them")
    definition = load_definition(catalog, options.benchmark)
    profile = definition.profile(options.profile)
    preset = definition.table(options.table, profile) if options.table else None
    return Selection(options, catalog, definition, profile, preset)


def _refuse_empty(options: Options) -> None:
    """Refuse a text that is empty, as of a variable of the shell that is not set, instead of taking the default."""
    for name, declared, _ in declared_options():
        value = getattr(options, name)
        texts = value if isinstance(value, tuple) else (value,)
        if any(isinstance(text, str) and not text.strip() for text in texts):
            raise UsageError(f"--{declared.flag or name.replace('_', '-')} is empty; give a value, or leave it out")


def resolve(options: Options, catalog: Catalog) -> Request:
    """Return the request that options describe.

    Raises:
        UsageError: an option names something that does not exist or does not fit.
    """
    selection = select(options, catalog)
    found = all_variants(selection)
    full = full_of(found)
    _check_headline(selection.definition, full)
    audits, warnings = _audits(options.audit, catalog)
    return Request(
        selection=selection,
        variants=found,
        audits=audits,
        subjects=_subjects(options.subjects, full),
        seeds=tuple(range(full.seed, full.seed + options.seeds)),
        warnings=(*_broken_plugins(catalog), *warnings),
    )


def _check_headline(definition: Definition, full: Benchmark) -> None:
    """Refuse a headline column that its metric does not have; metrics that this configuration lacks are passed over."""
    columns = {name: [column.name for column in metric.columns] for name, metric in full.metrics}
    for metric, _, column in (name.partition(".") for name in definition.headline):
        if column not in columns.get(metric, [column]):
            raise unknown("column", column, columns[metric], f"{definition.file}, headline, {metric}")


def all_variants(selection: Selection) -> tuple[Variant, ...]:
    """Return *Full*, the variants of the options and of the preset, and the controls.

    Without a preset the baselines of the benchmark file take the place of its rows.
    """
    options, preset = selection.options, selection.preset or TablePreset("", rows=selection.definition.baselines)
    ablate, grid = (*preset.ablate, *options.ablate), (*preset.grid, *options.grid)
    changes = ", ".join(f"{place} = {name}" for place, name in selection.replaced().items())
    label = f"{FULL} ({changes})" if changes else FULL
    found = variants(selection.build, ablate, grid, options.sweep, preset.rows, label)
    names = next(asked for asked in (options.control, preset.control, DEFAULT_CONTROLS) if asked is not None)
    return (*found, *(_controlled(full_of(found), control) for control in select_controls(names)))


def _controlled(full: Benchmark, control: Control) -> Variant:
    """Return the variant of a control, refused where it does not apply to the method."""
    refused = refusal(control, full.generator.needs if full.generator else None)
    return Variant(f"control: {control.about}", None if refused else full, control=control.name, refused=refused)


def _unneeded_metrics(definition: Definition, profile: str, preset: TablePreset) -> list[Settings]:
    """Return the settings that leave out the metrics that a preset does not show."""
    metrics = definition.metrics(profile)
    for name in preset.metrics:
        if name not in metrics:
            raise unknown("metric", name, metrics, f"{definition.file}, table.{preset.name}")
    extra = [name for name in metrics if preset.metrics and name not in preset.metrics]
    return [setting_at(f"metric.{name}", "none", f"table {preset.name}") for name in extra]


def _audits(requested: Sequence[str], catalog: Catalog) -> tuple[dict[str, Audit], list[str]]:
    """Return the requested audits by name, and why some of them cannot be used."""
    known = catalog.names("audit")
    names = selected(requested, "--audit")
    for name in names:
        if name not in (*known, "all"):
            raise unknown("audit", name, [*known, "all", "none"], "--audit")
    found: dict[str, Audit] = {}
    warnings = []
    for name in known if "all" in names else names:
        try:
            audit = catalog.get("audit", name)()
            assert isinstance(audit, Audit)
            found[name] = audit
        except ComponentError as error:
            warnings.append(str(error))
    return found, warnings


def _subjects(requested: tuple[int, ...] | None, full: Benchmark) -> tuple[int, ...]:
    available = full.dataset.subjects()
    wanted = full.subjects if requested is None else requested
    missing = sorted(set(wanted or ()) - set(available))
    if missing:
        raise UsageError(f"no subject {_listed(missing)} in the data (--subjects); there are: {_listed(available)}")
    return tuple(dict.fromkeys(wanted or available))  # a subject that is named twice counts once


def _broken_plugins(catalog: Catalog) -> list[str]:
    return [
        f"plugin {plugin.name} ({plugin.distribution}) is not used: {plugin.broken}"
        for plugin in catalog.plugins
        if plugin.broken
    ]


def data_settings(catalog: Catalog, folder: Path) -> Settings:
    """Return the settings that read a folder with the data set that recognises it.

    Raises:
        MissingFiles: there is no such folder.
        DataError: no installed data set recognises it.
    """
    named = folder if folder.name.strip(".") else folder.resolve()  # "." could be any text, a decimal point for one
    return settings({"dataset": {"use": recognise(catalog, folder), "folder": str(named)}}, f"--data {folder}")


def recognise(catalog: Catalog, folder: Path) -> str:
    """Return the name of the data set that recognises a folder.

    Raises:
        MissingFiles: there is no such folder.
        DataError: no installed data set recognises it.
    """
    if not folder.is_dir():
        raise MissingFiles(f"no folder {folder}; --data takes the folder that holds the data set's files")
    for name in catalog.names("dataset"):
        try:
            cls = catalog.get("dataset", name)
        except EegreconError:  # a broken plugin does not affect the others; list and doctor report it
            continue
        assert issubclass(cls, Dataset)
        if cls.recognises(folder):
            return name
    content = sorted(path.name for path in folder.iterdir())[:8]
    raise DataError(
        f"no data set recognises {folder}; it holds {_listed(content) or 'nothing'}. "
        f"Known data sets: {_listed(catalog.names('dataset'))} (eegrecon show NAME lists the files of each)"
    )


def _listed(names: Iterable[object]) -> str:
    return ", ".join(map(str, names))
