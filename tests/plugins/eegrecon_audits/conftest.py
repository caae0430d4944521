"""Synthetic evidence for audits whose verdict is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eegrecon import (
    Audit,
    Circumstances,
    Column,
    Evidence,
    Features,
    Learner,
    Metric,
    Montage,
    Outcome,
    Recordings,
    Score,
    Scored,
    Training,
    Trials,
)
from eegrecon.testing import PlainRun

SFREQ = 100.0
CLASSES = ("red", "green", "blue")
ORDER = np.arange(300)  # position in time of each trial
LABELS = {
    "blocks": np.repeat([0, 1, 2, 1, 0, 2, 0, 2, 1, 0], 30),  # each block of 30 trials shows one class
    "mixed": np.random.default_rng(9).permutation(ORDER % 3),
}


@dataclass(frozen=True)
class JudgeScore(Metric):
    """Identification that is the judge's score of the true class, and an FID that compares means."""

    needs = frozenset({"generated"})
    columns = (Column("identification", "higher"), Column("FID", "lower"))
    judge: None = None

    def identity(self, outcome: Outcome) -> str:
        return "judge-score"

    def score(self, outcome: Outcome, run: Any) -> Mapping[str, Score]:
        assert outcome.generated_views is not None
        hit = outcome.generated_views["logits"][np.arange(len(outcome.truth.label)), outcome.truth.label]
        views = (outcome.generated_views, outcome.reference_views)
        generated, reference = (view["features"].mean(axis=0) for view in views)
        distance = float(np.square(generated - reference).sum())
        return {"identification": Score(float(hit.mean()), len(hit), hit, 0.1), "FID": Score(distance, len(hit))}


class Synthetic:
    """Builders of EEG, pictures and evidence with known properties: 300 trials of 4 channels, 3 classes, 10 blocks."""

    labels = LABELS
    order = ORDER

    def white(self, n: int = 300, seed: int = 0) -> np.ndarray:
        """White noise (n, 4, 100)."""
        return np.random.default_rng(seed).standard_normal((n, 4, 100)).astype(np.float32)

    def drifting(self, strength: float = 0.1, seed: int = 1) -> np.ndarray:
        """White noise with an offset that follows a random walk over trials."""
        rng = np.random.default_rng(seed)
        walk = np.cumsum(rng.standard_normal((300, 4)), axis=0)
        return self.white(seed=seed) + np.float32(strength) * walk[:, :, None].astype(np.float32)

    def rhythmic(self, label: np.ndarray) -> np.ndarray:
        """White noise with a rhythm of each class's own frequency."""
        time = np.arange(100) / SFREQ
        rhythm = np.stack([np.sin(2 * np.pi * f * time) for f in (2, 10, 20)])
        phase = np.random.default_rng(3).choice([-1, 1], len(label))
        return (self.white(len(label)) + phase[:, None, None] * rhythm[label][:, None]).astype(np.float32)

    def pictures(self, count: int, salt: int = 0) -> list[np.ndarray]:
        """Random pictures (8, 8, 3)."""
        return [np.random.default_rng([salt, i]).integers(0, 255, (8, 8, 3)).astype(np.uint8) for i in range(count)]

    def certain(self, label: np.ndarray) -> Features:
        """Features of an encoder that is certain of these classes."""
        return Features(np.eye(3)[label], np.eye(3)[label])

    def trials(self, eeg: np.ndarray, rows: np.ndarray, label: np.ndarray, order: Any, image: Any = None) -> Trials:
        """Some trials of subject 1, in blocks of thirty; without times where ``order`` is None."""
        image = np.arange(len(rows)) if image is None else image
        times = (None, None) if order is None else (order[rows] // 30, order[rows])
        return Trials(eeg[rows], np.ones(len(rows), int), rows, label[rows], image, *times)

    def evidence(self, eeg: np.ndarray, label: np.ndarray, order: Any = ORDER, features: Any = None) -> Evidence:
        """Every fifth trial is for test, every tenth for validation; the pool is the subject's own training."""
        n = np.arange(len(eeg))
        test, val = n[n % 5 == 4], n[n % 10 == 3]
        train = np.setdiff1d(n, [*test, *val])
        training = Training(
            self.trials(eeg, train, label, order),
            self.trials(eeg, val, label, order, image=np.arange(len(val)) + len(train)),
            self.pictures(len(train) + len(val)), None, CLASSES,
            Montage(tuple(map(str, range(eeg.shape[1]))), SFREQ, 0.0, "uV"),
        )  # fmt: skip
        tested = self.trials(eeg, test, label, order)
        shown = self.pictures(len(test), 1)
        recordings = Recordings(training, training, tested, shown, None, None)
        outcome = Outcome(
            truth=tested, classes=CLASSES, synsets=None, features=features, tokens=None, targets=None,
            reference=np.stack(shown), generated=None, reference_views={}, generated_views=None,
        )  # fmt: skip
        return Evidence(recordings, np.arange(len(test)), outcome, {})

    def scored(
        self, hits: Sequence[float], identification: Sequence[float], ceiling: float, permuted: float | None = None
    ) -> Evidence:
        """Evidence with decoded trials ``hits``, an identification by trial, and one on true pictures, ``ceiling``.

        ``permuted`` is the mean identification of the outputs permuted among the trials.
        """
        n = len(hits)
        label = np.arange(n) % 3
        predicted = np.where(np.asarray(hits) > 0, label, (label + 1) % 3)
        base = self.evidence(self.white(5 * n), np.repeat(label, 5), None, self.certain(predicted))
        features = np.random.default_rng(4).standard_normal((n, 2))
        reference_views = {"logits": np.full((n, 3), ceiling), "features": features}
        logits = np.repeat(np.asarray(identification)[:, None], 3, axis=1)
        test = replace(base.recordings.test, label=label)
        outcome = replace(
            base.outcome, truth=test, reference_views=reference_views, generated=base.outcome.reference[:, None],
            generated_views={"logits": logits, "features": features + 3.0},
        )  # fmt: skip
        recordings = replace(base.recordings, test=test)
        null = {} if permuted is None else {"identification": np.linspace(permuted - 0.1, permuted + 0.1, 200)}
        scored = {"judge-score": Scored(JudgeScore(), outcome, null)}
        return replace(base, recordings=recordings, outcome=outcome, scored=scored)


@pytest.fixture(scope="session")
def synthetic() -> Synthetic:
    return Synthetic()


@pytest.fixture
def opinion(tmp_path: Path) -> Callable[..., tuple[str, str]]:
    """Verdict and evidence of an audit for the evidence of some subjects."""

    def run_of(audit: Audit, evidence: Evidence) -> PlainRun:
        """A run in which the learners that the audit holds are fitted."""
        run = PlainRun(tmp_path)
        held = [value for value in vars(audit).values() if isinstance(value, Learner)]
        run.learned |= {learner: learner.fit(evidence.recordings.training, run) for learner in held}
        return run

    def ask(audit: Audit, *evidence: Evidence, known: Circumstances | None = None) -> tuple[str, str]:
        measured = [audit.measure(each, run_of(audit, each)) for each in evidence]
        answer = audit.conclude(measured, Circumstances(configurations=1) if known is None else known)
        return answer.verdict, answer.evidence

    return ask
