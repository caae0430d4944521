"""The benchmark from Python: the same words as on the command line."""

from __future__ import annotations

import dataclasses
import datetime
import shlex
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
from eegrecon.plugins import Catalog, find
from eegrecon.recording import record, write
from eegrecon.remaking import remake
from eegrecon.results import Result, load
from eegrecon.runner import Step, execute, made_anew, settled, steps
from eegrecon.spec import Benchmark, Declaration
from eegrecon.stages import Graph, plan
from eegrecon.store import Store, home
from eegrecon.workshop import Workshop


@dataclass(frozen=True)
class Request:
    """What is asked of a benchmark; the fields are the command line's options."""

    benchmark: str  # a name, or the path of a benchmark file
    profile: str | None = None
    ablate: tuple[str, ...] = ()
    grid: tuple[str, ...] = ()
    sweep: tuple[str, ...] = ()
    set: tuple[str, ...] = ()
    control: tuple[str, ...] = controls.USUAL
    audit: tuple[str, ...] = ("all",)
    subjects: tuple[int, ...] | None = None  # None: as the benchmark says; (): all
    seeds: int = 1
    protocol: str | None = None
    data: str | None = None
    allow_missing_pictures: bool = False
    out: str | None = None
    device: str = "auto"
    precision: Precision = "fp32"
    fresh: tuple[str, ...] = ()
    plugins: tuple[str, ...] = ()

    def command(self) -> str:
        """Return the command line that asks the same."""
        words = ["eegrecon", "bench", self.benchmark]
        words += ["--profile", self.profile] if self.profile else []
        words += ["--ablate", ",".join(self.ablate)] if self.ablate else []
        words += [word for axis in self.grid for word in ("--grid", axis)]
        words += [word for text in self.sweep for word in ("--sweep", text)]
        words += [word for text in self.set for word in ("--set", text)]
        default = Request.__dataclass_fields__["control"].default
        words += ["--control", ",".join(self.control) or "none"] if self.control != default else []
        words += ["--audit", ",".join(self.audit) or "none"] if self.audit != ("all",) else []
        if self.subjects is not None:
            words += ["--subjects", ",".join(map(str, self.subjects)) or "all"]
        words += ["--seeds", str(self.seeds)] if self.seeds != 1 else []
        words += ["--data", self.data] if self.data else []
        words += ["--protocol", self.protocol] if self.protocol else []
        words += ["--allow-missing-pictures"] if self.allow_missing_pictures else []
        words += ["--device", self.device] if self.device != "auto" else []
        words += ["--precision", self.precision] if self.precision != "fp32" else []
        words += ["--fresh", ",".join(self.fresh)] if self.fresh else []
        words += ["--out", self.out] if self.out else []
        words += [word for file in self.plugins for word in ("--plugin", file)]
        return shlex.join(words)

    def as_options(self) -> dict[str, Any]:
        """Return what differs from the defaults, for a result, but for what has been done with it (fresh, out)."""
        given = {item.name: getattr(self, item.name) for item in dataclasses.fields(self)}
        defaults = {item.name: item.default for item in dataclasses.fields(self)}
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in given.items()
            if name not in ("fresh", "out") and value != defaults[name]
        }

    @classmethod
    def of_options(cls, options: Mapping[str, Any]) -> Request:
        """Return the request that a result records, its lists as tuples again."""
        given: dict[str, Any] = {n: tuple(value) if isinstance(value, list) else value for n, value in options.items()}
        return cls(**given)


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

    def build(self, overrides: Sequence[Settings] = ()) -> Benchmark:
        """Build the benchmark with what was asked for, and further overrides."""
        asked: list[Settings] = []
        if self.request.data:
            asked.append(data_settings(self.catalog, Path(self.request.data)))
        if self.request.protocol:
            asked.append(at("dataset.protocol", self.request.protocol, f"--protocol {self.request.protocol}"))
        if self.request.allow_missing_pictures:
            asked.append(at("dataset.missing", "leave-out", "--allow-missing-pictures"))
        asked += [spec.parse_set(text) for text in self.request.set]
        return spec.build(self.catalog, self.declared, self.profile, (*asked, *overrides))

    @cached_property
    def variants(self) -> tuple[Variant, ...]:
        """The rows of the table."""
        rows = variants(self.build, self.request.ablate, self.request.grid, self.request.sweep)
        full = rows[0].benchmark
        assert full is not None, f"{FULL} is always built"
        return (*rows, *(_controlled(full, control) for control in controls.chosen(self.request.control)))

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
