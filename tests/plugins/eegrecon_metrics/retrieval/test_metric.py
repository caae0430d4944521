from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from eegrecon import Candidates, ComponentError, Features, InvalidConfiguration, Outcome, Targets
from eegrecon_metrics.retrieval.joint import csls
from eegrecon_metrics.retrieval.metric import Retrieval

CLASSES = ("a", "b", "c", "d")
GALLERIES = [
    Retrieval(),
    Retrieval(detail=True, n=3),
    Retrieval(gallery="concepts", detail=True, n=3),
    Retrieval(gallery="leave-one-out", detail=True, n=3),
    Retrieval(queries="csls"),
    Retrieval(gallery="concepts", queries="sinkhorn"),
]


def outcome(outcome_of: Callable[..., Outcome], tokens: Any, fine: Any, image: Any, **fields: Any) -> Outcome:
    targets = Targets(np.zeros((1, 1, 1)), None if fine is None else np.asarray(fine))
    label = fields.pop("label", [0] * len(tokens))
    return outcome_of(label, CLASSES, image=image, tokens=np.asarray(tokens), targets=targets, **fields)


@pytest.fixture
def twelve(outcome_of: Callable[..., Outcome]) -> Outcome:
    """24 trials of 12 pictures of four classes, with 20 other pictures of them and some of a fifth class."""
    rng = np.random.default_rng(1)
    centre = rng.normal(size=(5, 2, 6))
    of_picture = np.arange(12) % 4
    fine = centre[of_picture] + 0.5 * rng.normal(size=(12, 2, 6))
    fine[8] = fine[0]  # a caption that repeats
    image = np.tile(np.arange(12), 2)
    tokens = fine[image] + 1.5 * rng.normal(size=(24, 2, 6))
    label_of = np.arange(25) % 5
    others = Candidates(centre[label_of] + 0.5 * rng.normal(size=(25, 2, 6)), label_of)
    more = {"label": of_picture[image], "gallery": others, "space": "some-space"}
    return outcome(outcome_of, tokens, fine, image, **more)


def cosine(one: Any, other: Any) -> float:
    return float(np.sum(one * other) / np.linalg.norm(one) / np.linalg.norm(other))


def by_hand(given: Outcome, gallery: str, trial: int) -> tuple[list[float], int]:
    """Return the cosines of a trial with its candidates, and the true one among them, in loops."""
    assert given.tokens is not None
    assert given.targets is not None
    assert given.targets.fine is not None
    truth, fine = given.truth, given.targets.fine
    if gallery == "stimuli":
        shown = sorted(set(truth.image.tolist()))
        return [cosine(given.tokens[trial], fine[one]) for one in shown], shown.index(truth.image[trial])
    found, classes = [], sorted(set(truth.label.tolist()))
    for one in classes:
        if gallery == "concepts":
            assert given.gallery is not None
            mean = given.gallery.values[given.gallery.label == one].mean(axis=0)
        else:
            of_class = sorted(set(truth.image[truth.label == one].tolist()) - {int(truth.image[trial])})
            mean = fine[of_class].mean(axis=0)
        found.append(cosine(given.tokens[trial], mean))
    return found, classes.index(truth.label[trial])


def test_a_case_worked_by_hand(outcome_of: Callable[..., Outcome], run: Any) -> None:
    # Pictures at 0, 90, 180 and 60 degrees. Of trial 0 (at 10 degrees, saw 0) cosines are highest for 0, then 60.
    degrees = np.deg2rad([0, 90, 180, 60])
    fine = np.stack([np.cos(degrees), np.sin(degrees)], axis=1)[:, None]  # (4, 1, 2)
    at = np.deg2rad([10, 80, 10, 100])
    tokens = 3 * np.stack([np.cos(at), np.sin(at)], axis=1)[:, None]
    image = [0, 0, 2, 1]  # ranks: 1; 3 (after 90 and 60); 4; 1
    given = outcome(outcome_of, tokens, fine, image, space="plane")
    scores = Retrieval().score(given, run)
    # no trial saw picture 3, so it is not a candidate: ranks 1, 2, 3, 1 among three
    assert scores["retrieval top-1"].per_trial == pytest.approx([1, 0, 0, 1])
    assert scores["retrieval top-1"].chance == pytest.approx(1 / 3)
    assert (scores["median rank"].value, scores["median rank"].chance) == (1.5, 2.0)
    assert set(scores) == {"retrieval top-1", "median rank"}  # no top-5 of three pictures
    assert Retrieval().identity(given) == "retrieval@plane/tokens-1x2/stimuli-p3/inductive/n4"
    detailed = Retrieval(detail=True, n=2).score(given, run)
    assert detailed["mean reciprocal rank"].value == pytest.approx((1 + 1 / 2 + 1 / 3 + 1) / 4)
    assert detailed["mean reciprocal rank"].chance == pytest.approx((1 + 1 / 2 + 1 / 3) / 3)
    assert detailed["retrieval n-way"].per_trial == pytest.approx([1, 1 / 2, 0, 1])  # of two others
    assert detailed["retrieval n-way"].chance == 0.5


@pytest.mark.parametrize("gallery", ["stimuli", "concepts", "leave-one-out"])
def test_every_gallery_is_what_loops_over_trials_give(twelve: Outcome, run: Any, gallery: Any) -> None:
    metric = Retrieval(gallery=gallery, detail=True, n=3)
    scores = metric.score(twelve, run)
    cosines, true = zip(*(by_hand(twelve, gallery, trial) for trial in range(24)), strict=True)
    values = np.round(np.array(cosines), 12)
    own = values[np.arange(24), true][:, None]
    above, tied = (values > own).sum(axis=1), (values == own).sum(axis=1)
    assert scores["median rank"].per_trial == pytest.approx(above + (tied + 1) / 2)
    first = np.where(above == 0, 1 / tied, 0.0)
    assert scores["retrieval top-1"].per_trial == pytest.approx(first)
    candidates = values.shape[1]
    assert scores["retrieval top-1"].chance == 1 / candidates
    below = candidates - above - tied
    two_way = Retrieval(gallery=gallery, detail=True, n=2).score(twelve, run)["retrieval n-way"]
    assert two_way.per_trial == pytest.approx((below + (tied - 1) / 2) / (candidates - 1))  # ties count half


def test_the_identity_names_space_gallery_and_scoring(twelve: Outcome) -> None:
    found = [metric.identity(twelve) for metric in GALLERIES]
    assert found == [
        "retrieval@some-space/tokens-2x6/stimuli-p12/inductive/n24",
        "retrieval@some-space/tokens-2x6/stimuli-p12/inductive/3-way-k10/n24",
        "retrieval@some-space/tokens-2x6/concepts-c4of20/inductive/3-way-k10/n24",
        "retrieval@some-space/tokens-2x6/leave-one-out-c4of12/inductive/3-way-k10/n24",
        "retrieval@some-space/tokens-2x6/stimuli-p12/csls10-transductive/n24",
        "retrieval@some-space/tokens-2x6/concepts-c4of20/sinkhorn0.05x100-transductive/n24",
    ]
    assert [bool(metric.mark) for metric in GALLERIES] == [False] * 4 + [True] * 2


@pytest.mark.parametrize("metric", GALLERIES, ids=lambda metric: f"{metric.gallery}-{metric.queries}")
def test_permuted_scores_equal_the_scores_of_permuted_outcomes(twelve: Outcome, run: Any, metric: Retrieval) -> None:
    rng = np.random.default_rng(2)
    orders = [rng.permutation(24) for _ in range(20)]
    computed = metric.permuted_scores(twelve, orders, run)
    expected = [metric.score(twelve.permuted(order), run) for order in orders]
    with_chance = {name for name, score in expected[0].items() if score.chance is not None}
    assert computed.keys() == with_chance
    for name, values in computed.items():
        assert values == pytest.approx([one[name].value for one in expected])


def test_joint_scoring_depends_on_the_other_trials_and_single_scoring_does_not(twelve: Outcome, run: Any) -> None:
    some = twelve.take(np.arange(12))  # each picture once, so that the candidates are the same
    whole = {queries: Retrieval(queries=queries).score(twelve, run)["median rank"].per_trial for queries in
             ("single", "csls", "sinkhorn")}  # fmt: skip
    part = {queries: Retrieval(queries=queries).score(some, run)["median rank"].per_trial for queries in whole}
    assert (part["single"] == whole["single"][:12]).all()
    assert any((part[queries] != whole[queries][:12]).any() for queries in ("csls", "sinkhorn"))


def test_csls_ranks_by_the_scaled_likeness(twelve: Outcome, run: Any) -> None:
    cosines = np.array([by_hand(twelve, "stimuli", trial)[0] for trial in range(24)])
    scaled = np.round(csls(cosines), 12)
    own = scaled[np.arange(24), twelve.truth.image][:, None]
    expected = (scaled > own).sum(axis=1) + ((scaled == own).sum(axis=1) + 1) / 2
    assert Retrieval(queries="csls").score(twelve, run)["median rank"].per_trial == pytest.approx(expected)


def test_the_embedding_is_compared_with_pictures_in_the_encoders_space(
    outcome_of: Callable[..., Outcome], run: Any
) -> None:
    embedded = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]])
    features = Features(np.array([[2.0, 0.1], [0.1, -5.0], [-1.0, 0.3]]), None)
    given = outcome_of([0, 1, 2], CLASSES, features=features, embedded=embedded, space="pixels")
    metric = Retrieval(of="embedding")
    assert metric.needs == {"features", "embedded"}
    assert metric.score(given, run)["median rank"].per_trial == pytest.approx([1, 3, 1])
    assert metric.identity(given) == "retrieval@pixels/embedding-2/stimuli-p3/inductive/n3"
    wider = outcome_of([0, 1, 2], CLASSES, features=features, embedded=np.ones((3, 5)))
    with pytest.raises(ComponentError, match=r"embedding \(2,\).*\(5,\).*embed\(\)"):
        metric.score(wider, run)


def test_hubness_is_reported_with_ten_neighbours(twelve: Outcome, run: Any) -> None:
    scores = Retrieval(detail=True).score(twelve, run)
    assert {"hubness", "never retrieved"} <= scores.keys()
    assert scores["hubness"].chance is None
    few = Retrieval(detail=True, gallery="concepts").score(twelve, run)
    assert not {"hubness", "never retrieved"} & few.keys()  # of four candidates


def test_pictures_with_the_same_caption_are_tied(outcome_of: Callable[..., Outcome], run: Any) -> None:
    one, other = [1.0, 0.0], [0.0, 1.0]
    fine = np.array([one, one, other, one])[:, None]
    tokens = np.array([one, other, other, one])[:, None]
    scores = Retrieval().score(outcome(outcome_of, tokens, fine, [0, 1, 2, 3]), run)
    assert scores["retrieval top-1"].per_trial == pytest.approx([1 / 3, 0, 1, 1 / 3])
    assert scores["median rank"].value == 2.0  # mean ranks 2, 3, 1, 2


@pytest.mark.parametrize("queries", ["single", "csls", "sinkhorn"])
def test_random_tokens_are_at_chance(outcome_of: Callable[..., Outcome], run: Any, queries: Any) -> None:
    rng = np.random.default_rng(0)
    fine = rng.normal(size=(50, 2, 8))
    fine[25:40] = fine[0]  # captions that repeat
    image = np.tile(np.arange(50), 60)
    metric = Retrieval(queries=queries, detail=True, n=10)
    scores = metric.score(outcome(outcome_of, rng.normal(size=(3000, 2, 8)), fine, image), run)
    for name in ("retrieval top-1", "retrieval top-5", "retrieval n-way", "mean reciprocal rank"):
        score = scores[name]
        assert score.value == pytest.approx(score.chance, abs=4 * np.std(score.per_trial) / np.sqrt(score.n))
    assert scores["median rank"].value == pytest.approx(25.5, abs=1.5)
    assert scores["median rank"].chance == 25.5


@pytest.mark.parametrize(
    ("metric", "label", "gallery", "text"),
    [
        (Retrieval(), [0, 1], None, "no fine targets"),
        (Retrieval(gallery="concepts"), [0, 1], None, "2 of the 2 classes (a, b) have no other picture"),
        (Retrieval(gallery="concepts"), [0, 1], [1, 1], "1 of the 2 classes (a) have no other picture"),
        (Retrieval(gallery="leave-one-out"), [0, 1], None, "2 of the 2 classes (a, b) have one test picture only"),
        (Retrieval(gallery="leave-one-out"), [1, 1], None, "test pictures of two classes"),
    ],
)
def test_what_cannot_be_compared_leaves_a_note(
    outcome_of: Callable[..., Outcome], run: Any, metric: Retrieval, label: Any, gallery: Any, text: str
) -> None:
    fine = None if "fine" in text else np.eye(2)[:, None]
    others = gallery and Candidates(np.ones((len(gallery), 1, 2)), np.array(gallery))
    given = outcome(outcome_of, np.ones((2, 1, 2)), fine, [0, 1], label=label, gallery=others)
    assert metric.score(given, run) == {}
    assert text in run.notes[0]


@pytest.mark.parametrize("wrong", [{"n": 1}, {"gallery": "leave-one-out", "queries": "csls"}])
def test_contradictory_settings_are_refused(wrong: Any) -> None:
    with pytest.raises(InvalidConfiguration, match="retrieval"):
        Retrieval(**wrong)
