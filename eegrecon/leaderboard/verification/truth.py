"""The verifier's own benchmark: its declared test trials, their true pictures, and its metrics with their judges.

The benchmark comes from what is installed here, or from a file that the verifier names; of the submission only names
and numbers are used, to choose profile, protocol and seeds.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from eegrecon.benchmark.builder import Benchmark
from eegrecon.benchmark.options import Options
from eegrecon.benchmark.request import Request, resolve
from eegrecon.errors import DataError, unknown
from eegrecon.evaluation.recorded import changes
from eegrecon.interfaces.components import Judge
from eegrecon.interfaces.data import Arrays, Pixels
from eegrecon.interfaces.records import ResultRecord
from eegrecon.pipeline.context import ExecutionContext, Product, StageContext
from eegrecon.pipeline.executor import execute
from eegrecon.pipeline.fingerprints import configuration
from eegrecon.pipeline.graph import Graph, Stage
from eegrecon.pipeline.planner import plan
from eegrecon.pipeline.progress import Console
from eegrecon.pipeline.run import torch_seeded
from eegrecon.pipeline.stages import STAGES
from eegrecon.pipeline.stages.look import look
from eegrecon.pipeline.stages.reference import reference
from eegrecon.pipeline.storage.store import Artifact, Store
from eegrecon.registry.discovery import find
from eegrecon.registry.resources import named_path

LARGE = 16_000_000  # bytes of an array that is not copied for each stage


@dataclass(frozen=True)
class Verifier:
    """What the verifier has: where data lie and which files of plugins and benchmarks to trust.

    Attributes:
        store: keeps what is computed of the benchmark itself; nothing of a submission.
        console: shows progress.
        data: folder of the data set, where the benchmark needs one.
        benchmark: the benchmark file to use instead of an installed one.
        plugins: plugin files to use.
        device: where judges run.
    """

    store: Store
    console: Console = field(default_factory=lambda: Console(quiet=True))
    data: str | None = None
    benchmark: str | None = None
    plugins: tuple[str, ...] = ()
    device: str = "auto"


@dataclass(frozen=True, eq=False)
class GivenContext(StageContext):
    """A stage context with inputs that are given, not those of a graph: the stage function is that of a run."""

    given: Mapping[str, Product] = field(default_factory=dict)

    def has(self, role: str) -> bool:
        """Whether the input was given."""
        return role in self.given

    def input(self, role: str) -> Artifact:
        """Return an input that was given."""
        product = self.given[role]
        return Artifact(product.arrays, {"metadata": product.metadata})

    def arrays(self, role: str) -> Arrays:
        """Return copies of the arrays of an input that was given; large ones, as of pictures, cannot be written to."""
        if role not in self.read:
            self.read[role] = {name: _own(array) for name, array in self.given[role].arrays.items()}
        return self.read[role]


def _own(array: np.ndarray) -> np.ndarray:
    if array.nbytes <= LARGE:
        return np.array(array)
    view = array.view()
    view.flags.writeable = False
    return view


def requested(result: ResultRecord, verifier: Verifier) -> Request:
    """Return the verifier's own request for what a result claims to be.

    Raises:
        UsageError: no such benchmark is installed, or it has no such profile or protocol.
        DataError: the benchmark is another one; the message says in what.
    """
    catalog = find(Path(file) for file in verifier.plugins)
    if verifier.benchmark is None and result.benchmark not in catalog.benchmarks:
        raise unknown("benchmark", result.benchmark, catalog.benchmarks, "result.json; --benchmark FILE.toml names one")
    options = Options(
        benchmark=verifier.benchmark or result.benchmark,
        profile=result.profile or None,
        protocol=result.protocol,
        control=("none",),
        audit=("none",),
        seeds=max(1, len(result.seeds)),
        data=verifier.data,
        precision="bf16" if result.precision == "bf16" else "fp16" if result.precision == "fp16" else "fp32",
        plugins=verifier.plugins,
    )
    return resolve(options, catalog)


def differences(result: ResultRecord, request: Request) -> Iterator[str]:
    """Yield in what a result is not one of the verifier's benchmark."""
    definition, full = request.selection.definition, request.full
    for name, claimed, own in (
        ("benchmark", result.benchmark, definition.name),
        ("version", result.version, definition.version),
        ("digest", result.digest, definition.digest),
    ):
        if claimed != own:
            yield f"{name} {claimed!r}, and the installed one is {own!r}"
    if lacks_data(result, request):
        return
    if missing := sorted(set(request.subjects) - set(result.subjects)):
        yield f"the declared subjects {', '.join(map(str, missing))} are missing"
    if odd := sorted(set(result.subjects) - set(request.subjects)):
        yield f"the subjects {', '.join(map(str, odd))} are not declared"
    if tuple(result.seeds) != request.seeds:
        yield f"the seeds {result.seeds} are not the first ones from {full.seed}"
    name_of = request.selection.catalog.name_of
    own = configuration(full.dataset, name_of)
    claimed_data = result.rows[0].configuration.get("dataset") if result.rows else None
    for path, claimed, here in changes(claimed_data, own, "dataset"):
        if not (isinstance(claimed, str) and named_path(here) is not None):  # files and folders lie elsewhere here
            yield f"{path} is {claimed!r}, and {here!r} in the benchmark"


def lacks_data(result: ResultRecord, request: Request) -> bool:
    """Whether a run read a data set from files and the verifier has named none."""
    return "data" in result.request and request.options.data is None


@dataclass(frozen=True, eq=False)
class Truth:
    """The declared test trials of the verifier's benchmark.

    Attributes:
        request: the request.
        benchmark: its complete configuration.
        context: has the products of the test stages, and loads the recordings.
        tests: stage of the test trials by subject.
        references: stage of the true pictures by subject, without a size; None without a generator.
        looked: views of the true pictures by judge, subject and size.
    """

    request: Request
    benchmark: Benchmark
    context: ExecutionContext
    tests: Mapping[int, Stage]
    references: Mapping[int, Stage | None]
    looked: dict[tuple[Judge, int, tuple[int, int]], Product] = field(default_factory=dict)

    def test(self, subject: int) -> Artifact:
        """Return the test trials of a subject."""
        return self.context.artifacts[self.tests[subject].key]

    def reference(self, subject: int, size: tuple[int, int]) -> Product:
        """Return the true picture of each test trial at a size."""
        stage = self.references[subject]
        if stage is None:
            raise DataError("the benchmark generates no pictures, and the submission has some")
        sized = dataclasses.replace(stage, context={**stage.context, "size": size})
        test = self.test(subject)
        given = {"test": Product(test.arrays, test.metadata)}
        return reference(GivenContext(sized, self.context.run(sized), self.context, given=given))

    def views(self, judge: Judge, pictures: Pixels, seed: int) -> Product:
        """Return a judge's views of pictures, computed as in a run and kept nowhere."""
        stage = Stage("look", "views", "0" * 32, judge, None, None, seed)
        run = self.context.run(stage)
        with torch_seeded(seed, self.context.device):
            return look(GivenContext(stage, run, self.context, given={"pictures": Product({"pictures": pictures})}))

    def reference_views(self, judge: Judge, subject: int, size: tuple[int, int]) -> Product:
        """Return a judge's views of the true pictures, computed once."""
        place = (judge, subject, size)
        if place not in self.looked:
            self.looked[place] = self.views(judge, self.reference(subject, size).arrays["pictures"], 0)
        return self.looked[place]


def truth_of(request: Request, verifier: Verifier) -> Truth:
    """Return the declared test trials of a request, computed or from the store.

    Raises:
        MissingFiles: the data set is not there.
        DataError: it is damaged.
    """
    name_of = request.selection.catalog.name_of
    graph = plan(request.variants[:1], request.subjects, request.seeds[:1], request.options.precision, name_of)
    tests, references, cells = {}, {}, []
    for cell in graph.cells:
        tests[cell.subject] = graph.stages[cell.test]
        references[cell.subject] = graph.stages[cell.reference] if cell.reference else None
        needed = graph.ancestors(cell.test)
        bare = dataclasses.replace(cell, scores={}, features=None, reference=None, generated=None, stages=needed)
        cells.append(dataclasses.replace(bare, description=None, maps=None))
    limited = Graph(graph.stages, cells)
    context = ExecutionContext(limited, verifier.store, verifier.console, verifier.device, request.options.precision)
    execute(context, STAGES, lambda stage, seconds, hit: None)
    return Truth(request, request.full, context, tests, references)
