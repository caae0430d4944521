"""Size of the aligner's targets at the paper's size: on disk, and in memory while a training reads them."""

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
    """Context manager that records the peak private memory of this process."""

    def __enter__(self) -> Peak:
        self.megabytes, self.active = own_megabytes(os.getpid()), True
        self.thread = threading.Thread(target=self._watch)
        self.thread.start()
        return self

    def _watch(self) -> None:
        while self.active:
            self.megabytes = max(self.megabytes, own_megabytes(os.getpid()))
            time.sleep(0.005)

    def __exit__(self, *_: object) -> None:
        self.active = False
        self.thread.join()


def main() -> None:
    """Run the measurements and print them."""
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as name:
        store = Store(Path(name))
        scratch = np.memmap(Path(name) / "fine", np.float16, "w+", shape=(PICTURES, TOKENS, WIDTH))
        for row in range(PICTURES):
            scratch[row] = rng.standard_normal((TOKENS, WIDTH))
        coarse = rng.standard_normal((CLASSES, TOKENS, WIDTH)).astype(np.float16)
        store.put("targets", "measured", {"coarse": coarse, "fine": scratch}, {"name": "targets"})
        disk = sum(file.stat().st_size for file in Path(name).glob("targets/**/*") if file.is_file()) / 1e6
        single, full = (in_new_process(Path(name), all_targets=all_targets) for all_targets in (False, True))
    print(
        f"targets of {PICTURES} pictures, {CLASSES} classes, {TOKENS} x {WIDTH}, half precision: {disk:.0f} MB on disk"
    )
    print(f"  peak memory of an epoch of losses, batches of {BATCH}: {full:.0f} MB")
    print(f"  of the same with one target for all: {single:.0f} MB, so that the targets take {full - single:.0f} MB")


def in_new_process(folder: Path, *, all_targets: bool) -> float:
    """Measure in a new process, without memory left over from earlier work."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(measured, folder, all_targets).result()


def measured(folder: Path, all_targets: bool) -> float:
    """Return the memory in MB that an epoch needs with all targets of a store, or with one target for all trials."""
    artifact = Store(folder).get("targets", "measured")
    assert artifact is not None
    coarse, fine = artifact.arrays["coarse"], artifact.arrays["fine"]
    if all_targets:
        return epoch(AlignmentTargets(coarse, fine, 1.0), np.arange(PICTURES))
    return epoch(AlignmentTargets(np.array(coarse[:1]), np.array(fine[:1]), 1.0), np.zeros(PICTURES, np.int64))


def epoch(targets: AlignmentTargets, image: NDArray[np.int64]) -> float:
    """Compute loss and gradient of all trials, a batch at a time; return the increase of peak memory, in MB."""
    label = image % (1 if targets.coarse is None else len(targets.coarse))
    trials = Trials(np.zeros((PICTURES, 1, 1), np.float32), image * 0 + 1, np.arange(PICTURES), label, image)
    order = np.random.default_rng(0).permutation(PICTURES)
    before = own_megabytes(os.getpid())
    with Peak() as peak:
        for start in range(0, PICTURES, BATCH):
            rows = order[start : start + BATCH]
            tokens = torch.ones(len(rows), TOKENS * WIDTH, requires_grad=True)
            torch.autograd.grad(targets.loss(tokens, trials, rows), tokens)
    return peak.megabytes - before


if __name__ == "__main__":
    main()
