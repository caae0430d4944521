"""The stage of the generated pictures, computed in chunks of trials from which an interrupted run resumes."""

from __future__ import annotations

from typing import Any

import numpy as np

from eegrecon.interfaces import output_checks
from eegrecon.interfaces.data import Conditions, Features, Ints, Signals
from eegrecon.pipeline.context import Product, StageContext
from eegrecon.pipeline.run import StageRun
from eegrecon.pipeline.substitutes import predicted_label

CHUNK = 64  # trials


def generate(context: StageContext) -> Product:
    """Return the generated pictures of the test trials, uint8 (n, samples, height, width, 3)."""
    generator, classes, run = context.component, context.classes, context.run
    trial = context.arrays("test")["trial"]
    samples, (height, width) = int(context.stage.context["samples"]), generator.size
    tokens = context.arrays("tokens")["tokens"] if context.has("tokens") else None
    label = _label(context) if context.has("label") else None
    signals = context.signals if context.has("signals") else None
    shape = (len(trial), samples, height, width, 3)
    pictures, done = _resume(run, shape)
    with run.progress(len(trial), "pictures") as progress:
        progress.advance(done)
        for start in range(done, len(trial), CHUNK):
            rows = np.arange(start, min(start + CHUNK, len(trial)))
            conditions = Conditions(
                tokens=None if tokens is None else np.asarray(tokens[rows]),
                label=None if label is None else label[rows],
                trial=trial[rows],
                signals=signals and Signals(signals.eeg[rows], signals.subject[rows], signals.trial[rows]),
            )
            returned = generator.generate(context.weights, conditions, classes, samples, run)
            pictures[rows] = output_checks.pixels(generator, "generate", returned, (len(rows), *shape[1:]))
            pictures.flush()
            (run.scratch / "done").write_text(str(rows[-1] + 1))  # an incomplete text restarts the pictures
            progress.advance(len(rows))
    return Product({"pictures": pictures})


def _label(context: StageContext) -> Ints:
    """Return the encoder's best class of each trial, or the class that a control substitutes, (n,)."""
    arrays = context.arrays("label")
    if "label" in arrays:
        return np.asarray(arrays["label"])
    return predicted_label(Features(arrays["embedding"], arrays.get("logits")))


def _resume(run: StageRun, shape: tuple[int, ...]) -> tuple[np.memmap[Any, Any], int]:
    """Open the pictures of an interrupted run, or new ones; return them and the number of finished trials."""
    file, mark = run.scratch / "pictures.u8", run.scratch / "done"
    resumable = file.is_file() and mark.is_file() and file.stat().st_size == int(np.prod(shape))
    done = int(mark.read_text() or 0) if resumable else 0
    return np.memmap(file, np.uint8, "r+" if resumable else "w+", shape=shape), done
