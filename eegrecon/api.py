"""The Python interface: benchmarks and audits as functions, with the same words as the command line."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eegrecon.benchmark.options import Options
from eegrecon.benchmark.request import Request, resolve
from eegrecon.errors import MissingFiles, UsageError
from eegrecon.evaluation import audits, ledger, recorded, stages
from eegrecon.evaluation.aggregation import aggregate
from eegrecon.evaluation.repetition import repeat
from eegrecon.interfaces.audits import Circumstances
from eegrecon.interfaces.components import Precision
from eegrecon.pipeline.context import ExecutionContext
from eegrecon.pipeline.costs.estimates import Cost, cost_of, estimates
from eegrecon.pipeline.costs.records import Machine, records_of
from eegrecon.pipeline.executor import Engine, Execution, PlannedStage, dependents, dry_run, execute
from eegrecon.pipeline.graph import Graph
from eegrecon.pipeline.planner import plan
from eegrecon.pipeline.progress import Console
from eegrecon.pipeline.run import check_device, resolve_device
from eegrecon.pipeline.stages import STAGES
from eegrecon.pipeline.storage.store import Store, home
from eegrecon.registry.discovery import find
from eegrecon.reporting import run_folder
from eegrecon.reporting.assembly import Findings, assemble, audited, configuration_of
from eegrecon.reporting.result import RESULT, Result, load

if TYPE_CHECKING:
    from eegrecon.pipeline.cluster.order import Planned

ALL_STAGES = {**STAGES, **stages.STAGES}


def bench(
    benchmark: str,
    *,
    profile: str | None = None,
    table: str | None = None,
    ablate: Sequence[str] = (),
    grid: Sequence[str] = (),
    sweep: Sequence[str] = (),
    set: Sequence[str] = (),
    control: Sequence[str] | None = None,
    audit: Sequence[str] = ("all",),
    subjects: Sequence[int] | None = None,
    seeds: int = 1,
    protocol: str | None = None,
    data: str | Path | None = None,
    allow_missing_pictures: bool = False,
    trust_pickle: bool = False,
    out: str | Path | None = None,
    device: str = "auto",
    precision: Precision = "fp32",
    recompute: Sequence[str] = (),
    plugins: Sequence[str | Path] = (),
    workers: int | None = None,
    scheduler: str | None = None,
    cluster: str | Path | None = None,
    quiet: bool = False,
) -> Result:
    """Run a benchmark and return its result; ``result.table()`` gives the rows.

    Args:
        benchmark: a name (``eegrecon list benchmarks``) or the path of a TOML file.
        profile: a profile of the file; None for its first.
        table: a table of the paper, with its variants and columns.
        ablate: parts to remove, one row each; ``"a+b"`` for one row without both; ``"all"`` for each part once.
        grid: axes of parts, ``["freq,time", "refine,semantic"]``: one row for every combination of at most one of each.
        sweep: fields and values, ``"encoder.time.width=32,64"``: one row each.
        set: values of fields, ``"encoder.time.width=64"``.
        control: names of controls, ``("all",)`` or ``("none",)``; None for those of the table, or else the default
            ones (``eegrecon bench --help``).
        audit: names of audits, ``("all",)`` or ``("none",)``.
        subjects: the subjects to evaluate; None for the benchmark's default, empty for all.
        seeds: number of runs, with the benchmark's seed and the following ones.
        protocol: how the data are split; one of the data set's protocols.
        data: folder of a data set.
        allow_missing_pictures: leave out trials whose picture is missing or damaged, and report them.
        trust_pickle: read data files that are pickles; no code in them is run.
        out: folder of the result; None for ``runs/NAME-PROFILE-TIME``.
        device: ``"auto"``, ``"cpu"``, ``"cuda"`` ….
        precision: arithmetic of the networks.
        recompute: stages (``"encoder.time"``, ``"generated"``) to recompute together with every stage that reads them.
        plugins: Python files that implement eegrecon's hooks.
        workers: compute stages in so many processes of this machine (extra ``cluster``).
        scheduler: compute stages on the Dask cluster with this scheduler, ``"tcp://HOST:PORT"``.
        cluster: compute stages in jobs of a batch system, which this YAML file describes.
        quiet: show no progress.

    Raises:
        UsageError: an option is wrong.
        EegreconError: the run failed; the same call resumes it.
    """
    values = {name: value for name, value in locals().items() if name != "quiet"}
    return run(resolved(Options.from_record(values)), Console(quiet=quiet))


def audit(
    run: str | Path,
    *,
    audit: Sequence[str] = (),
    plugins: Sequence[str | Path] = (),
    twice: bool = False,
    quiet: bool = False,
    debug: bool = False,
) -> Result:
    """Audit a finished run again, add the conclusions to its result, and return it; nothing else of it changes.

    Args:
        run: the run's folder, or its ``result.json``.
        audit: names of audits, or ``("all",)``; if empty, those of the run, or all if it had none.
        plugins: the single-file plugins of the run. One that the result names is not executed unless given here.
        twice: compute the first subject and seed of the first row a second time, and compare.
        quiet: show no progress.
        debug: show details.

    Raises:
        MissingFiles: there is no such run, or its stages are no longer in the store.
        DataError: the result does not record its options, was edited, or is not what would be computed today.
        UsageError: the run used a plugin file that was not given, or there is no such audit.
    """
    console = Console(quiet=quiet, debug=debug)
    folder = Path(run) if Path(run).is_dir() else Path(run).parent
    found = load(Path(run)).model_copy(update={"folder": str(folder)})
    if Path(run) not in (folder, folder / RESULT):
        raise UsageError(f"{run} is neither the folder of a run nor its {RESULT}; eegrecon bench prints the folder")
    request = resolved(recorded.options_of(found, audit, [str(file) for file in plugins]))
    request = replace(request, variants=request.variants[:1])
    for warning in request.warnings:
        console.warn(warning)
    if not request.audits:
        raise UsageError("no audits are asked for or installed; name some with --audit (eegrecon list audits)")
    graph, store = graph_of(request).without_views(), open_store(console)
    configuration = configuration_of(request.full, request.selection.catalog.name_of)
    recorded.check_plan(found, request, graph, configuration)
    required = graph.required()
    absent = [step.stage for step in dry_run(graph, store) if step.state == "to run"]
    missing = [stage.name for stage in absent if stage.key in required]
    if missing:
        raise MissingFiles(
            f"{len(missing)} stages of this run are not in the store {store.root} ({', '.join(missing[:3])} …), so it "
            f"cannot be audited; compute them first: {found.command}"
        )
    recorded.check_scores(found, store)
    with run_folder.opened(folder):
        context = _context(request, graph, store, console)
        *_, findings = _evaluate(request, context, repeat(context, ALL_STAGES) if twice else None, found.command)
        result = audited(found, findings)
        run_folder.rewrite(result)
    _report(folder, console)
    request.selection.catalog.notify("eegrecon_result", console.warn, result=result)
    return result


def report(run: str | Path, *, out: str | Path | None = None) -> Path:
    """Make the report of a finished run again, and return its path: one HTML file that needs no network.

    Args:
        run: the run's folder, or its ``result.json``.
        out: the file to write; None for ``report.html`` in the folder of the run.

    Raises:
        MissingFiles: there is no such run.
        DataError: a file of the run was damaged or edited.
        UsageError: the file to write is not a report, or cannot be written.
    """
    folder = Path(run)
    if folder.name == RESULT and not folder.is_dir():
        folder = folder.parent
    return run_folder.write_report(folder, None if out is None else Path(out))


def _report(folder: Path, console: Console) -> None:
    """Make the report of a run whose result is written: a fault in it must not cost the run."""
    try:
        run_folder.write_report(folder)
    except Exception as error:
        console.warn(
            f"the report could not be made ({type(error).__name__}: {error}); everything else of the run is in "
            f"{folder}, and eegrecon report {folder} tries again"
        )


def run(request: Request, console: Console) -> Result:
    """Execute a request, write its result and return it.

    Raises:
        EegreconError: a stage of the first variant failed.
    """
    for warning in request.warnings:
        console.warn(warning)
    if request.options.device != "auto":  # even where every stage is in the store
        resolve_device(request.options.device)
    graph, store = graph_of(request), open_store(console)
    for reason in graph.unplanned.values():
        console.warn(reason)
    outdated = dependents(graph, request.options.recompute)
    with run_folder.reserved(request) as folder:
        for key in outdated:
            store.discard(graph.stages[key].kind, key)
        if outdated:
            console.info(f"recomputing {len(outdated)} stages (leave --recompute out to resume after an interruption)")
        context = _context(request, graph, store, console)
        execution, graph, findings = _evaluate(request, context, None, request.options.command())
        result = assemble(request, graph, context.artifacts, execution, findings, str(folder))
        run_folder.write(result, graph, context.artifacts)
    _report(folder, console)
    request.selection.catalog.notify("eegrecon_result", console.warn, result=result)
    return result


def planned(request: Request, console: Console) -> list[PlannedStage]:
    """Return what `run` would do for a request."""
    graph = graph_of(request)
    for reason in graph.unplanned.values():
        console.warn(reason)
    return dry_run(graph, open_store(console), dependents(graph, request.options.recompute))


def cost(request: Request, planned: Sequence[PlannedStage], console: Console) -> Cost:
    """Return what the stages to run are expected to cost, from the store's records of stages alike."""
    stages = [step.stage for step in planned if step.state == "to run"]
    likes = {stage.like for stage in stages}
    machine = Machine(ALL_STAGES, request.options.device, request.full.threads)
    records = records_of(open_store(console), dict.fromkeys(stage.kind for stage in stages))
    return cost_of(stages, estimates((record for record in records if record.like in likes), machine.place))


def resolved(options: Options) -> Request:
    """Return the request that options describe, with the installed plugins.

    Raises:
        UsageError: an option names something that does not exist or does not fit.
    """
    check_device(options.device)
    return resolve(options, find(Path(file) for file in options.plugins))


def graph_of(request: Request) -> Graph:
    """Return the stage graph of a request."""
    name_of, precision = request.selection.catalog.name_of, request.options.precision
    return plan(request.variants, request.subjects, request.seeds, precision, name_of, request.audits)


def open_store(console: Console) -> Store:
    """Return the artifact store of this user."""
    return Store(home(), console.warn)


def _context(request: Request, graph: Graph, store: Store, console: Console) -> ExecutionContext:
    return ExecutionContext(
        graph, store, console, request.options.device, request.options.precision, request.full.threads
    )


def planned_on_worker(record: Mapping[str, Any], console: Console, root: str, threads: int) -> Planned:
    """Plan a run on a worker of a cluster.

    Args:
        record: the record of its options.
        console: receives its messages.
        root: folder of the store.
        threads: that a stage may use; 0 for what the libraries choose.
    """
    request = resolved(Options.from_record(record))
    context = _context(request, graph_of(request), Store(Path(root), console.warn), console)
    context.cores = threads
    return context, ALL_STAGES


def engine_of(request: Request, context: ExecutionContext) -> Callable[[], AbstractContextManager[Engine]] | None:
    """Return what opens the engine that a request asks for; None for this process.

    Raises:
        UsageError: a cluster is asked for, and its extra is not installed.
    """
    options = request.options
    if (options.workers, options.scheduler, options.cluster) == (None, None, None):
        return None
    try:
        from eegrecon.pipeline.cluster import engine, opening
    except ImportError as error:
        raise UsageError(
            f"--workers, --scheduler and --cluster need Dask, which is not installed ({error}): "
            "pip install 'eegrecon[cluster]'"
        ) from error
    place = opening.Place(options.workers, options.scheduler, options.cluster)
    return lambda: engine.on_workers(place, context, ALL_STAGES, planned_on_worker, options.order())


def _evaluate(
    request: Request, context: ExecutionContext, differences: Mapping[str, float] | None, command: str
) -> tuple[Execution, Graph, Findings]:
    """Execute what is missing and evaluate it; the returned graph is without unavailable stages.

    Args:
        request: what was asked for.
        context: its graph and store.
        differences: largest difference of each stage from a repetition; None if there was none.
        command: the command line of the run, for the ledger.
    """
    catalog, artifacts = request.selection.catalog, context.artifacts

    def observe(stage: str, seconds: float, hit: bool) -> None:
        catalog.notify("eegrecon_stage_finished", context.console.warn, stage=stage, seconds=seconds, hit=hit)

    execution = execute(context, ALL_STAGES, observe, engine_of(request, context))
    graph = context.graph.without_unavailable(execution.unavailable, execution.failed)
    scored = ledger.enter_run(graph, artifacts, request.full, catalog.name_of, command)
    notes = audits.data_notes(graph, artifacts)
    selected = audits.selected_on_test(graph, artifacts)
    copies = request.full.generator is not None and request.full.generator.copies
    known = Circumstances(notes, scored or None, differences, selected, copies)
    findings = Findings(
        notes=notes,
        summaries=aggregate([graph.of(variant) for variant in request.variants], graph, artifacts),
        audits=audits.conclude(request.audits, request.full, graph, artifacts, execution, known),
        selected_on_test=selected,
    )
    return execution, graph, findings
