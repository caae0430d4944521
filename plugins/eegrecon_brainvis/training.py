"""The training loop that all networks of the method share, and their way from trials to tensors.

Which epoch is kept is decided here, on validation trials; the published code decided it on test trials.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from eegrecon import ComponentError, Floats, Ints, Run, Signals, Training, Trials

_AUTOCAST = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


@dataclass(frozen=True)
class Schedule:
    """How long and how fast to train, with AdamW (which is Adam where ``decay`` is 0)."""

    epochs: int
    batch: int
    rate: float
    decay: float


Risk = Callable[[], tuple[float, ...]]


def batch_of(trials: Signals, rows: Ints, run: Run) -> Tensor:
    """Read some trials: rows (b,) -> float32 (b, channels, samples) on the run's device."""
    eeg = np.require(trials.eeg[rows], np.float32, ["C", "W"])
    return torch.from_numpy(eeg).to(run.device)


def chunks(trials: int, size: int) -> Iterator[Ints]:
    """Yield all rows in order, ``size`` at a time."""
    for start in range(0, trials, size):
        yield np.arange(start, min(start + size, trials))


def autocast(run: Run) -> AbstractContextManager[object]:
    """Return the context in which networks compute at the run's precision."""
    half = run.precision != "fp32"
    return torch.autocast(torch.device(run.device).type, _AUTOCAST[run.precision] if half else None, enabled=half)


def optimise(
    network: nn.Module,
    loss: Callable[[Ints], Tensor],
    trials: int,
    schedule: Schedule,
    run: Run,
    about: str,
    *,
    risk: Risk | None = None,
    after: Callable[[], None] = lambda: None,
) -> None:
    """Train a network in place and leave the epoch with the lowest risk in it, or the last one where there is no risk.

    Args:
        network: what is trained: its parameters that take a gradient.
        loss: the loss on some rows of the training trials.
        trials: how many training trials there are.
        schedule: epochs, batch, rate, decay.
        run: seed of the order of trials, precision, progress.
        about: what is trained, for people.
        risk: figures on validation trials, compared in order, lower is better.
        after: called after every step.

    Raises:
        ComponentError: the loss is not finite.
    """
    steps = _Steps(network, schedule, run)
    rng = np.random.default_rng(run.seed)
    best: tuple[float, ...] = ()
    kept: dict[str, Tensor] = {}
    epoch_kept, mean = schedule.epochs, math.nan
    with run.progress(schedule.epochs, about) as bar:
        for epoch in range(1, schedule.epochs + 1):
            network.train()
            order = rng.permutation(trials)
            mean = steps.through([order[rows] for rows in chunks(trials, schedule.batch)], loss, after)
            if not math.isfinite(mean):
                raise ComponentError(
                    f"the loss became {mean} while training the {about}, epoch {epoch} of {schedule.epochs}; "
                    f"lower its rate (now {schedule.rate:g}) or run with --precision fp32 (now {run.precision})"
                )
            if risk is not None and ((figures := risk()) < best or not kept):
                best, epoch_kept, kept = figures, epoch, _snapshot(network)
            bar.advance()
    if kept:
        network.load_state_dict(kept)
    run.log(about, loss=mean, epoch=epoch_kept, risk=best[0] if best else math.nan)


class _Steps:
    """An optimiser over a network, at the run's precision."""

    def __init__(self, network: nn.Module, schedule: Schedule, run: Run) -> None:
        learned = [parameter for parameter in network.parameters() if parameter.requires_grad]
        self.optimiser = torch.optim.AdamW(learned, lr=schedule.rate, weight_decay=schedule.decay, fused=True)
        self.scaler = torch.amp.GradScaler(torch.device(run.device).type, enabled=run.precision == "fp16")
        self.run = run

    def through(self, batches: list[Ints], loss: Callable[[Ints], Tensor], after: Callable[[], None]) -> float:
        """Take a step per batch; return the mean loss."""
        total = torch.zeros((), device=self.run.device)
        for rows in batches:
            with autocast(self.run):
                value = loss(rows)
            self.optimiser.zero_grad(set_to_none=True)
            self.scaler.scale(value).backward()  # type: ignore[no-untyped-call]
            self.scaler.step(self.optimiser)
            self.scaler.update()
            after()
            total += value.detach()
        return float(total) / len(batches)


def _snapshot(network: nn.Module) -> dict[str, Tensor]:
    return {name: tensor.detach().cpu().clone() for name, tensor in network.state_dict().items()}


def apply(network: nn.Module, signals: Signals, batch: int, run: Run) -> tuple[Floats, Floats]:
    """Evaluate a branch or an encoder on all trials: embedding (n, width) and class scores (n, classes), float32."""
    network.eval()
    with torch.inference_mode(), autocast(run):
        made = [network(batch_of(signals, rows, run)) for rows in chunks(signals.eeg.shape[0], batch)]
    embedding, scores = (torch.cat(parts).float().cpu().numpy() for parts in zip(*made, strict=True))
    return embedding, scores


def classifier_risk(network: nn.Module, trials: Trials, batch: int, run: Run) -> tuple[float, float]:
    """Return the share of trials whose best class is wrong, and the cross entropy, which breaks ties."""
    _, scores = apply(network, trials, batch, run)
    logits, labels = torch.from_numpy(scores), torch.from_numpy(trials.label)
    wrong = (logits.argmax(dim=1) != labels).double().mean()
    return float(wrong), float(functional.cross_entropy(logits, labels))


def train_classifier(network: nn.Module, data: Training, schedule: Schedule, run: Run, about: str) -> None:
    """Train (feature, class scores) by cross entropy; keep the epoch of best validation accuracy (ties: least loss)."""
    labels = torch.from_numpy(data.train.label).to(run.device)

    def loss(rows: Ints) -> Tensor:
        _, scores = network(batch_of(data.train, rows, run))
        return functional.cross_entropy(scores, labels[torch.from_numpy(rows).to(run.device)])

    def risk() -> tuple[float, ...]:
        return classifier_risk(network, data.val, schedule.batch, run)

    optimise(network, loss, len(data.train.label), schedule, run, about, risk=validated(data, run, about, risk))


def validated(data: Training, run: Run, about: str, risk: Risk) -> Risk | None:
    """Return ``risk`` if there are validation trials; else None, and say so beside the result."""
    if len(data.val.label):
        return risk
    run.note(f"no validation trials: the {about} is that of the last epoch")
    return None
