"""Structural errors: does the generated picture show the true one's class, colours, place, size and tilt?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from eegrecon import Column, Ints, InvalidConfiguration, Judge, Metric, Outcome, Run, Score
from eegrecon_metrics.judges.layers import checked_layer

ATTRIBUTES = ("class", "colour", "background", "place", "size", "tilt")


@dataclass(frozen=True)
class Structure(Metric):
    """Share of generated pictures in which a judge reads another value of an attribute than in the true picture.

    Only for judges that read attributes (``Judge.attributes``). Chance is the error under random permutation of the
    generated pictures among trials. Where the data set provides the attributes, a note reports the judge's own error on
    the true pictures.

    Raises:
        InvalidConfiguration: the judge reads none of the attributes.
    """

    needs = frozenset({"generated"})
    columns: ClassVar[tuple[Column, ...]] = tuple(Column(f"{name} error", "lower") for name in ATTRIBUTES)
    judge: Judge = field()  # required: it has to read attributes

    def __post_init__(self) -> None:
        if not self._layers:
            raise InvalidConfiguration(
                f"structure: the judge {self.judge.identity} reads no attributes ({', '.join(ATTRIBUTES)}); "
                "choose one that does, for instance shapes-judge"
            )

    @classmethod
    def cases(cls) -> Sequence[tuple[Outcome, Mapping[str, float]]]:
        """Return two trials with two pictures each, whose place is right, wrong, and wrong in one of the four."""
        from eegrecon.testing import hand_outcome

        def case(places: list[int]) -> Outcome:
            true, drawn = {"place": np.eye(4)[[0, 1]]}, {"place": np.eye(4)[places]}
            pictures = np.zeros((2, 2, 1, 1, 3), np.uint8)
            return hand_outcome([0, 1], reference_views=true, generated_views=drawn, generated=pictures)

        errors = {(0, 0, 1, 1): 0.0, (1, 2, 3, 0): 1.0, (0, 0, 1, 2): 0.25}
        return [(case([*places]), {"place error": share}) for places, share in errors.items()]

    @property
    def _layers(self) -> dict[str, str]:
        """Layer of the judge by attribute that it reads."""
        return {name: self.judge.attributes[name] for name in ATTRIBUTES if name in self.judge.attributes}

    def identity(self, outcome: Outcome) -> str:
        """Judge and number of trials."""
        return f"structure@{self.judge.identity}/n{len(outcome.truth.image)}"

    def score(self, outcome: Outcome, run: Run) -> Mapping[str, Score]:
        """Compute each attribute's share of errors, samples averaged within the trial."""
        trials = len(outcome.truth.image)
        if trials == 0:
            run.note("no structural errors: there are no test trials")
            return {}
        scores, judge_errors = {}, []
        for name, layer in self._layers.items():
            reference = checked_layer(outcome.reference_views, layer, self.judge)
            read = reference.argmax(axis=1)
            generated = checked_layer(outcome.generated_views, layer, self.judge).argmax(axis=1).reshape(trials, -1)
            errors = (generated != read[:, None]).mean(axis=1)  # (trials,) from (trials, samples)
            chance = 1 - _shares(generated.ravel(), reference.shape[1]) @ _shares(read, reference.shape[1])
            scores[f"{name} error"] = Score(float(errors.mean()), trials, errors, float(chance))
            if name in outcome.attributes:
                judge_errors.append(f"{name} {(read != outcome.attributes[name]).mean():.1%}")
        if judge_errors:
            run.note(f"share of true pictures that {self.judge.identity} itself misreads: {', '.join(judge_errors)}")
        return scores


def _shares(values: Ints, n: int) -> np.ndarray:
    return np.bincount(values, minlength=n) / len(values)
