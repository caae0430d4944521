"""What of the picture an embedding holds, and the tokens that an aligner makes of it.

    python benchmarks/findings/held.py

Attributes are read from the embedding by linear discriminants, fitted on the training trials, and from the tokens by
lines, fitted on the captions of other drawn pictures. Printed is the share of test trials of which an attribute is read
right, the mean over the subjects of the profile ``demo``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import Ridge

from eegrecon import Conditioner, Floats, Ints, api
from eegrecon.benchmark.options import Options
from eegrecon.pipeline.context import ExecutionContext, StageContext
from eegrecon.pipeline.progress import Console
from eegrecon_shapes.training.loop import sample
from eegrecon_shapes.world.captions import captions, parse
from eegrecon_shapes.world.pictures import ATTRIBUTES

METHODS = {
    "reference encoder, its aligner": (),
    "reference encoder, ridge": ("aligner=ridge",),
    "linear reader, the reference aligner": ("encoder=linear-reader",),
    "linear reader, ridge": ("encoder=linear-reader", "aligner=ridge"),
}
WITHOUT_PICTURES = (
    "generator=retrieval", "metric.identification=none", "metric.inception-score=none", "metric.fid=none",
)  # fmt: skip
DRAWN, SEED = 3_000, 5  # pictures whose captions the lines are fitted on
PENALTY = 1.0

Words = Mapping[str, NDArray[np.str_]]


def words(texts: Sequence[str] | None, rows: Ints | None = None) -> Words:
    """Return the attributes that captions tell, (n,) by name; of some captions in this order, or of all."""
    assert texts is not None
    told = [parse(texts[row]) for row in (range(len(texts)) if rows is None else rows)]
    return {name: np.array([one[name] for one in told]) for name in ATTRIBUTES}


def of_embedding(context: StageContext) -> dict[str, float]:
    """Return the share of right attributes that discriminants read from the embedding."""
    encoder, recordings = context.encoder, context.recordings
    training = recordings.training.train
    seen = encoder.component.encode(encoder.weights, training.signals(), context.run).embedding
    new = encoder.component.encode(encoder.weights, recordings.test.signals(), context.run).embedding
    known = words(recordings.training.captions, training.image)
    true = words(recordings.captions, recordings.test.image)
    model = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")
    return {name: float(np.mean(model.fit(seen, known[name]).predict(new) == true[name])) for name in ATTRIBUTES}


def of_tokens(context: StageContext, conditioner: Conditioner, tokens: Floats) -> dict[str, float]:
    """Return the share of right attributes that lines read from the tokens of the test trials, in their order."""
    texts = captions(sample(DRAWN, SEED)[1])
    drawn, recordings = words(texts), context.recordings
    fine = np.asarray(conditioner.fine(recordings.pictures, list(texts), context.run), np.float64).reshape(DRAWN, -1)
    mean = fine.mean(axis=0)
    true = words(recordings.captions, context.arrays("test")["image"])
    flat = tokens.reshape(len(tokens), -1) - mean
    found = {}
    for name, values in drawn.items():
        kinds = np.unique(values)
        lines = Ridge(PENALTY).fit(fine - mean, (values[:, None] == kinds).astype(np.float64))
        found[name] = float(np.mean(kinds[lines.predict(flat).argmax(axis=1)] == true[name]))
    return found


def measure(settings: Sequence[str], folder: Path) -> list[dict[str, float]]:
    """Return what is read from the embedding and from the tokens of a method, means over subjects."""
    options = Options(
        "brainvis", set=(*settings, *WITHOUT_PICTURES), control=("none",), audit=("none",), out=str(folder)
    )
    request, console = api.resolved(options), Console(quiet=True)
    api.run(request, console)
    graph, store = api.graph_of(request), api.open_store(console)
    execution = ExecutionContext(graph, store, console, "cpu", "fp32", request.full.threads)
    assert request.full.generator is not None
    conditioner, found = request.full.generator.conditioner(), []
    for cell in graph.of(request.variants[0]):
        stage = next(graph.stages[key] for key in cell.stages if graph.stages[key].kind == "align")
        context = StageContext(stage, execution.run(stage), execution)
        tokens = execution.artifacts[stage.key].arrays["tokens"]
        found.append((of_embedding(context), of_tokens(context, conditioner, np.asarray(tokens, np.float32))))
    return [
        {name: float(np.mean([one[name] for one in parts])) for name in ATTRIBUTES}
        for parts in zip(*found, strict=True)
    ]


def main() -> None:
    """Run the methods that are not in the store, and print the table."""
    print("| | read from | " + " | ".join("class" if name == "shape" else name for name in ATTRIBUTES) + " |")
    print("|---|---|" + "---|" * len(ATTRIBUTES))
    print("| *chance* | | " + " | ".join(f"{1 / len(values):.3f}" for values in ATTRIBUTES.values()) + " |")
    with TemporaryDirectory() as folder:
        for number, (method, settings) in enumerate(METHODS.items()):
            for source, shares in zip(
                ("embedding", "tokens"), measure(settings, Path(folder, str(number))), strict=True
            ):
                print(f"| {method} | {source} | " + " | ".join(f"{share:.3f}" for share in shares.values()) + " |")


if __name__ == "__main__":
    main()
