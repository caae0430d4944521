"""How a row's outcome is scored: the metric's own numbers, and what their intervals and tests are made from."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np

from eegrecon import contract_checks, statistics
from eegrecon.components import Metric
from eegrecon.data import Arrays, Ints, Outcome, Score, Trials
from eegrecon.stage_run import StageRun
from eegrecon.stages import Stage
from eegrecon.workshop import Made, Workshop, features_of, targets_of

ATTRIBUTE = "attribute/"  # begins the name of a test picture's known attribute
WITHOUT = "without/"  # begins the name of a set score's values with groups of pictures left out
DEALT = "dealt/"  # begins the name of a score's values when what was made is dealt anew among the trials


def score(stage: Stage, shop: Workshop, run: StageRun) -> Made:
    """Score one row of one subject and seed with one metric."""
    outcome = outcome_of(stage, shop)
    scores = contract_checks.scores(stage.component, stage.component.score(outcome, run), len(outcome.truth.trial))
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
    of_sets = [name for name in values if name not in arrays]
    arrays |= _left_out(stage, outcome, shop.artefact(stage.inputs["test"]).arrays["picture"], of_sets, run)
    arrays |= _dealt(stage.component, outcome, scores, run)
    of = {name: score.of for name, score in scores.items()}
    return arrays, {"scores": values, "of": of, "identity": stage.component.identity(outcome)}


def _left_out(stage: Stage, outcome: Outcome, picture: Ints, columns: list[str], run: StageRun) -> Arrays:
    """Score again with each group of pictures left out, (groups,) by ``without/<column>``: for the jackknife."""
    group = statistics.picture_groups(picture)
    silent = dataclasses.replace(run, notes=[])
    found: dict[str, list[float]] = {f"{WITHOUT}{column}": [] for column in columns}
    for one in np.unique(group) if columns else ():
        scores = stage.component.score(outcome.take(np.flatnonzero(group != one)), silent)
        for column in columns:
            found[f"{WITHOUT}{column}"].append(scores[column].value if column in scores else np.nan)
    return {name: np.asarray(values, np.float64) for name, values in found.items()}


def _dealt(metric: Metric, outcome: Outcome, scores: Mapping[str, Score], run: StageRun) -> Arrays:
    """Score again with all that was made dealt anew among the trials, (deals,) by ``dealt/<column>``: the null.

    For columns with a chance level.
    """
    columns = [column for column, score in scores.items() if score.chance is not None]
    n = len(outcome.truth.trial)
    if not columns or n < 2:
        return {}
    silent = dataclasses.replace(run, notes=[])
    orders = list(statistics.deals(n))
    found = dict(metric.permuted_scores(outcome, orders, silent))
    if not set(columns) <= found.keys():
        pixels = outcome.generated is not None and not _blind(metric, outcome, scores, silent)
        each = [metric.score(outcome.permuted(order, pixels), silent) for order in orders]
        found = {name: np.asarray([one[name].value if name in one else np.nan for one in each]) for name in columns}
    return {f"{DEALT}{name}": np.asarray(found[name], np.float64) for name in columns}


def _blind(metric: Metric, outcome: Outcome, scores: Mapping[str, Score], run: StageRun) -> bool:
    """Whether a metric goes by its judge's view alone, so that the pictures themselves, which are large, can stay."""
    assert outcome.generated is not None
    if metric.judge is None:
        return False
    black = dataclasses.replace(outcome, generated=np.broadcast_to(np.uint8(0), outcome.generated.shape))
    without = metric.score(black, run)
    return {name: score.value for name, score in without.items()} == {name: s.value for name, s in scores.items()}


def outcome_of(stage: Stage, shop: Workshop) -> Outcome:
    """Gather what a score stage, or an audit, may see of a row."""
    test = shop.artefact(stage.inputs["test"])
    given = {role: shop.artefact(key).arrays for role, key in stage.inputs.items()}
    truth = given["test"]
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
    return Outcome(
        truth=trials,
        classes=tuple(test.meta["said"]["classes"]),
        synsets=tuple(test.meta["said"]["synsets"]) if test.meta["said"]["synsets"] else None,
        features=features_of(stage, shop) if "features" in given else None,
        tokens=given["tokens"]["tokens"] if "tokens" in given else None,
        targets=targets_of(stage, shop) if "targets" in given else None,
        reference=given["reference"]["pictures"] if "reference" in given else np.empty((n, 0, 0, 3), np.uint8),
        generated=given["generated"]["pictures"] if "generated" in given else None,
        reference_views=given.get("reference_views", {}),
        generated_views=given.get("generated_views"),
        attributes={name.removeprefix(ATTRIBUTE): a for name, a in truth.items() if name.startswith(ATTRIBUTE)},
    )
