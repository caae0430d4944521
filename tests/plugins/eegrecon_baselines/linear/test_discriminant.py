"""The discriminant against scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from eegrecon_baselines.linear.discriminant import SHRINKAGES, class_scores, fit_discriminant, standardised

RNG = np.random.default_rng(0)


def clouds(n: int, numbers: int, seed: int = 1, spread: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Return rows of three classes of unequal sizes about means that are always the same, and their classes."""
    rng = np.random.default_rng(seed)
    label = rng.choice(3, n, p=[0.5, 0.3, 0.2])
    means = np.random.default_rng(7).standard_normal((3, numbers))
    mixed = rng.standard_normal((n, numbers)) @ np.random.default_rng(8).standard_normal((numbers, numbers))
    return spread * mixed / np.sqrt(numbers) + means[label], label


@pytest.mark.parametrize("numbers", [4, 90])  # fewer and more than the 60 trials
def test_the_scores_are_those_of_scikit_learns_shrunk_discriminant(numbers: int) -> None:
    (view, label), (held, held_label) = clouds(60, numbers), clouds(40, numbers, seed=2)
    learned, accuracy = fit_discriminant(view, label, held, held_label)
    standard, standard_held = standardised(learned, view), standardised(learned, held)
    assert standard.mean(axis=0) == pytest.approx(0, abs=1e-12)
    assert standard.std(axis=0) == pytest.approx(1)
    models = [
        LinearDiscriminantAnalysis(solver="lsqr", shrinkage=shrinkage).fit(standard, label) for shrinkage in SHRINKAGES
    ]
    best = max(models, key=lambda model: model.score(standard_held, held_label))  # the first of equal ones
    assert accuracy == best.score(standard_held, held_label)
    scores, spread = class_scores(learned, standard_held, 3), best.decision_function(standard).std(axis=1).mean()
    assert scores == pytest.approx(best.decision_function(standard_held) / spread, rel=1e-6, abs=1e-6)


def test_the_shrinkage_is_chosen_on_the_held_out_trials() -> None:
    view, label = clouds(60, 90, spread=3.0)
    chosen = set()
    for seed in range(20):
        held, held_label = clouds(30, 90, seed, spread=3.0)
        learned, accuracy = fit_discriminant(view, label, held, held_label)
        found = class_scores(learned, standardised(learned, held), 3).argmax(axis=1)
        assert accuracy == np.mean(found == held_label)
        chosen.add(float(np.linalg.norm(learned["slope"])))
    assert len(chosen) > 1


def test_a_class_without_training_trials_is_never_predicted() -> None:
    view, label = clouds(60, 4)
    learned, _ = fit_discriminant(view, label + (label > 0), view, label)  # classes 0, 2 and 3 of five
    scores = class_scores(learned, standardised(learned, view), 5)
    assert set(scores.argmax(axis=1)) <= {0, 2, 3}
    assert (scores[:, [1, 4]].max(axis=1) < scores[:, [0, 2, 3]].min(axis=1)).all()


@pytest.mark.parametrize("count", [1, 3])
def test_trials_without_spread_give_finite_scores(count: int) -> None:
    view, label = np.ones((count, 5)), np.arange(count)  # one trial of each class, all equal
    learned, _ = fit_discriminant(view, label, view, label)
    assert np.isfinite(class_scores(learned, standardised(learned, view), 3)).all()
