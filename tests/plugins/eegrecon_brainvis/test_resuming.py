"""An interrupted training ends with the weights of an undisturbed one; too large a batch is cut, not fatal."""

from __future__ import annotations

import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from eegrecon import ComponentError, Ints, Training, memory
from eegrecon_brainvis import resuming, training
from eegrecon_brainvis.frequency_branch import FrequencyBranch
from eegrecon_brainvis.resuming import Checkpoints, Course, memory_needed
from eegrecon_brainvis.time_branch import LatentMaskedModel, TimeBranch
from eegrecon_brainvis.training import Schedule, optimise

TIME: dict[str, Any] = {"width": 16, "blocks": 1, "heads": 2, "epochs": 4, "batch": 16, "dropout": 0.3}
LEARNERS = [
    LatentMaskedModel(codewords=8, regressor_blocks=1, **TIME),
    TimeBranch(pretrain=None, **TIME),
    FrequencyBranch(hidden=8, width=8, epochs=4, batch=16),
]


class Interrupted(BaseException):
    """What a signal raises."""


def seeded(run: Any, work: Callable[[], Any]) -> Any:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(run.seed)
        return work()


@pytest.mark.parametrize(("epoch", "step"), [(0, 1), (2, 2), (3, 3)])
@pytest.mark.parametrize("learner", LEARNERS, ids=lambda learner: type(learner).__name__)
def test_an_interrupted_training_gives_the_weights_of_an_undisturbed_one(
    learner: Any, epoch: int, step: int, data: Training, run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.scratch = tmp_path / "undisturbed"
    run.scratch.mkdir()
    whole = seeded(run, lambda: learner.fit(data, run))

    monkeypatch.setattr(resuming, "LEAST", 0.0)
    monkeypatch.setattr(resuming, "SHARE", np.inf)
    run.scratch = tmp_path / "interrupted"
    run.scratch.mkdir()
    keep = Checkpoints.keep

    def interrupting(self: Checkpoints, course: Course, *, last: bool) -> None:
        keep(self, course, last=last)
        if (course.epoch, course.step) == (epoch, step):
            raise Interrupted

    with monkeypatch.context() as patched:
        patched.setattr(Checkpoints, "keep", interrupting)
        with pytest.raises(Interrupted):
            seeded(run, lambda: learner.fit(data, run))
    run.logs.clear()
    resumed = seeded(run, lambda: learner.fit(data, run))

    assert {"epoch": epoch, "step": step} in run.logs, "it began anew"
    assert whole.keys() == resumed.keys()
    for name, value in whole.items():
        np.testing.assert_array_equal(value, resumed[name], err_msg=name)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_leaves_a_checkpoint_of_the_step_it_came_in(
    number: int, data: Training, run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.scratch = tmp_path / "undisturbed"
    run.scratch.mkdir()
    whole = seeded(run, lambda: LEARNERS[0].fit(data, run))
    run.scratch = tmp_path / "interrupted"
    run.scratch.mkdir()
    take, taken = training._Steps.take, []

    def signalled(self: Any, rows: Ints, loss: Callable[[Ints], Tensor]) -> Tensor:
        taken.append(rows)
        if len(taken) == 2:
            signal.raise_signal(number)  # in the middle of a step: nothing of it may be lost or done twice
        return take(self, rows, loss)

    def unwind(_number: int, _frame: object) -> None:
        raise Interrupted

    before = signal.signal(number, unwind)
    try:
        with monkeypatch.context() as patched:
            patched.setattr(training._Steps, "take", signalled)
            with pytest.raises(Interrupted):
                seeded(run, lambda: LEARNERS[0].fit(data, run))
        assert signal.getsignal(number) is unwind
    finally:
        signal.signal(number, before)
    assert len(taken) == 2
    resumed = seeded(run, lambda: LEARNERS[0].fit(data, run))
    assert {"epoch": 0, "step": 2} in run.logs
    for name, value in whole.items():
        np.testing.assert_array_equal(value, resumed[name], err_msg=name)


def test_no_checkpoint_is_written_before_its_time(data: Training, run: Any) -> None:
    LEARNERS[1].fit(data, run)
    assert not list(run.scratch.iterdir())


def least_squares(limit: int, needed: type[BaseException] = RuntimeError) -> tuple[nn.Linear, Callable[[Ints], Tensor]]:
    """A linear model, and its loss, which runs out of memory with more than ``limit`` rows."""
    rng = np.random.default_rng(0)
    x, y = (torch.from_numpy(rng.standard_normal((24, width)).astype(np.float32)) for width in (5, 2))
    network = nn.Linear(5, 2)
    nn.init.zeros_(network.weight)
    nn.init.zeros_(network.bias)

    def loss(rows: Ints) -> Tensor:
        value: Tensor = (network(x[rows]) - y[rows]).square().mean()
        if len(rows) > limit:
            value.backward()  # a part of the gradient is there already when memory runs out
            raise needed("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes")
        return value

    return network, loss


@pytest.mark.parametrize("needed", [RuntimeError, MemoryError, torch.OutOfMemoryError])
def test_a_batch_that_does_not_fit_is_cut_and_learns_the_same(needed: type[BaseException], run: Any) -> None:
    schedule = Schedule(epochs=3, batch=24, rate=1e-2, decay=0.0)
    whole, loss = least_squares(24)
    optimise(whole, loss, 24, schedule, run, "line")
    assert not run.notes
    cut, loss = least_squares(7, needed)
    optimise(cut, loss, 24, schedule, run, "line")
    torch.testing.assert_close(cut.weight, whole.weight, rtol=1e-5, atol=1e-6)
    assert [note.split(": ")[1] for note in run.notes] == [
        "worked on 12 at a time from there on", "worked on 6 at a time from there on",
    ]  # fmt: skip


def test_one_trial_too_much_is_an_error_that_says_what_to_do(run: Any) -> None:
    network, loss = least_squares(1)

    def never(rows: Ints) -> Tensor:
        if len(rows) and torch.is_grad_enabled() and run.notes:
            raise MemoryError
        return loss(rows)

    with pytest.raises(ComponentError, match="memory ran out for a single row of the training of the line on cpu"):
        optimise(network, never, 24, Schedule(1, 24, 1e-2, 0.0), run, "line")


def test_an_error_of_another_kind_is_not_taken_for_lack_of_memory(run: Any) -> None:
    network, _ = least_squares(24)

    def wrong(rows: Ints) -> Tensor:
        if len(rows) > 1:  # the estimate's single row passes
            raise RuntimeError("shapes cannot be multiplied")
        return network(torch.zeros(1, 5)).sum()

    with pytest.raises(RuntimeError, match="shapes"):
        optimise(network, wrong, 24, Schedule(1, 24, 1e-2, 0.0), run, "line")


def test_the_memory_of_a_training_is_that_of_a_case_worked_by_hand(run: Any) -> None:
    network = nn.Sequential(nn.Linear(100, 200), nn.ReLU(), nn.Linear(200, 10))
    generator = torch.Generator().manual_seed(3)
    before = generator.get_state(), torch.get_rng_state()

    def loss(rows: Ints) -> Tensor:
        return network(torch.randn(len(rows), 100, generator=generator) + torch.rand(1)).exp().sum()

    # kept for the backward, float32 per trial: the input (100), what ReLU gave (200), what exp gave (10)
    parameters = 100 * 200 + 200 + 200 * 10 + 10
    assert memory_needed(network, loss, [generator], run) == (4 * (100 + 200 + 10), 3 * 4 * parameters)
    assert torch.equal(generator.get_state(), before[0])
    assert torch.equal(torch.get_rng_state(), before[1])


@pytest.mark.parametrize("microbatch", [5, 8, 100])
def test_gradients_added_up_over_microbatches_are_those_of_the_batch(microbatch: int, run: Any) -> None:
    schedule = Schedule(epochs=3, batch=24, rate=1e-2, decay=0.0)
    whole, loss = least_squares(24)
    optimise(whole, loss, 24, schedule, run, "line")
    cut, loss = least_squares(min(microbatch, 24))
    optimise(cut, loss, 24, replace(schedule, microbatch=microbatch), run, "line")
    torch.testing.assert_close(cut.weight, whole.weight, rtol=1e-5, atol=1e-6)
    assert run.notes == []


def test_a_batch_that_will_not_fit_is_cut_before_and_learns_the_same(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    schedule = Schedule(epochs=3, batch=24, rate=1e-2, decay=0.0)
    whole, loss = least_squares(24)
    optimise(whole, loss, 24, schedule, run, "line")
    cut, loss = least_squares(7)
    row, besides = memory_needed(cut, loss, [], run)
    monkeypatch.setattr(memory, "free_memory", lambda device: besides + 7 * row + 1)
    optimise(cut, loss, 24, schedule, run, "line")
    torch.testing.assert_close(cut.weight, whole.weight, rtol=1e-5, atol=1e-6)
    assert run.notes[0].endswith("are free: worked on 7 at a time")
    monkeypatch.setattr(memory, "free_memory", lambda device: besides)
    with pytest.raises(ComponentError, match="GB of memory with a single row at a time, .* GB are free on cpu"):
        optimise(least_squares(7)[0], loss, 24, schedule, run, "line")


def test_the_best_epoch_is_remembered_over_an_interruption(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resuming, "LEAST", 0.0)
    monkeypatch.setattr(resuming, "SHARE", np.inf)
    weights: list[Tensor] = []

    def fit(risks: list[float]) -> nn.Linear:
        network, loss = least_squares(24)

        def risk() -> tuple[float]:
            weights.append(network.weight.detach().clone())
            if not risks:
                raise Interrupted
            return (risks.pop(0),)

        optimise(network, loss, 24, Schedule(4, 24, 1e-2, 0.0), run, "line", risk=risk)
        return network

    with pytest.raises(Interrupted):
        fit([0.5, 0.1])  # the second epoch is the best
    best = weights[1]
    assert torch.equal(fit([0.3, 0.2]).weight, best)
