"""The benchmark from Python: the same words as on the command line."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from eegrecon import controls, spec
from eegrecon.ablation import FULL, Variant, variants
from eegrecon.auditing import enter_ledger, examine
from eegrecon.audits import Audit
from eegrecon.building import Settings, at, settings
from eegrecon.components import Precision
from eegrecon.console import Console
from eegrecon.controls import Control
from eegrecon.errors import ComponentError, DataError, EegreconError, MissingFiles, UsageError, unknown
from eegrecon.paper_tables import PaperTable
from eegrecon.plugins import Catalog, find
from eegrecon.recording import record, write
from eegrecon.remaking import remake
from eegrecon.request import Request
from eegrecon.results import Result, load
from eegrecon.runner import Step, execute, made_anew, settled, steps
from eegrecon.spec import Benchmark, Declaration
from eegrecon.stages import Graph, plan
from eegrecon.store import Store, home
from eegrecon.workshop import Workshop


@dataclass
class Session:
    """A request made concrete: what would run, and the means to run it."""

    request: Request
    console: Console = field(default_factory=Console)

    @cached_property
    def catalog(self) -> Catalog:
        """What the installed plugins offer."""
        return find(Path(file) for file in self.request.plugins)

    @cached_property
    def declared(self) -> Declaration:
        """The benchmark's file."""
        return spec.declared(self.catalog, self.request.benchmark)

    @cached_property
    def profile(self) -> str:
        """The profile in use."""
        return self.declared.profile(self.request.profile)

    @cached_property
    def table(self) -> PaperTable | None:
        """The table of the paper that was asked for."""
        return self.declared.table(self.request.table, self.profile) if self.request.table else None

    def build(self, overrides: Sequence[Settings] = ()) -> Benchmark:
        """Build the benchmark with what was asked for, and further overrides."""
        asked: list[Settings] = [*self.table.overrides, *self._unneeded(self.table)] if self.table else []
        if self.request.data:
            asked.append(data_settings(self.catalog, Path(self.request.data)))
        if self.request.protocol:
            asked.append(at("dataset.protocol", self.request.protocol, f"--protocol {self.request.protocol}"))
        if self.request.allow_missing_pictures:
            asked.append(at("dataset.missing", "leave-out", "--allow-missing-pictures"))
        asked += [spec.parse_set(text) for text in self.request.set]
        return spec.build(self.catalog, self.declared, self.profile, (*asked, *overrides))

    def _unneeded(self, table: PaperTable) -> list[Settings]:
        """Return the settings that leave out the metrics that a table does not show."""
        metrics = self.declared.metrics(self.profile)
        for name in table.metrics:
            if name not in metrics:
                raise unknown("metric", name, metrics, f"{self.declared.file}, table.{table.name}")
        extra = [name for name in metrics if table.metrics and name not in table.metrics]
        return [at(f"metric.{name}", "none", f"table {table.name}") for name in extra]

    @cached_property
    def variants(self) -> tuple[Variant, ...]:
        """The rows of the table."""
        asked, table = self.request, self.table or PaperTable("")
        ablate, grid = (*table.ablate, *asked.ablate), (*table.grid, *asked.grid)
        rows = variants(self.build, ablate, grid, asked.sweep, table.rows)
        full = rows[0].benchmark
        assert full is not None, f"{FULL} is always built"
        usual = asked.control == controls.USUAL and table.control is not None
        named = table.control if usual and table.control is not None else asked.control
        return (*rows, *(_controlled(full, control) for control in controls.chosen(named)))

    @cached_property
    def audits(self) -> dict[str, Audit]:
        """Who looks at the run, by name; an audit whose plugin is broken is left out and said."""
        known = self.catalog.names("audit")
        asked = [] if "none" in self.request.audit else list(dict.fromkeys(self.request.audit))
        for name in asked:
            if name not in (*known, "all"):
                raise unknown("audit", name, [*known, "all", "none"], "--audit")
        found: dict[str, Any] = {}
        for name in known if "all" in asked else asked:
            try:
                found[name] = self.catalog.get("audit", name)()
            except ComponentError as error:
                self.console.warn(str(error))
        return found

    @property
    def full(self) -> Benchmark:
        """The whole method."""
        full = self.variants[0].benchmark
        assert full is not None, f"{FULL} is always built"
        return full

    @cached_property
    def subjects(self) -> tuple[int, ...]:
        """Whom to evaluate."""
        there = self.full.dataset.subjects()
        asked = self.full.subjects if self.request.subjects is None else self.request.subjects
        missing = sorted(set(asked or ()) - set(there))
        if missing:
            raise UsageError(f"no subject {', '.join(map(str, missing))} in the data; there are: {_plain(there)}")
        return asked or there

    @cached_property
    def seeds(self) -> tuple[int, ...]:
        """The seed of each run."""
        return tuple(range(self.full.seed, self.full.seed + self.request.seeds))

    @cached_property
    def graph(self) -> Graph:
        """What has to be computed."""
        name_of = self.catalog.name_of
        return plan(self.variants, self.subjects, self.seeds, self.request.precision, name_of, self.audits)

    @cached_property
    def store(self) -> Store:
        """Where what is computed is kept."""
        return Store(home(), self.console.warn)

    def steps(self) -> list[Step]:
        """Say what would be done, without doing it."""
        return steps(self.graph, self.store, self.fresh)

    @cached_property
    def fresh(self) -> frozenset[str]:
        """Keys of the stages that are to be made anew."""
        return made_anew(self.graph, self.request.fresh)

    def run(self) -> Result:
        """Do it, write the result's folder, and return the result."""
        self._warn_of_broken_plugins()
        graph = self.graph
        shop = self._shop()
        for key in self.fresh:
            self.store.discard(graph.stages[key].kind, key)
        if self.fresh:
            self.console.say(f"made anew: {len(self.fresh)} stages (leave --fresh out to go on after an interruption)")
        return self._finish(shop, None)

    def audit(self, twice: bool = False) -> Result:
        """Look again at a run whose first row is in the store, and write its result with what the audits say now.

        Args:
            twice: make the first subject and seed of the first row a second time, and compare.

        Raises:
            MissingFiles: stages of the run are no longer in the store.
        """
        vital = {key for row in self.graph.rows if row.variant == self.variants[0] for key in row.stages}
        lacking = [step.stage.name for step in self.steps() if step.state == "to run" and step.stage.key in vital]
        if lacking:
            raise MissingFiles(
                f"{len(lacking)} stages of this run are not in the store {self.store.root} ({_plain(lacking[:3])} …), "
                f"so there is nothing to look at; make them first: {self.request.command()}"
            )
        shop = self._shop()
        return self._finish(shop, remake(shop, self.store) if twice else None)

    def _shop(self) -> Workshop:
        return Workshop(self.graph, self.store, self.console, self.request.device, self.request.precision)

    def _finish(self, shop: Workshop, remade: Mapping[str, float] | None) -> Result:
        """Make what is missing, let the audits conclude, and write the result."""
        executed = execute(shop, self._observed)
        graph = settled(self.graph, executed)
        enter_ledger(self, shop, graph)
        audits = examine(self, shop, graph, executed, remade)
        result = record(self, shop, graph, executed, audits)
        self.catalog.manager.hook.eegrecon_result(result=result)
        write(result, graph, shop, Path(result.folder))
        return result

    def folder(self) -> Path:
        """Return where the result goes."""
        if self.request.out:
            return Path(self.request.out)
        now = datetime.datetime.now().strftime("%Y%m%d-%H%M%S")
        return Path("runs") / f"{self.declared.name}-{self.profile or 'default'}-{now}"

    def _observed(self, stage: str, seconds: float, hit: bool) -> None:
        self.catalog.manager.hook.eegrecon_stage_finished(stage=stage, seconds=seconds, hit=hit)

    def _warn_of_broken_plugins(self) -> None:
        for plugin in self.catalog.plugins:
            if plugin.broken:
                self.console.warn(f"plugin {plugin.name} ({plugin.distribution}) is left out: {plugin.broken}")


def _controlled(full: Benchmark, control: Control) -> Variant:
    """Return the row of a control, refused where the method cannot have it."""
    refused = controls.refusal(control, full.generator.needs if full.generator else None)
    return Variant(f"control: {control.about}", None if refused else full, control=control.name, refused=refused)


def audit(run: str | Path, *, twice: bool = False, quiet: bool = False, debug: bool = False) -> Result:
    """Audit a finished run again, and write its result anew.

    Args:
        run: the run's folder, or its ``result.json``.
        twice: make the first subject and seed of the first row a second time, and compare.
        quiet: show no progress.
        debug: show details.

    Raises:
        MissingFiles: there is no such run, or its stages are no longer in the store.
    """
    folder = Path(run) if Path(run).is_dir() else Path(run).parent
    found = load(Path(run))
    if not found.request:
        raise DataError(f"{folder} was written before a result kept its request; run it again: {found.command}")
    request = Request.of_options({**found.request, "out": str(folder)})
    return Session(request, Console(quiet=quiet, debug=debug)).audit(twice)


def data_settings(catalog: Catalog, folder: Path) -> Settings:
    """Return the settings that read a data set from a folder, with the data set that recognises it.

    Raises:
        MissingFiles: there is no such folder.
        DataError: no installed data set recognises it.
    """
    return settings({"dataset": {"use": recognise(catalog, folder), "folder": str(folder)}}, f"--data {folder}")


def recognise(catalog: Catalog, folder: Path) -> str:
    """Return the name of the data set that recognises a folder."""
    if not folder.is_dir():
        raise MissingFiles(f"no folder {folder}; --data takes the folder that holds the data set's files")
    for name in catalog.names("dataset"):
        try:
            cls: Any = catalog.get("dataset", name)
        except EegreconError:  # a broken plugin must not stand in the way of the others; list and doctor tell of it
            continue
        if cls.recognises(folder):
            return name
    holds = sorted(path.name for path in folder.iterdir())[:8]
    raise DataError(
        f"no data set recognises {folder}; it holds {_plain(holds) or 'nothing'}. "
        f"Known data sets: {_plain(catalog.names('dataset'))} (eegrecon show NAME says which files each needs)"
    )


def _plain(names: Sequence[object]) -> str:
    return ", ".join(map(str, names))


def bench(
    benchmark: str,
    *,
    profile: str | None = None,
    table: str | None = None,
    ablate: Sequence[str] = (),
    grid: Sequence[str] = (),
    sweep: Sequence[str] = (),
    set: Sequence[str] = (),
    control: Sequence[str] = controls.USUAL,
    audit: Sequence[str] = ("all",),
    subjects: Sequence[int] | None = None,
    seeds: int = 1,
    protocol: str | None = None,
    data: str | Path | None = None,
    allow_missing_pictures: bool = False,
    out: str | Path | None = None,
    device: str = "auto",
    precision: Precision = "fp32",
    fresh: Sequence[str] = (),
    plugins: Sequence[str | Path] = (),
    quiet: bool = False,
) -> Result:
    """Run a benchmark and return its result; ``result.table()`` gives the rows.

    Args:
        benchmark: a name (``eegrecon list benchmarks``) or the path of a TOML file.
        profile: one of the file's profiles; its first if None.
        table: a table of the paper, with its rows and columns.
        ablate: parts to remove, a row each; ``"a+b"`` one row without both; ``"all"`` each once.
        grid: axes of parts, ``["freq,time", "refine,semantic"]``: a row for every combination of nothing or one of
            each.
        sweep: fields and values, ``"encoder.time.width=32,64"``: a row each.
        set: values, ``"encoder.time.width=64"``.
        control: control rows, or ``("none",)``.
        audit: audits, or ``("none",)``.
        subjects: whom to evaluate; None as the benchmark says, an empty sequence for all.
        seeds: how many runs, with the benchmark's seed and the following.
        protocol: how the data are divided; one of the data set's protocols.
        data: a folder with a data set's files.
        allow_missing_pictures: leave out trials whose picture is missing or broken, and say how many.
        out: the result's folder; ``runs/NAME-PROFILE-TIME`` if None.
        device: ``"auto"``, ``"cpu"``, ``"cuda"`` ….
        precision: of the networks.
        fresh: stages (``"encoder.time"``, ``"generated"``) to make anew, and with them all that reads them.
        plugins: Python files that implement eegrecon's hooks.
        quiet: show no progress.

    Raises:
        UsageError: the request is wrong.
        EegreconError: the run failed; the same call goes on from what was finished.
    """
    request = Request(
        benchmark=str(benchmark),
        profile=profile,
        table=table,
        ablate=tuple(ablate),
        grid=tuple(grid),
        sweep=tuple(sweep),
        set=tuple(set),
        control=tuple(control),
        audit=tuple(audit),
        subjects=None if subjects is None else tuple(subjects),
        seeds=seeds,
        protocol=protocol,
        data=None if data is None else str(data),
        allow_missing_pictures=allow_missing_pictures,
        out=None if out is None else str(out),
        device=device,
        precision=precision,
        fresh=tuple(fresh),
        plugins=tuple(map(str, plugins)),
    )
    return Session(request, Console(quiet=quiet)).run()
