"""What the targets of the aligner take at the paper's size: on disk, and in memory while a training reads them."""

from __future__ import annotations

import os
import tempfile
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch
from memory import own_megabytes
from numpy.typing import NDArray

from eegrecon import Trials
from eegrecon.pipeline.storage.store import Store
from eegrecon_brainvis.training.alignment import AlignmentTargets

PICTURES, CLASSES, TOKENS, WIDTH, BATCH = 2000, 40, 77, 768, 128


class Peak:
    """The most memory that this process had for itself while it was entered."""

    def __enter__(self) -> Peak:
        self.most, self.on = own_megabytes(os.getpid()), True
        self.thread = threading.Thread(target=self._watch)
        self.thread.start()
        return self

    def _watch(self) -> None:
        while self.on:
            self.most = max(self.most, own_megabytes(os.getpid()))
            time.sleep(0.005)

    def __exit__(self, *_: object) -> None:
        self.on = False
        self.thread.join()


def main() -> None:
    """Measure and print."""
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as name:
        store = Store(Path(name))
        scratch = np.memmap(Path(name) / "fine", np.float16, "w+", shape=(PICTURES, TOKENS, WIDTH))
        for row in range(PICTURES):
            scratch[row] = rng.standard_normal((TOKENS, WIDTH))
        coarse = rng.standard_normal((CLASSES, TOKENS, WIDTH)).astype(np.float16)
        store.put("targets", "measured", {"coarse": coarse, "fine": scratch}, {"name": "targets"})
        disk = sum(file.stat().st_size for file in Path(name).glob("targets/**/*") if file.is_file()) / 1e6
        bare, whole = (in_a_process_of_its_own(Path(name), every=every) for every in (False, True))
    print(
        f"targets of {PICTURES} pictures, {CLASSES} classes, {TOKENS} x {WIDTH}, half precision: {disk:.0f} MB on disk"
    )
    print(f"  peak memory of an epoch of losses, batches of {BATCH}: {whole:.0f} MB")
    print(f"  of the same with one target for all: {bare:.0f} MB, so that the targets take {whole - bare:.0f} MB")


def in_a_process_of_its_own(folder: Path, *, every: bool) -> float:
    """Measure where no earlier work has left memory behind."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(measured, folder, every).result()


def measured(folder: Path, every: bool) -> float:
    """Return the MB that an epoch takes with all targets of a store, or with one target for all trials."""
    artifact = Store(folder).get("targets", "measured")
    assert artifact is not None
    coarse, fine = artifact.arrays["coarse"], artifact.arrays["fine"]
    if every:
        return epoch(AlignmentTargets(coarse, fine, 1.0), np.arange(PICTURES))
    return epoch(AlignmentTargets(np.array(coarse[:1]), np.array(fine[:1]), 1.0), np.zeros(PICTURES, np.int64))


def epoch(targets: AlignmentTargets, image: NDArray[np.int64]) -> float:
    """Compare made tokens with the targets of all trials, a batch at a time; return the most memory it took, in MB."""
    label = image % (1 if targets.coarse is None else len(targets.coarse))
    trials = Trials(np.zeros((PICTURES, 1, 1), np.float32), image * 0 + 1, np.arange(PICTURES), label, image)
    order = np.random.default_rng(0).permutation(PICTURES)
    before = own_megabytes(os.getpid())
    with Peak() as peak:
        for start in range(0, PICTURES, BATCH):
            rows = order[start : start + BATCH]
            made = torch.ones(len(rows), TOKENS * WIDTH, requires_grad=True)
            torch.autograd.grad(targets.loss(made, trials, rows), made)
    return peak.most - before


if __name__ == "__main__":
    main()
