"""Whether generated pictures are pictures of the training set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eegrecon import Arrays, Audit, Circumstances, Evidence, Opinion, Pixels, Run, fitted_to

SIDE = (32, 32)  # pictures are compared at this size
NEAR = 0.5  # of the smallest distance of a true test picture: a copy is nearer than that
MANY = 0.05  # share of copies that is a FAIL


@dataclass(frozen=True)
class Copies(Audit):
    """How near each generated picture comes to its nearest training picture, measured by the true test pictures.

    No true test picture is a copy. So what lies not half as far from a training picture as the nearest of them does is
    nearer than likeness of kind explains. Distance is the root mean square over pixels at 32 by 32.
    """

    question = "Are generated pictures copies of training pictures?"
    looks_at = frozenset({"generated"})
    concerns = frozenset({"generated"})

    def measure(self, evidence: Evidence, run: Run) -> Arrays:
        """Distance of each generated and each true test picture to the nearest training picture."""
        outcome, training = evidence.outcome, evidence.recordings.training
        if outcome.generated is None:
            return {}
        taught = np.stack([fitted_to(training.pictures[int(row)], SIDE) for row in np.unique(training.train.image)])
        flat = outcome.generated.reshape(-1, *outcome.generated.shape[2:])
        return {"made": nearest(flat, taught), "true": nearest(outcome.reference, taught)}

    def conclude(self, measured: Sequence[Arrays], known: Circumstances) -> Opinion:
        """FAIL where more than one in twenty is a copy, WARN where any is."""
        if any("made" not in one for one in measured):
            return Opinion("inconclusive", "no pictures are generated")
        made, true = (np.concatenate([one[name] for one in measured]) for name in ("made", "true"))
        if true.min() == 0:
            return Opinion("inconclusive", "a test picture is itself among the training pictures")
        copied = int(np.count_nonzero(made < NEAR * true.min()))
        said = (
            f"{copied} of {len(made)} generated pictures lie not half as far from a training picture as the nearest "
            f"true test picture does ({true.min():.1f} of 255, root mean square; medians: generated "
            f"{np.median(made):.1f}, true {np.median(true):.1f})"
        )
        return Opinion("FAIL" if copied > MANY * len(made) else "WARN" if copied else "PASS", said)


def nearest(pictures: Pixels, taught: Pixels, piece: int = 256) -> NDArray[np.float64]:
    """Root mean square difference, in grey levels, of each picture (n, h, w, 3) to the nearest of (m, 32, 32, 3)."""
    others = taught.reshape(len(taught), -1).astype(np.float64)
    squares = np.square(others).sum(axis=1)
    found = []
    for start in range(0, len(pictures), piece):
        small = np.stack([fitted_to(one, SIDE) for one in pictures[start : start + piece]])
        own = small.reshape(len(small), -1).astype(np.float64)
        apart = np.square(own).sum(axis=1)[:, None] + squares - 2 * own @ others.T
        found.append(np.sqrt(np.maximum(apart.min(axis=1), 0) / own.shape[1]))
    return np.concatenate(found)
