"""The linear reader: what each of the four reads, and what chooses among them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from eegrecon import MissingFiles, Training
from eegrecon.testing import PlainRun
from eegrecon_baselines.encoders.linear_reader import READERS, LinearReader

NONE, CLEAR = 0.0, 1.0


def accuracies(
    world: Any, data: Training, evoked: float, induced: float, run: PlainRun
) -> tuple[str, dict[str, float]]:
    """Return the name of the best reader, and the accuracy of every one on other trials."""
    reader, test = LinearReader(), world.trials(300, evoked, induced, seed=12)
    weights = reader.fit(data, run)
    assert reader.fitted(weights) == READERS
    logits = {name: reader.read(weights, name, test.signals()).logits for name in READERS}
    chosen = reader.chosen(weights)
    assert np.array_equal(reader.encode(weights, test.signals(), run).logits, logits[chosen])
    return chosen, {name: float(np.mean(scores.argmax(axis=1) == test.label)) for name, scores in logits.items()}


@pytest.mark.parametrize(
    ("evoked", "induced", "best", "blind"),
    [
        (0.2, 0.0, {"evoked", "evoked+power"}, {"band-power", "covariance"}),
        (0.0, 1.0, {"band-power", "covariance", "evoked+power"}, {"evoked"}),
    ],
)
def test_a_reader_reads_what_it_looks_at_and_the_best_is_chosen(
    world: Any, run: PlainRun, evoked: float, induced: float, best: set[str], blind: set[str]
) -> None:
    chosen, accuracy = accuracies(world, world.training(evoked, induced), evoked, induced, run)
    assert chosen in best
    assert min(accuracy[name] for name in best) > 0.7
    assert max(accuracy[name] for name in blind) < 0.6  # chance .333


def test_without_a_trace_every_reader_is_at_chance(world: Any, run: PlainRun) -> None:
    _, accuracy = accuracies(world, world.training(NONE, NONE), NONE, NONE, run)
    assert max(accuracy.values()) < 1 / 3 + 4 * np.sqrt(2 / 9 / 300)  # four standard errors


def test_the_validation_trials_choose_the_reader(world: Any, run: PlainRun) -> None:
    """Training trials have both traces, validation trials one of them."""
    data = world.training(0.5, CLEAR)
    for evoked, induced, best in ((0.5, NONE, {"evoked", "evoked+power"}), (NONE, CLEAR, {"band-power", "covariance"})):
        val = replace(data.val, eeg=world.eeg(data.val.label, evoked, induced, seed=13))
        reader = LinearReader()
        assert reader.chosen(reader.fit(replace(data, val=val), run)) in best


def test_without_validation_trials_some_training_trials_choose(world: Any, run: PlainRun) -> None:
    data = world.training(0.5, NONE, n=200, val=0)
    chosen, accuracy = accuracies(world, data, 0.5, NONE, run)
    assert chosen.startswith("evoked")
    assert accuracy[chosen] > 0.7


def test_a_single_reader_is_the_same_alone_and_among_the_four(world: Any, run: PlainRun) -> None:
    data, signals = world.training(0.5, CLEAR), world.trials(30, 0.5, CLEAR, seed=12).signals()
    every = LinearReader()
    weights = every.fit(data, run)
    for name in READERS:
        one = LinearReader(name)  # type: ignore[arg-type]
        alone = one.encode(one.fit(data, run), signals, run)
        among = every.read(weights, name, signals)
        assert np.array_equal(alone.logits, among.logits)
        assert np.array_equal(alone.embedding, among.embedding)


@pytest.mark.usefixtures("without_pyriemann")
def test_without_pyriemann_three_readers_work_and_a_note_names_the_extra(world: Any, run: PlainRun) -> None:
    reader, data = LinearReader(), world.training(0.5, NONE)
    weights = reader.fit(data, run)
    assert reader.fitted(weights) == ("band-power", "evoked", "evoked+power")
    (note,) = run.notes
    assert "covariance" in note
    assert "eegrecon[riemann]" in note
    with pytest.raises(MissingFiles, match=r"covariance.*pyriemann.*eegrecon\[riemann\]"):
        LinearReader("covariance").fit(data, run)
    (best,), (alone,) = LinearReader().check(), LinearReader("covariance").check()
    assert (best.ok, alone.ok) == (True, False)


def test_a_choice_without_pyriemann_is_not_that_with_it(request: pytest.FixtureRequest) -> None:
    """So that a run after it was installed trains again."""
    best, single = LinearReader(), LinearReader("evoked")
    described = [(best.reads(), single.reads())]
    request.getfixturevalue("without_pyriemann")
    described.append((best.reads(), single.reads()))
    assert described[0][0] != described[1][0]
    assert described[0][1] == described[1][1]
