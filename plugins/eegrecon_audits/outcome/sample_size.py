"""The audit of sample size: whether there are enough pictures for the scores of sets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from eegrecon import Arrays, Audit, Circumstances, Evidence, Opinion, Outcome, Run, Scored

MAX_BIAS = 0.1  # of an FID, as a share of it
PER_CLASS = 10  # pictures per class of the judge for an IS
MIN_PICTURES = 50  # for a KID


@dataclass(frozen=True)
class SampleSize(Audit):
    """Dependence of FID, KID and IS on the number of pictures.

    FID is biased upwards for few pictures, differently for each generator (Chong and Forsyth, arXiv:1911.07023). The
    bias is estimated from one half of the true pictures scored against the other half; it falls as 1 / n, so at twice
    as many pictures it is about half of that. IS cannot exceed that of as many true pictures. KID is unbiased, but has
    a large variance.
    """

    question = "Are there enough pictures for FID, KID and IS?"
    looks_at = frozenset({"scores"})

    @classmethod
    def positive_control(cls, evidence: Evidence) -> tuple[Evidence, Circumstances] | None:
        """Return evidence of four trials, fewer than any judge has features."""
        few = np.arange(4)
        scored = {name: replace(each, outcome=each.outcome.take(few)) for name, each in evidence.scored.items()}
        return replace(evidence, scored=scored), Circumstances()

    def measure(self, evidence: Evidence, run: Run) -> Arrays:
        """Return n, width, and each set score of *Full* and of one half of the true pictures against the other."""
        measured: dict[str, NDArray[np.float64]] = {}
        for name, scored in evidence.scored.items():
            columns = {column.name for column in scored.metric.columns} & {"FID", "KID", "IS"}
            if not columns or scored.outcome.generated_views is None or len(scored.outcome.truth.trial) < 4:
                continue
            scores = scored.metric.score(scored.outcome, run)
            halves = scored.metric.score(true_halves(scored.outcome), run)
            for column in columns & scores.keys() & halves.keys():
                numbers = scores[column].n, _width(scored), scores[column].value, halves[column].value
                measured[f"{column}/{name}"] = np.asarray(numbers, np.float64)
        return measured

    def conclude(self, measured: Sequence[Arrays], known: Circumstances) -> Opinion:
        """WARN where the bias exceeds a tenth of an FID, or where there are too few pictures for KID or IS."""
        names = dict.fromkeys(name for arrays in measured for name in arrays)
        if not names:
            return Opinion("inconclusive", "there is no FID, KID or IS, or there are fewer than four pictures")
        means = {name: np.mean([arrays[name] for arrays in measured if name in arrays], axis=0) for name in names}
        columns = [name.partition("/")[0] for name in means]
        findings = [_finding(column, numbers) for column, numbers in zip(columns, means.values(), strict=True)]
        message = "; ".join(text for _, text in findings)
        few = [column for column, (is_few, _) in zip(columns, findings, strict=True) if is_few]
        if few:
            return Opinion("WARN", f"too few pictures for {' and '.join(few)}: {message}")
        return Opinion("PASS", message)


def _finding(column: str, numbers: NDArray[np.float64]) -> tuple[bool, str]:
    """Whether there are too few pictures for a score, and the evidence. Numbers are means over subjects."""
    n, width, value, halves = (float(number) for number in numbers)
    if column == "FID":
        bias = halves / 2
        few = n <= width or bias > MAX_BIAS * value
        return few, (
            f"FID {value:.1f} at n {n:.0f} with {width:.0f} features; two halves of the true pictures have FID "
            f"{halves:.1f}, so about {bias:.1f} of it is due to the sample size"
        )
    if column == "KID":
        return n < MIN_PICTURES, f"KID {value:.4g} at n {n:.0f}; two halves of the true pictures have KID {halves:.4g}"
    text = f"IS {value:.2f} at n {n:.0f} for {width:.0f} classes; one half of the true pictures has IS {halves:.2f}"
    return n < PER_CLASS * width, text


def _width(scored: Scored) -> int:
    """Number of the judge's features, for IS of its classes."""
    assert scored.outcome.generated_views is not None
    columns = {column.name for column in scored.metric.columns}
    layer = scored.outcome.generated_views.get("logits" if "IS" in columns else "features")
    return 0 if layer is None else int(layer.shape[1])


def true_halves(outcome: Outcome) -> Outcome:
    """Return an outcome whose generated pictures are one half of the true pictures, and its reference the other."""
    rows = np.arange(len(outcome.truth.trial))
    even, odd = outcome.take(rows[0 : len(rows) // 2 * 2 : 2]), outcome.take(rows[1::2])
    return replace(even, generated=odd.reference[:, None], generated_views=odd.reference_views)
