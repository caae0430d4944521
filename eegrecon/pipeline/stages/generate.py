"""The stage of the generated pictures, computed in chunks of trials from which an interrupted run resumes."""

from __future__ import annotations

import hashlib
from itertools import takewhile
from typing import Any

import numpy as np

from eegrecon.interfaces import output_checks
from eegrecon.interfaces.data import Conditions, Features, Ints, Pixels, Signals
from eegrecon.pipeline.context import Product, StageContext
from eegrecon.pipeline.run import StageRun
from eegrecon.pipeline.stages.variation import constant_outputs
from eegrecon.pipeline.substitutes import predicted_label
from eegrecon.registry.resources import disk_array

CHUNK = 64  # trials
_FINISHED = "finished"  # the file with a digest of every finished chunk


def generate(context: StageContext) -> Product:
    """Return the generated pictures of the test trials, uint8 (n, samples, height, width, 3)."""
    generator, classes, run = context.component, context.classes, context.run
    trial = context.arrays("test")["trial"]
    samples, (height, width) = int(context.stage.context["samples"]), generator.size
    tokens = context.arrays("tokens")["tokens"] if context.has("tokens") else None
    label = _label(context) if context.has("label") else None
    signals = context.signals if context.has("signals") else None
    shape = (len(trial), samples, height, width, 3)
    pictures, finished = _resume(run, shape)
    with run.progress(len(trial), "pictures") as progress:
        done = min(len(finished) * CHUNK, len(trial))
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
            finished.append(_digest(pictures[rows]))
            (run.scratch / _FINISHED).write_text("\n".join(finished))
            progress.advance(len(rows))
    return Product({"pictures": pictures}, constant_outputs({"pictures": pictures}))


def _label(context: StageContext) -> Ints:
    """Return the encoder's best class of each trial, or the class that a control substitutes, (n,)."""
    arrays = context.arrays("label")
    if "label" in arrays:
        return np.asarray(arrays["label"])
    return predicted_label(Features(arrays["embedding"], arrays.get("logits")))


def _resume(run: StageRun, shape: tuple[int, ...]) -> tuple[np.memmap[Any, Any], list[str]]:
    """Open the pictures of an interrupted run, or new ones; return them and the digests of the finished chunks.

    Of an interrupted run counts what comes before the first chunk that is not as it was written.
    """
    file, mark = run.scratch / "pictures.u8", run.scratch / _FINISHED
    if not (file.is_file() and mark.is_file() and file.stat().st_size == int(np.prod(shape))):
        return disk_array(file, np.uint8, shape), []
    pictures = np.memmap(file, np.uint8, "r+", shape=shape)
    chunks = (pictures[start : start + CHUNK] for start in range(0, len(pictures), CHUNK))
    written = zip(mark.read_text(errors="replace").split(), chunks, strict=False)
    return pictures, [digest for digest, _ in takewhile(lambda pair: pair[0] == _digest(pair[1]), written)]


def _digest(pictures: Pixels) -> str:
    return hashlib.blake2b(np.ascontiguousarray(pictures).data, digest_size=16).hexdigest()
