"""Errors of structure: does the generated picture show the true one's class, colours, place, size and tilt?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eegrecon import Column, Ints, InvalidConfiguration, Judge, Metric, Outcome, Run, Score
from eegrecon_metrics.views import layer

ATTRIBUTES = ("class", "colour", "background", "place", "size", "tilt")


@dataclass(frozen=True)
class Structure(Metric):
    """Share of generated pictures in which a judge reads an attribute otherwise than in the true picture.

    Only for judges that read attributes (``Judge.attributes``). Chance is what the same readings give if generated
    pictures are dealt out to trials at random. Where the data set knows the attributes, the judge's own error on the
    true pictures is said beside.

    Raises:
        InvalidConfiguration: the judge reads none of the attributes.
    """

    needs = frozenset({"generated"})
    columns: ClassVar[tuple[Column, ...]] = tuple(Column(f"{name} error", "lower") for name in ATTRIBUTES)
    judge: Judge

    def __post_init__(self) -> None:
        if not self._read:
            raise InvalidConfiguration(
                f"structure: the judge {self.judge.identity} reads no attributes ({', '.join(ATTRIBUTES)}); "
                "choose one that does, for instance shapes-judge"
            )

    @property
    def _read(self) -> dict[str, str]:
        return {name: self.judge.attributes[name] for name in ATTRIBUTES if name in self.judge.attributes}

    def identity(self, outcome: Outcome) -> str:
        """Judge and number of trials."""
        return f"structure@{self.judge.identity}/n{len(outcome.truth.image)}"

    def score(self, outcome: Outcome, run: Run) -> Mapping[str, Score]:
        """Compute each attribute's share of misses, samples averaged within the trial."""
        trials = len(outcome.truth.image)
        if trials == 0:
            run.note("no errors of structure: there are no test trials")
            return {}
        scores, own = {}, []
        for name, where in self._read.items():
            scores_seen = layer(outcome.reference_views, where, self.judge)
            seen = scores_seen.argmax(axis=1)
            made = layer(outcome.generated_views, where, self.judge).argmax(axis=1).reshape(trials, -1)  # (trials, samples)
            missed = (made != seen[:, None]).mean(axis=1)
            chance = 1 - _shares(made.ravel(), scores_seen.shape[1]) @ _shares(seen, scores_seen.shape[1])
            scores[f"{name} error"] = Score(float(missed.mean()), trials, missed, float(chance))
            if name in outcome.attributes:
                own.append(f"{name} {(seen != outcome.attributes[name]).mean():.1%}")
        if own:
            run.note(f"share of true pictures that {self.judge.identity} itself misreads: {', '.join(own)}")
        return scores


def _shares(values: Ints, n: int) -> np.ndarray:
    return np.bincount(values, minlength=n) / len(values)
