"""Each audit on evidence made by hand, where the answer is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from eegrecon import (
    Circumstances,
    Column,
    Evidence,
    Features,
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
from eegrecon_audits.copies import Copies, nearest
from eegrecon_audits.determinism import Determinism
from eegrecon_audits.drift import BlockDesign, Drift, wandering, whitened
from eegrecon_audits.explained import Explained
from eegrecon_audits.linear_baseline import LinearBaseline
from eegrecon_audits.overlap import PictureOverlap, TrialOverlap
from eegrecon_audits.sample_size import SampleSize
from eegrecon_audits.touches import Touches, best_of

KNOWN = Circumstances(configurations=1)
SELECTED = Circumstances(notes=("selected on test",))
CLASSES = ("red", "green", "blue")
SFREQ = 100.0


def pictures(count: int, salt: int = 0) -> list[np.ndarray]:
    return [np.random.default_rng([salt, i]).integers(0, 255, (8, 8, 3)).astype(np.uint8) for i in range(count)]


def some(eeg: np.ndarray, rows: np.ndarray, label: np.ndarray, order: np.ndarray | None, **more: Any) -> Trials:
    given = {"subject": np.ones(len(rows), int), "image": np.arange(len(rows)), **more}
    block = None if order is None else order[rows] // 30
    return Trials(
        eeg[rows], given["subject"], rows, label[rows], given["image"], block, None if order is None else order[rows]
    )


def evidence(
    eeg: np.ndarray, label: np.ndarray, order: np.ndarray | None, features: Features | None = None
) -> Evidence:
    """Every fifth trial tests, every tenth validates; the pool is the subject's own training."""
    n = np.arange(len(eeg))
    test, val = n[n % 5 == 4], n[n % 10 == 3]
    train = np.setdiff1d(n, [*test, *val])
    montage = Montage(tuple(map(str, range(eeg.shape[1]))), SFREQ, 0.0, "uV")
    training = Training(
        some(eeg, train, label, order), some(eeg, val, label, order, image=np.arange(len(val)) + len(train)),
        pictures(len(train) + len(val)), None, CLASSES, montage,
    )  # fmt: skip
    tested = some(eeg, test, label, order)
    shown = pictures(len(test), 1)
    recordings = Recordings(training, training, tested, shown, None, None)
    outcome = Outcome(
        truth=tested, classes=CLASSES, synsets=None, features=features, tokens=None, targets=None,
        reference=np.stack(shown), generated=None, reference_views={}, generated_views=None,
    )  # fmt: skip
    return Evidence(recordings, np.arange(len(test)), outcome, {})


def white(n: int = 300, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((n, 4, 100)).astype(np.float32)


BLOCKS = np.repeat([0, 1, 2, 1, 0, 2, 0, 2, 1, 0], 30)[:300]  # classes in blocks of thirty
MIXED = np.random.default_rng(9).permutation(np.arange(300) % 3)
ORDER = np.arange(300)


def ask(audit: Any, run: PlainRun, *given: Evidence, known: Circumstances = KNOWN) -> tuple[str, str]:
    opinion = audit.conclude([audit.measure(one, run) for one in given], known)
    return opinion.verdict, opinion.evidence


# --- overlap -------------------------------------------------------------------------------------------------------


def test_trials_apart_pass(run: PlainRun) -> None:
    assert ask(TrialOverlap(), run, evidence(white(), MIXED, ORDER))[0] == "PASS"


def test_a_trial_that_was_filed_twice_is_found_by_its_content(run: PlainRun) -> None:
    eeg = white()
    eeg[0] = eeg[4]  # 0 trains, 4 tests
    verdict, said = ask(TrialOverlap(), run, evidence(eeg, MIXED, ORDER))
    assert verdict == "FAIL"
    assert said.startswith("of 60 test trials, found by number or content: 1 among the training trials, 0 among")


def test_an_overlap_in_the_pool_alone_is_found(run: PlainRun) -> None:
    given = evidence(white(), MIXED, ORDER)
    pool = replace(given.recordings.pool, val=given.recordings.test)
    recordings = replace(given.recordings, pool=pool)
    assert ask(TrialOverlap(), run, replace(given, recordings=recordings))[0] == "FAIL"


def test_validation_on_test_is_expected_where_the_protocol_says_so(run: PlainRun) -> None:
    given = evidence(white(), MIXED, ORDER)
    training = replace(given.recordings.training, val=given.recordings.test)
    given = replace(given, recordings=replace(given.recordings, training=training, pool=training))
    assert ask(TrialOverlap(), run, given)[0] == "FAIL"
    assert ask(TrialOverlap(), run, given, known=SELECTED)[0] == "WARN"


@pytest.mark.parametrize(("who", "expected"), [(1, "FAIL"), (2, "WARN")])
def test_a_picture_seen_in_training_is_worse_if_by_the_same_person(run: PlainRun, who: int, expected: str) -> None:
    given = evidence(white(), MIXED, ORDER)
    pool = given.recordings.pool
    subject = pool.train.subject.copy()
    subject[7] = who
    repeated = [*pool.pictures[:7], given.recordings.pictures[2], *pool.pictures[8:]]
    pool = replace(pool, pictures=repeated, train=replace(pool.train, subject=subject))
    given = replace(given, recordings=replace(given.recordings, pool=pool))
    verdict, said = ask(PictureOverlap(), run, given)
    assert verdict == expected
    assert said.startswith("of 60 test trials, 1 show")


def test_pictures_apart_pass(run: PlainRun) -> None:
    assert ask(PictureOverlap(), run, evidence(white(), MIXED, ORDER))[0] == "PASS"


# --- drift ---------------------------------------------------------------------------------------------------------


def drifting(strength: float, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    walk = np.cumsum(rng.standard_normal((300, 4)), axis=0)
    return white(seed=seed) + np.float32(strength) * walk[:, :, None].astype(np.float32)


def test_a_block_design_lets_time_tell_the_class_and_a_mixed_one_does_not(run: PlainRun) -> None:
    verdict, said = ask(BlockDesign(), run, evidence(white(), BLOCKS, ORDER))
    assert verdict == "WARN"
    assert "60 share a block with training trials of their class" in said
    assert ask(BlockDesign(), run, evidence(white(), MIXED, ORDER))[0] == "PASS"


def test_without_times_nothing_is_told(run: PlainRun) -> None:
    for audit in (BlockDesign(), Drift()):
        assert ask(audit, run, evidence(white(), BLOCKS, None))[0] == "inconclusive"


@pytest.mark.parametrize(
    ("eeg", "label", "expected"),
    [
        (drifting(0.1), BLOCKS, ("FAIL", "the EEG drifts, and the time of recording tells the class")),
        (drifting(0.1), MIXED, ("PASS", "the EEG drifts, but the time of recording does not tell the class")),
        (white(), BLOCKS, ("PASS", "no drift is seen")),
        (white(), MIXED, ("PASS", "no drift is seen")),
    ],
)
def test_drift_fails_where_it_tells_the_class(
    run: PlainRun, eeg: np.ndarray, label: np.ndarray, expected: tuple[str, str]
) -> None:
    verdict, said = ask(Drift(), run, evidence(eeg, label, ORDER))
    assert (verdict, said.partition(":")[0]) == expected


def test_a_drift_of_power_is_found_though_the_slow_part_is_filtered_away(run: PlainRun) -> None:
    time = np.arange(100) / SFREQ
    carrier = np.sin(2 * np.pi * 20 * time).astype(np.float32)
    strength = np.exp(0.5 * np.sin(ORDER / 25)).astype(np.float32)  # slow change of a rhythm at 20 Hz
    phase = np.random.default_rng(2).choice([-1, 1], 300).astype(np.float32)
    eeg = white() + (2 * strength * phase)[:, None, None] * carrier
    eeg -= eeg.mean(axis=2, keepdims=True)
    verdict, said = ask(Drift(), run, evidence(eeg, BLOCKS, ORDER))
    assert verdict == "FAIL"
    assert "slow 1.0" in said or "slow 0.9" in said


def test_a_class_response_alone_is_no_drift(run: PlainRun) -> None:
    eeg = white() + 3 * BLOCKS[:, None, None].astype(np.float32)  # as strong as you like, but the same in every trial
    verdict, said = ask(Drift(), run, evidence(eeg, BLOCKS, ORDER))
    assert verdict == "PASS"
    assert "below 5 Hz alone it decodes 1.000 of the classes" in said


def p_value(features: np.ndarray, block: np.ndarray, rng: np.random.Generator) -> float:
    seen, drawn = wandering(features, np.arange(len(features)), block, rng)
    return (1 + np.count_nonzero(drawn >= seen)) / (len(drawn) + 1)


def test_independent_trials_have_uniform_p_values() -> None:
    rng = np.random.default_rng(5)
    block = np.repeat([0, 1, 2], 20)
    values = np.asarray([p_value(rng.standard_normal((60, 5)) + 9 * block[:, None], block, rng) for _ in range(200)])
    assert np.mean(values < 0.05) == pytest.approx(0.05, abs=0.05)  # 3 standard errors of .015
    assert np.mean(values) == pytest.approx(0.5, abs=0.06)


def test_the_statistic_is_the_sum_of_squared_partial_sums() -> None:
    rng = np.random.default_rng(6)
    features, when, block = rng.standard_normal((40, 3)), rng.permutation(40), np.repeat([0, 1], 20)
    own = whitened(features, block)
    by_hand = sum(
        np.square(np.cumsum(own[block == one][np.argsort(when[block == one])], axis=0)).sum() for one in (0, 1)
    )
    seen, drawn = wandering(features, when, block, rng)
    assert seen == pytest.approx(by_hand)
    total = sum(np.square(own[block == one]).sum() for one in (0, 1))  # sampling without replacement, t of m = 20:
    expected = sum(total * t * (20 - t) / (20 * 19) for t in range(1, 20))
    assert drawn.mean() == pytest.approx(expected, rel=0.05)


def test_whitened_features_are_uncorrelated_and_of_variance_one() -> None:
    mixed = np.random.default_rng(7).standard_normal((80, 6)) @ np.random.default_rng(8).standard_normal((6, 6))
    own = whitened(mixed, np.repeat([0, 1], 40))
    assert own.T @ own / 80 == pytest.approx(np.eye(6), abs=1e-9)


def test_a_walk_far_below_the_noise_is_found() -> None:
    rng = np.random.default_rng(9)
    noise = rng.standard_normal((600, 30)) @ rng.standard_normal((30, 30))  # spatially correlated, as in EEG
    walk = np.cumsum(rng.standard_normal(600))[:, None] * rng.standard_normal(30)
    block = np.repeat(np.arange(12), 50)
    assert p_value(noise + 0.2 * walk, block, rng) < 0.01
    assert p_value(noise, block, rng) > 0.01


def test_runs_of_one_block_count_once(run: PlainRun) -> None:
    """Two of the held-out blocks follow a block of their class by chance: many trials, but no more than luck."""
    label, order = BLOCKS, ORDER
    given = evidence(white(), label, order)
    everyone = np.arange(300)
    test = np.flatnonzero((order // 30) % 2 == 1)
    train = np.setdiff1d(everyone, test)
    training = replace(given.recordings.training, train=some(white(), train, label, order))
    recordings = replace(given.recordings, training=training, test=some(white(), test, label, order))
    verdict, said = ask(BlockDesign(), run, replace(given, recordings=recordings))
    assert verdict == "PASS"
    assert "0.000 (by the block)" in said
    assert said.endswith("0 share a block with training trials of their class")


# --- baselines and explanations ------------------------------------------------------------------------------------


def rhythmic(classes: np.ndarray) -> np.ndarray:
    time = np.arange(100) / SFREQ
    rhythm = np.stack([np.sin(2 * np.pi * f * time) for f in (2, 10, 20)])  # each class has its own
    phase = np.random.default_rng(3).choice([-1, 1], len(classes))
    return (white(len(classes)) + phase[:, None, None] * rhythm[classes][:, None]).astype(np.float32)


def sure(label: np.ndarray) -> Features:
    return Features(np.eye(3)[label], np.eye(3)[label])


def test_band_power_is_a_line_to_beat(run: PlainRun) -> None:
    easy, hard, truth = rhythmic(MIXED), white(), MIXED[4::5]
    wrong = sure((truth + 1) % 3)
    assert ask(LinearBaseline(), run, evidence(hard, MIXED, ORDER, sure(truth)))[0] == "PASS"
    verdict, said = ask(LinearBaseline(), run, evidence(easy, MIXED, ORDER, sure(truth)))
    assert verdict == "WARN"  # nobody is better than perfect
    assert "logistic regression on band power 1.000, difference +0.000" in said
    assert ask(LinearBaseline(), run, evidence(easy, MIXED, ORDER, wrong))[0] == "FAIL"
    assert (
        ask(LinearBaseline(), run, evidence(easy, MIXED, ORDER, Features(np.ones((60, 1)), None)))[0]
        == "inconclusive"
    )


@dataclass(frozen=True)
class Colour(Metric):
    """Identification with the judge's class scores as probabilities."""

    needs = frozenset({"generated"})
    columns = (Column("identification", "higher"), Column("FID", "lower"))
    judge: None = None

    def identity(self, outcome: Outcome) -> str:
        return "colour"

    def score(self, outcome: Outcome, run: Any) -> Mapping[str, Score]:
        assert outcome.generated_views is not None
        hit = outcome.generated_views["logits"][np.arange(len(outcome.truth.label)), outcome.truth.label]
        apart = float(np.square(outcome.generated_views["features"].mean(axis=0) - outcome.reference_views["features"].mean(axis=0)).sum())
        return {"identification": Score(float(hit.mean()), len(hit), hit, 0.1), "FID": Score(apart, len(hit))}


def judged(hits: Sequence[float], drawn: Sequence[float], ceiling: float) -> Evidence:
    """Class scores such that identification is ``drawn``, on true pictures ``ceiling``; ``hits`` are decoded."""
    n = len(hits)
    label = np.arange(n) % 3
    guessed = np.where(np.asarray(hits) > 0, label, (label + 1) % 3)
    base = evidence(white(5 * n), np.repeat(label, 5), None, sure(guessed))
    seen = {"logits": np.full((n, 3), ceiling), "features": np.random.default_rng(4).standard_normal((n, 2))}
    made = {"logits": np.repeat(np.asarray(drawn)[:, None], 3, axis=1), "features": seen["features"] + 3.0}
    test = replace(base.recordings.test, label=label)
    outcome = replace(base.outcome, truth=test, reference_views=seen, generated_views=made, generated=base.outcome.reference[:, None])
    recordings = replace(base.recordings, test=test)
    return replace(base, recordings=recordings, outcome=outcome, scored={"colour": Scored(Colour(), outcome)})


def test_identification_is_explained_by_accuracy_times_the_ceiling(run: PlainRun) -> None:
    hits = [1.0] * 30 + [0.0] * 30
    verdict, said = ask(Explained(), run, judged(hits, [0.8] * 30 + [0.0] * 30, 0.9))
    assert verdict == "WARN"
    assert "identification 0.400; accuracy 0.500 x judge's score on true pictures 0.900, and chance for the" in said
    assert "explain 0.500; beyond that -0.100" in said  # .5 x .9 + .5 x .1
    assert ask(Explained(), run, judged(hits, [0.9] * 50 + [0.0] * 10, 0.9))[0] == "PASS"


def test_what_is_identified_by_luck_is_no_more_than_the_class(run: PlainRun) -> None:
    misses = [0.0] * 60
    assert ask(Explained(), run, judged(misses, [0.1] * 60, 0.9))[0] == "WARN"


def test_generated_pictures_of_the_training_set_are_copies(run: PlainRun) -> None:
    given = evidence(white(), MIXED, ORDER)
    own = np.stack(pictures(60, 2))[:, None]
    copied = own.copy()
    copied[:6, 0] = np.stack(given.recordings.training.pictures[:6])
    for made, expected in ((own, "PASS"), (copied, "FAIL"), (copied[6:], "PASS"), (copied[5:], "WARN")):
        assert ask(Copies(), run, replace(given, outcome=replace(given.outcome, generated=made)))[0] == expected
    assert ask(Copies(), run, given)[0] == "inconclusive"


def test_the_distance_to_the_nearest_picture_is_a_root_mean_square() -> None:
    dark, grey = np.zeros((2, 32, 32, 3), np.uint8), np.full((1, 32, 32, 3), 7, np.uint8)
    assert nearest(grey, dark) == pytest.approx([7.0])
    assert nearest(dark, np.concatenate([grey, dark[:1]])) == pytest.approx([0.0, 0.0], abs=1e-6)


def test_an_fid_that_true_pictures_get_too_is_owed_to_their_number(run: PlainRun) -> None:
    verdict, said = ask(SampleSize(), run, judged([1.0] * 60, [1.0] * 60, 1.0))
    assert verdict == "PASS"
    assert "FID 18.0 at n 60 with 2 features" in said
    few = ask(SampleSize(), run, judged([1.0] * 2, [1.0] * 2, 1.0))
    assert few[0] == "inconclusive"


def test_the_best_of_some_equal_ones_stands_above_them() -> None:
    assert best_of(1) == 0
    assert best_of(2) == pytest.approx(1 / np.sqrt(np.pi))
    assert best_of(3) == pytest.approx(1.5 / np.sqrt(np.pi))
    drawn = np.random.default_rng(0).standard_normal((20_000, 40)).max(axis=1).mean()
    assert best_of(40) == pytest.approx(drawn, abs=0.02)


def test_many_configurations_on_one_test_set_are_a_warning(run: PlainRun) -> None:
    verdicts = [ask(Touches(), run, known=Circumstances(configurations=count))[0] for count in (1, 20, 30)]
    assert verdicts == ["PASS", "PASS", "WARN"]
    assert ask(Touches(), run, known=Circumstances())[0] == "inconclusive"


@pytest.mark.parametrize(
    ("remade", "expected"),
    [
        (None, "inconclusive"),
        ({"encoder": 0.0, "score.fid": 0.0}, "PASS"),
        ({"encoder": 1e-9, "score.fid": 0.0}, "WARN"),
        ({"encoder": 1e-9, "score.fid": 1e-6}, "FAIL"),
    ],
)
def test_a_second_making_tells(run: PlainRun, remade: dict[str, float] | None, expected: str) -> None:
    assert ask(Determinism(), run, known=Circumstances(repeat_differences=remade))[0] == expected
