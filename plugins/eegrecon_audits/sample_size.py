"""Whether there are enough pictures for scores of sets to mean what they are read as."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from eegrecon import Arrays, Audit, Circumstances, Evidence, Opinion, Outcome, Run, Scored

TOO_MUCH = 0.1  # share of an FID that the number of pictures may make up
PER_CLASS = 10  # pictures per class of the judge for an IS
LEAST = 50  # pictures for a KID


@dataclass(frozen=True)
class SampleSize(Audit):
    """What FID, KID and IS owe to the number of pictures.

    FID is biased upwards by few pictures, differently for each generator (Chong and Forsyth, arXiv:1911.07023): here
    true pictures are scored against true ones, half against half. The bias falls as 1 / n, so at twice as many it is
    about half of that. IS cannot exceed what so many true pictures get. KID has no bias, but a large spread.
    """

    question = "Are there enough pictures for FID, KID and IS?"
    looks_at = frozenset({"scores"})

    def measure(self, evidence: Evidence, run: Run) -> Arrays:
        """Each set score of *Full*, and of true pictures in the place of generated ones."""
        found: dict[str, NDArray[np.float64]] = {}
        for name, scored in evidence.scored.items():
            columns = {column.name for column in scored.metric.columns} & {"FID", "KID", "IS"}
            if not columns or scored.outcome.generated_views is None or len(scored.outcome.truth.trial) < 4:
                continue
            own, true = scored.metric.score(scored.outcome, run), scored.metric.score(_halves(scored.outcome), run)
            for column in columns & own.keys() & true.keys():
                numbers = own[column].n, _width(scored), own[column].value, true[column].value
                found[f"{column}/{name}"] = np.asarray(numbers, np.float64)
        return found

    def conclude(self, measured: Sequence[Arrays], known: Circumstances) -> Opinion:
        """WARN where the number of pictures makes up more than a tenth of an FID, or is too small for the others."""
        columns = dict.fromkeys(name for one in measured for name in one)
        if not columns:
            return Opinion("inconclusive", "there is no FID, KID or IS, or there are fewer than four pictures")
        means = {name: np.mean([one[name] for one in measured if name in one], axis=0) for name in columns}
        found = [_said(name.partition("/")[0], numbers) for name, numbers in means.items()]
        return Opinion("WARN" if any(few for few, _ in found) else "PASS", "; ".join(text for _, text in found))


def _said(column: str, numbers: NDArray[np.float64]) -> tuple[bool, str]:
    """Whether there are too few pictures for a score, and what shows it. Numbers are means over subjects."""
    n, width, own, true = (float(number) for number in numbers)
    if column == "FID":
        owed = true / 2
        few = n <= width or owed > TOO_MUCH * own
        text = f"FID {own:.1f} at n {n:.0f} with {width:.0f} features; true pictures against true ones, half against "
        return few, text + f"half, get {true:.1f}, so about {owed:.1f} of it is owed to n"
    if column == "KID":
        return n < LEAST, f"KID {own:.4g} at n {n:.0f}; true pictures, half against half, get {true:.4g}"
    text = f"IS {own:.2f} at n {n:.0f} for {width:.0f} classes; half of the true pictures get {true:.2f}"
    return n < PER_CLASS * width, text


def _width(scored: Scored) -> int:
    """Number of the judge's features, for IS of its classes."""
    assert scored.outcome.generated_views is not None
    judged = {column.name for column in scored.metric.columns}
    layer = scored.outcome.generated_views.get("logits" if "IS" in judged else "features")
    return 0 if layer is None else int(layer.shape[1])


def _halves(outcome: Outcome) -> Outcome:
    """Return the outcome in which one half of the true pictures stands for those generated of the other half."""
    rows = np.arange(len(outcome.truth.trial))
    one, other = outcome.take(rows[0 : len(rows) // 2 * 2 : 2]), outcome.take(rows[1::2])
    return replace(one, generated=other.reference[:, None], generated_views=other.reference_views)
