"""Checks of metrics: what they return, which way is better, hand-worked cases, and permutations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from eegrecon.errors import MissingFiles
from eegrecon.interfaces import output_checks
from eegrecon.interfaces.data import Candidates, Outcome, Score
from eegrecon.testing.suite import Case, Skipped, check, unchanged
from eegrecon.testing.toy_components import ToyJudge
from eegrecon.testing.toy_data import toy_outcome

EXACT = 1e-6  # of a value worked out by hand
CASES = 3


def _outcome(case: Case, right: float = 0.75) -> Outcome:
    """Return an outcome with the views of the metric's judge; as in a benchmark, only what the metric needs."""
    judge = case.component.judge
    try:
        outcome = toy_outcome(right, judge=judge or ToyJudge(), run=case.run())
    except MissingFiles as error:
        raise Skipped(f"its judge needs files: {error}") from error
    needs = case.component.needs
    if "generated" not in needs:
        outcome = replace(outcome, generated=None, generated_views=None)
    if judge is None:
        outcome = replace(outcome, reference_views={}, generated_views=None)
    features = outcome.features if "features" in needs else None
    fine = None if outcome.targets is None else outcome.targets.fine
    space = outcome.embedded if "embedded" in needs else fine
    others = Candidates(space, outcome.truth.label) if "gallery" in needs and space is not None else None
    tokens, embedded = (getattr(outcome, role) if role in needs else None for role in ("tokens", "embedded"))
    return replace(outcome, features=features, tokens=tokens, embedded=embedded, gallery=others)


def _scores(case: Case, outcome: Outcome) -> Mapping[str, Score]:
    samples = 1 if outcome.generated is None else outcome.generated.shape[1]
    returned = case.component.score(outcome, case.run())
    return output_checks.scores(case.component, returned, len(outcome.truth.trial), samples)


@check("metric")
def scores(case: Case) -> None:
    """``score`` returns finite values of its columns, and ``identity`` a text that names the number of trials."""
    outcome = _outcome(case)
    if not _scores(case, outcome):
        raise case.failed("score", "returned no score for the toy outcome", "return a Score for each column")
    identity = output_checks.identity(case.component, case.component.identity(outcome))
    if str(len(outcome.truth.trial)) not in identity and str(2 * len(outcome.truth.trial)) not in identity:
        raise case.failed(
            "identity",
            f"is {identity!r}, without the number of trials",
            'name everything that changes the value, for instance f"{name}/n{len(outcome.truth.trial)}"',
        )


@check("metric")
def direction(case: Case) -> None:
    """Every column is better for a perfect outcome than for noise, in the direction that it declares."""
    perfect, noise = _scores(case, _outcome(case, 1.0)), _scores(case, _outcome(case, 0.0))
    for column in case.component.columns:
        if column.name not in perfect or column.name not in noise:
            continue
        better, worse = perfect[column.name].value, noise[column.name].value
        if not (better > worse if column.better == "higher" else better < worse):
            raise case.failed(
                "columns",
                f"says that {column.better} is better for {column.name!r}, but a perfect outcome has {better:.4g} and "
                f"noise {worse:.4g}",
                f"declare the other direction in Column({column.name!r}, …), or repair score()",
            )


@check("metric")
def hand_cases(case: Case) -> None:
    """``cases`` has three outcomes or more whose scores were worked out by hand, and ``score`` agrees."""
    cases = case.cls.cases()  # type: ignore[attr-defined]
    if not cases:
        raise Skipped("it declares no cases(): return three outcomes with their scores, worked out by hand")
    if len(cases) < CASES:
        raise case.failed("cases", f"returned {len(cases)}", f"return {CASES}, among them a perfect and a useless one")
    for number, (outcome, expected) in enumerate(cases, 1):
        found = _scores(case, outcome)
        for column, value in expected.items():
            if column not in found or abs(found[column].value - value) > EXACT * max(1.0, abs(value)):
                got = f"{found[column].value:.8g}" if column in found else "no score"
                raise case.failed(
                    "score", f"gives {got} for {column!r} of case {number}, worked out as {value:.8g}", "repair one"
                )


@check("metric")
def outcome_unchanged(case: Case) -> None:
    """``score`` does not write into the outcome, which it receives again for every permutation."""
    outcome = _outcome(case)
    with unchanged(case, "score", outcome=outcome):
        _scores(case, outcome)


@check("metric")
def permuted_scores(case: Case) -> None:
    """``permuted_scores`` returns what ``score`` gives for each permuted outcome."""
    outcome, rng = _outcome(case), np.random.default_rng(0)
    orders = [rng.permutation(len(outcome.truth.trial)) for _ in range(3)]
    returned = case.component.permuted_scores(outcome, orders, case.run())
    if not returned:
        raise Skipped("it leaves permutations to the core")
    for column, values in returned.items():
        expected = [_scores(case, outcome.permuted(order))[column].value for order in orders]
        if np.shape(values) != (len(orders),) or not np.allclose(values, expected, rtol=EXACT, atol=EXACT):
            raise case.failed(
                "permuted_scores",
                f"gives {np.asarray(values)} for {column!r}, and score {np.asarray(expected)}",
                "repair it, or leave it out: the core then scores one by one",
            )
