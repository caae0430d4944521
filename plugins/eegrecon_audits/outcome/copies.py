"""The audit of memorisation: whether generated pictures are copies of training pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from eegrecon import Arrays, Audit, Circumstances, Evidence, Opinion, Pixels, Run, fitted_to

SIDE = (32, 32)  # pictures are compared at this size
NEAR = 0.5  # of the smallest distance of a true test picture; a copy is nearer
SAME = 0.5  # grey levels, below which two pictures are one
MANY = 0.05  # share of copies above which the audit fails


@dataclass(frozen=True)
class Copies(Audit):
    """Distance of each generated picture to its nearest training picture, relative to that of true test pictures.

    True test pictures are not copies. A generated picture that is less than half as far from a training picture as the
    nearest true test picture is therefore nearer than similarity of content explains. Distance is the root mean square
    over pixels at 32 by 32. For a generator that declares ``copies`` the verdict is WARN, with the number of copies.
    """

    question = "Are generated pictures copies of training pictures?"
    looks_at = frozenset({"generated"})
    concerns = frozenset({"generated"})

    @classmethod
    def positive_control(cls, evidence: Evidence) -> tuple[Evidence, Circumstances] | None:
        """Return evidence whose generated pictures are training pictures."""
        pictures, outcome = evidence.recordings.training.pictures, evidence.outcome
        shown = np.stack([pictures[row % len(pictures)] for row in range(len(outcome.reference))])
        return replace(evidence, outcome=replace(outcome, generated=shown[:, None])), Circumstances()

    def measure(self, evidence: Evidence, run: Run) -> Arrays:
        """Compute the distance of each generated and each true test picture to the nearest training picture."""
        outcome, training = evidence.outcome, evidence.recordings.training
        if outcome.generated is None:
            return {}
        shown = np.stack([fitted_to(training.pictures[int(row)], SIDE) for row in np.unique(training.train.image)])
        generated = outcome.generated.reshape(-1, *outcome.generated.shape[2:])
        return {
            "generated": nearest_distance(generated, shown),
            "true": nearest_distance(outcome.reference, shown),
        }

    def conclude(self, measured: Sequence[Arrays], known: Circumstances) -> Opinion:
        """FAIL where more than one in twenty is a copy and the generator does not declare it, WARN where any is."""
        if any("generated" not in arrays for arrays in measured):
            return Opinion("inconclusive", "no pictures are generated")
        generated, true = (np.concatenate([arrays[name] for arrays in measured]) for name in ("generated", "true"))
        if known.copies:
            same = int(np.count_nonzero(generated < SAME))
            declared = "copies by design: the generator declares that it returns training pictures"
            return Opinion("WARN", f"{declared}, and {same} of {len(generated)} of its pictures are")
        if true.min() == 0:
            return Opinion("inconclusive", "a test picture is itself among the training pictures")
        copied = int(np.count_nonzero(generated < NEAR * true.min()))
        message = (
            f"{copied} of {len(generated)} generated pictures are less than half as far from a training picture as the "
            f"nearest true test picture is ({true.min():.1f} of 255, root mean square; medians: generated "
            f"{np.median(generated):.1f}, true {np.median(true):.1f})"
        )
        return Opinion("FAIL" if copied > MANY * len(generated) else "WARN" if copied else "PASS", message)


def nearest_distance(pictures: Pixels, training: Pixels, chunk: int = 256) -> NDArray[np.float64]:
    """Return the root mean square difference, in grey levels, of each picture to its nearest training picture.

    Args:
        pictures: (n, h, w, 3).
        training: (m, 32, 32, 3).
        chunk: number of pictures compared at a time.

    Returns:
        (n,) distances.
    """
    others = training.reshape(len(training), -1).astype(np.float64)
    squares = np.square(others).sum(axis=1)
    distances = []
    for start in range(0, len(pictures), chunk):
        small = np.stack([fitted_to(picture, SIDE) for picture in pictures[start : start + chunk]])
        flat = small.reshape(len(small), -1).astype(np.float64)
        squared = np.square(flat).sum(axis=1)[:, None] + squares - 2 * flat @ others.T
        distances.append(np.sqrt(np.maximum(squared.min(axis=1), 0) / flat.shape[1]))
    return np.concatenate(distances)
