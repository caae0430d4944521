"""The fit loop: selection, resuming, signals, and batches that do not fit into memory."""

from __future__ import annotations

import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from eegrecon import ComponentError, Ints
from eegrecon.testing import PlainRun
from eegrecon.training import CheckpointPolicy, Schedule, fit

SCHEDULE = Schedule(epochs=3, batch=24, rate=1e-2, decay=0.0)
ALWAYS = CheckpointPolicy(interval=0.0, share=float("inf"))


class Interrupted(BaseException):
    """What a signal raises."""


def least_squares(limit: int, error: type[BaseException] = RuntimeError) -> tuple[nn.Linear, Callable[[Ints], Tensor]]:
    """A linear model, and its loss, which runs out of memory with more than ``limit`` rows."""
    rng = np.random.default_rng(0)
    x, y = (torch.from_numpy(rng.standard_normal((24, width)).astype(np.float32)) for width in (5, 2))
    network = nn.Linear(5, 2)
    nn.init.zeros_(network.weight)
    nn.init.zeros_(network.bias)

    def loss(rows: Ints) -> Tensor:
        value: Tensor = (network(x[rows]) - y[rows]).square().mean()
        if len(rows) > limit:
            value.backward()  # a part of the gradient is there when memory runs out
            raise error("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes")
        return value

    return network, loss


@pytest.mark.parametrize("error", [RuntimeError, MemoryError, torch.OutOfMemoryError])
def test_a_batch_that_does_not_fit_is_divided_and_learns_the_same(error: type[BaseException], run: PlainRun) -> None:
    whole, loss = least_squares(24)
    fit(whole, loss, 24, SCHEDULE, run, "line")
    assert not run.notes
    divided, loss = least_squares(7, error)
    fit(divided, loss, 24, SCHEDULE, run, "line")
    torch.testing.assert_close(divided.weight, whole.weight, rtol=1e-5, atol=1e-6)
    assert len(run.notes) == 2
    assert "12" in run.notes[0]
    assert "6" in run.notes[1]


def test_memory_that_runs_out_for_one_trial_is_an_error_with_a_remedy(run: PlainRun) -> None:
    network, loss = least_squares(0)
    with pytest.raises(ComponentError, match="memory ran out .* single row .* line on cpu.*--device"):
        fit(network, loss, 24, SCHEDULE, run, "line")


def test_another_error_is_not_taken_for_lack_of_memory(run: PlainRun) -> None:
    network, _ = least_squares(24)

    def wrong(rows: Ints) -> Tensor:
        raise RuntimeError("shapes cannot be multiplied")

    with pytest.raises(RuntimeError, match="shapes"):
        fit(network, wrong, 24, SCHEDULE, run, "line")


@pytest.mark.parametrize("microbatch", [5, 8, 100])
def test_gradients_accumulated_over_microbatches_are_those_of_the_batch(microbatch: int, run: PlainRun) -> None:
    whole, loss = least_squares(24)
    fit(whole, loss, 24, SCHEDULE, run, "line")
    divided, loss = least_squares(min(microbatch, 24))
    fit(divided, loss, 24, replace(SCHEDULE, microbatch=microbatch), run, "line")
    torch.testing.assert_close(divided.weight, whole.weight, rtol=1e-5, atol=1e-6)
    assert run.notes == []


def test_a_loss_that_is_not_finite_is_an_error_with_epoch_and_rate(run: PlainRun) -> None:
    network, loss = least_squares(24)
    with pytest.raises(ComponentError, match=r"nan while training the line, epoch 1 of 3.*0\.01.*fp32"):
        fit(network, lambda rows: loss(rows) * float("nan"), 24, SCHEDULE, run, "line")


def test_the_epoch_of_least_risk_is_kept(run: PlainRun) -> None:
    network, loss = least_squares(24)
    risks, weights = iter([0.5, 0.1, 0.3]), []

    def risk() -> tuple[float]:
        weights.append(network.weight.detach().clone())
        return (next(risks),)

    fit(network, loss, 24, SCHEDULE, run, "line", risk=risk)
    assert torch.equal(network.weight, weights[1])


def test_the_best_epoch_survives_an_interruption(run: PlainRun) -> None:
    weights: list[Tensor] = []

    def trained(risks: list[float]) -> nn.Linear:
        network, loss = least_squares(24)

        def risk() -> tuple[float]:
            weights.append(network.weight.detach().clone())
            if not risks:
                raise Interrupted
            return (risks.pop(0),)

        fit(network, loss, 24, replace(SCHEDULE, epochs=4), run, "line", risk=risk, policy=ALWAYS)
        return network

    with pytest.raises(Interrupted):
        trained([0.5, 0.1])  # the second epoch is the best
    best = weights[1]
    assert torch.equal(trained([0.3, 0.2]).weight, best)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_leaves_a_checkpoint_of_the_step_in_which_it_came(number: int, run: PlainRun, tmp_path: Path) -> None:
    schedule = replace(SCHEDULE, batch=8)
    whole, loss = least_squares(24)
    fit(whole, loss, 24, schedule, run, "line")
    steps = []

    def unwind(_number: int, _frame: object) -> None:
        raise Interrupted

    network, loss = least_squares(24)

    def signalled(rows: Ints) -> Tensor:
        steps.append(rows)
        if len(steps) == 2:
            signal.raise_signal(number)  # within a step: none of it may be lost or done twice
        return loss(rows)

    before = signal.signal(number, unwind)
    try:
        with pytest.raises(Interrupted):
            fit(network, signalled, 24, schedule, run, "line")
        assert signal.getsignal(number) is unwind
    finally:
        signal.signal(number, before)
    assert len(steps) == 2
    resumed, loss = least_squares(24)
    run.logs.clear()
    fit(resumed, loss, 24, schedule, run, "line")
    assert run.logs[0][1] == {"epoch": 0, "step": 2}
    assert torch.equal(resumed.weight, whole.weight)


def cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def flipped(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


@pytest.mark.parametrize("damage", [cut, flipped, lambda content: b"", lambda content: content[:16]])
def test_a_training_with_a_damaged_checkpoint_starts_again(
    damage: Callable[[bytes], bytes], run: PlainRun, tmp_path: Path
) -> None:
    def trained(limit: int | None) -> Tensor:
        network, loss = least_squares(24)
        steps: list[Ints] = []

        def interrupted(rows: Ints) -> Tensor:
            steps.append(rows)
            if len(steps) == limit:
                raise Interrupted
            return loss(rows)

        fit(network, interrupted, 24, replace(SCHEDULE, batch=8), run, "line", policy=ALWAYS)
        return network.weight

    with pytest.raises(Interrupted):
        trained(5)
    (checkpoint,) = run.scratch.glob("*.pt")
    checkpoint.write_bytes(damage(checkpoint.read_bytes()))
    again = trained(None)
    assert len(run.notes) == 1
    checkpoint.unlink()
    assert torch.equal(again, trained(None))


@pytest.mark.parametrize(
    ("text", "interval", "share"), [("0", 0.0, float("inf")), ("60", 60.0, 1.0), (None, 10.0, 0.05)]
)
def test_the_environment_sets_how_often_a_checkpoint_is_written(
    text: str | None, interval: float, share: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    if text is None:
        monkeypatch.delenv("EEGRECON_CHECKPOINT_SECONDS", raising=False)
    else:
        monkeypatch.setenv("EEGRECON_CHECKPOINT_SECONDS", text)
    assert CheckpointPolicy.from_environment() == CheckpointPolicy(interval, share)


@pytest.mark.parametrize("first", [float("nan"), float("inf")])
def test_an_epoch_whose_risk_is_not_finite_is_never_the_best(first: float, run: PlainRun) -> None:
    network, loss = least_squares(24)
    risks, weights = iter([first, 0.1, 0.3]), []

    def risk() -> tuple[float, float]:
        weights.append(network.weight.detach().clone())
        return (0.0, next(risks))

    fit(network, loss, 24, SCHEDULE, run, "line", risk=risk)
    assert torch.equal(network.weight, weights[1])


def test_a_training_whose_risk_is_never_finite_is_an_error(run: PlainRun) -> None:
    network, loss = least_squares(24)
    with pytest.raises(ComponentError, match=r"risk of the line.* 3 epochs.*0\.01.*fp32"):
        fit(network, loss, 24, SCHEDULE, run, "line", risk=lambda: (float("nan"),))
