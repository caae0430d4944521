"""Scoring of one cell with one metric: its scores, and the values from which intervals and tests are computed."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np

from eegrecon.evaluation import statistics
from eegrecon.interfaces import output_checks
from eegrecon.interfaces.components import Metric, Run
from eegrecon.interfaces.data import Arrays, Candidates, Ints, Outcome, Score, Trials
from eegrecon.pipeline.context import ATTRIBUTE, Product, StageContext

WITHOUT = "without/"  # prefix of a set score's values with groups of pictures left out
PERMUTED = "permuted/"  # prefix of a score's values under permutations of the outputs among the trials


def score(context: StageContext) -> Product:
    """Return the scores of one metric: per-trial values, jackknife values and permutation values as arrays."""
    metric: Metric = context.component
    outcome = outcome_of(context)
    samples = 1 if outcome.generated is None else outcome.generated.shape[1]
    scores = output_checks.scores(metric, metric.score(outcome, context.run), len(outcome.truth.trial), samples)
    arrays = {
        name: np.asarray(score.per_trial, np.float64) for name, score in scores.items() if score.per_trial is not None
    }
    values = {
        name: {
            "value": float(score.value),
            "n": int(score.n),
            "chance": None if score.chance is None else float(score.chance),
        }
        for name, score in scores.items()
    }
    silent = dataclasses.replace(context.run, notes=[])
    context.read.clear()  # the metric may have written into what it received, which was its own
    outcome = outcome_of(context)
    of_sets = [name for name in values if name not in arrays]
    arrays |= _without_groups(metric, outcome, context.arrays("test")["picture"], of_sets, silent)
    arrays |= _permuted(metric, outcome, scores, silent)
    output_checks.unchanged(metric, "score", outcome.truth.label, context.input("test").arrays["label"])
    of = {name: score.of for name, score in scores.items()}
    return Product(
        arrays, {"scores": values, "of": of, "identity": output_checks.identity(metric, metric.identity(outcome))}
    )


def _without_groups(metric: Metric, outcome: Outcome, picture: Ints, columns: list[str], run: Run) -> Arrays:
    """Return set scores with each group of pictures left out, (groups,) by ``without/<column>``, for the jackknife."""
    group = statistics.picture_groups(picture)
    found: dict[str, list[float]] = {f"{WITHOUT}{column}": [] for column in columns}
    for left_out in np.unique(group) if columns else ():
        scores = metric.score(outcome.take(np.flatnonzero(group != left_out)), run)
        for column in columns:
            found[f"{WITHOUT}{column}"].append(scores[column].value if column in scores else np.nan)
    return {name: np.asarray(values, np.float64) for name, values in found.items()}


def _permuted(metric: Metric, outcome: Outcome, scores: Mapping[str, Score], run: Run) -> Arrays:
    """Return scores under permutations of the outputs among the trials, (permutations,) by ``permuted/<column>``.

    They are the null distribution of the columns that have a chance level.
    """
    columns = [column for column, score in scores.items() if score.chance is not None]
    n = len(outcome.truth.trial)
    if not columns or n < 2:
        return {}
    orders = list(statistics.permutations(n))
    found = dict(metric.permuted_scores(outcome, orders, run))
    if not set(columns) <= found.keys():
        pixels = outcome.generated is not None and not _ignores_pixels(metric, outcome, scores, run)
        each = [metric.score(outcome.permuted(order, pixels), run) for order in orders]
        found = {
            name: np.asarray([permuted[name].value if name in permuted else np.nan for permuted in each])
            for name in columns
        }
    return {f"{PERMUTED}{name}": np.asarray(found[name], np.float64) for name in columns}


def _ignores_pixels(metric: Metric, outcome: Outcome, scores: Mapping[str, Score], run: Run) -> bool:
    """Whether a metric reads only the views of its judge; then the pictures, which are large, are not permuted."""
    assert outcome.generated is not None
    if metric.judge is None:
        return False
    black = dataclasses.replace(outcome, generated=np.broadcast_to(np.uint8(0), outcome.generated.shape))
    without = metric.score(black, run)
    return {name: score.value for name, score in without.items()} == {name: s.value for name, s in scores.items()}


def outcome_of(context: StageContext) -> Outcome:
    """Return the outcome of a cell as metrics and audits receive it; inputs that the stage does not have are None."""
    truth = context.arrays("test")
    n = len(truth["trial"])
    trials = Trials(
        eeg=np.empty((n, 0, 0), np.float32),  # no metric reads EEG
        subject=truth["subject"],
        trial=truth["trial"],
        label=truth["label"],
        image=truth["image"],
        block=truth.get("block"),
        order=truth.get("order"),
    )
    described, has = context.input("test").metadata, context.has
    return Outcome(
        truth=trials,
        classes=context.classes,
        synsets=tuple(described["synsets"]) if described["synsets"] else None,
        features=context.features if has("features") else None,
        tokens=context.arrays("tokens")["tokens"] if has("tokens") else None,
        targets=context.targets if has("targets") else None,
        reference=context.arrays("reference")["pictures"] if has("reference") else np.empty((n, 0, 0, 3), np.uint8),
        generated=context.arrays("generated")["pictures"] if has("generated") else None,
        reference_views=context.arrays("reference_views") if has("reference_views") else {},
        generated_views=context.arrays("generated_views") if has("generated_views") else None,
        attributes={name.removeprefix(ATTRIBUTE): a for name, a in truth.items() if name.startswith(ATTRIBUTE)},
        occurring=tuple(described["occurring"]),
        zero_shot=bool(described["zero_shot"]),
        embedded=context.arrays("embedded")["values"] if has("embedded") else None,
        gallery=_candidates(context.arrays("gallery")) if has("gallery") else None,
        space=next((context.input(role).metadata["space"] for role in ("embedded", "targets") if has(role)), ""),
    )


def _candidates(arrays: Arrays) -> Candidates | None:
    """Return a gallery as a metric receives it: of an encoder's space, or the fine targets if there are any."""
    values = arrays.get("values", arrays.get("fine"))
    return None if values is None else Candidates(values, arrays["label"])
