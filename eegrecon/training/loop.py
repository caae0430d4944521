"""The fit loop: epochs of steps with progress, checkpoints, mixed precision, and selection on validation trials."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from eegrecon.errors import ComponentError
from eegrecon.interfaces.components import Run
from eegrecon.interfaces.data import Ints, Training
from eegrecon.training.batching import AdaptiveBatches
from eegrecon.training.checkpoints import CheckpointPolicy, Checkpoints, TrainingState
from eegrecon.training.interruption import DeferredSignals
from eegrecon.training.tensors import autocast, chunks

Loss = Callable[[Ints], Tensor]  # rows of the training trials (b,) -> scalar
Risk = Callable[[], tuple[float, ...]]  # figures on validation trials, compared in order; lower is better


@dataclass(frozen=True)
class Schedule:
    """Length and rate of a training with AdamW, which is Adam where ``decay`` is 0.

    Attributes:
        epochs: passes over the training trials.
        batch: trials of a step.
        rate: learning rate.
        decay: weight decay.
        microbatch: trials in memory at a time, with accumulated gradients; 0 for the whole batch.
    """

    epochs: int
    batch: int
    rate: float
    decay: float
    microbatch: int = 0

    @property
    def at_once(self) -> int:
        """Trials in memory at a time."""
        return min(self.microbatch or self.batch, self.batch)


def fit(
    network: nn.Module,
    loss: Loss,
    trials: int,
    schedule: Schedule,
    run: Run,
    about: str,
    *,
    risk: Risk | None = None,
    after_step: Callable[[], None] = lambda: None,
    generators: Sequence[torch.Generator] = (),
    policy: CheckpointPolicy | None = None,
) -> None:
    """Train a network in place and leave it as after the epoch of lowest risk, or the last one without a risk.

    An epoch whose risk is not finite is never the best.

    An interrupted training resumes from its last checkpoint and reaches the same weights. A batch that does not fit
    into memory is divided, and its gradients are accumulated.

    Args:
        network: the network; its parameters that require a gradient are trained.
        loss: the mean loss on some rows of the training trials.
        trials: number of training trials.
        schedule: epochs, batch, rate and decay.
        run: seed of the order of trials, device, precision, progress, scratch folder.
        about: what is trained, for messages.
        risk: figures on validation trials.
        after_step: called after every step.
        generators: torch generators that the loss draws from, besides torch's own.
        policy: how often a checkpoint is written; None for the environment's.

    Raises:
        ComponentError: the loss is not finite, the risk of no epoch is, or memory runs out for a single trial.
    """
    optimizer = Optimizer(network, schedule, run, about)
    rng = np.random.default_rng(run.seed)
    parts = {"network": network, **optimizer.parts}
    policy = policy or CheckpointPolicy.from_environment()
    checkpoints = Checkpoints(about, parts, rng, generators, run, policy)
    state = checkpoints.resume()
    batches = list(chunks(trials, schedule.batch))
    with run.progress(schedule.epochs, f"{about}, epochs") as progress, DeferredSignals() as signals:
        progress.advance(state.epoch)
        for epoch in range(state.epoch + 1, schedule.epochs + 1):
            network.train()
            if not state.step:
                state.order, state.total = torch.from_numpy(rng.permutation(trials)), torch.zeros(())
            for rows in batches[state.step :]:
                state.total = state.total + optimizer.step(state.order.numpy()[rows], loss)
                after_step()
                state.step += 1
                checkpoints.save(state, last=bool(signals.requested))
                signals.deliver()
            state.loss, state.step = float(state.total) / len(batches), 0
            if not math.isfinite(state.loss):
                raise _diverged(state.loss, epoch, schedule, run, about)
            if risk is not None:
                _select(state, risk(), epoch, network)
            state.epoch = epoch
            progress.advance()
    if risk is not None and state.epoch and not state.best_weights:
        raise _unjudged(schedule, run, about)
    if state.best_weights:
        network.load_state_dict(state.best_weights)
    best = state.best[0] if state.best else math.nan
    run.log(about, loss=state.loss, epoch=state.best_epoch or state.epoch, risk=best)


def _diverged(loss: float, epoch: int, schedule: Schedule, run: Run, about: str) -> ComponentError:
    return ComponentError(
        f"the loss became {loss} while training the {about}, epoch {epoch} of {schedule.epochs}; "
        f"lower its rate (now {schedule.rate:g}) or run with --precision fp32 (now {run.precision})"
    )


def _unjudged(schedule: Schedule, run: Run, about: str) -> ComponentError:
    return ComponentError(
        f"the risk of the {about} on the validation trials was finite in none of {schedule.epochs} epochs; lower its "
        f"rate (now {schedule.rate:g}) or run with --precision fp32 (now {run.precision})"
    )


def _select(state: TrainingState, figures: tuple[float, ...], epoch: int, network: nn.Module) -> None:
    """Keep the weights of an epoch if its figures are the best so far."""
    if np.isfinite(figures).all() and (figures < state.best or not state.best_weights):
        weights = {name: tensor.detach().cpu().clone() for name, tensor in network.state_dict().items()}
        state.best, state.best_epoch, state.best_weights = figures, epoch, weights


def validation_risk(data: Training, run: Run, about: str, risk: Risk, *, of_classes: bool = False) -> Risk | None:
    """Return ``risk`` if there are validation trials to take it on; else None, with a note that the last epoch is used.

    Args:
        data: training and validation trials.
        run: receives the note.
        about: what is trained.
        risk: is computed on the validation trials.
        of_classes: whether it needs validation trials of classes that are trained.
    """
    if not len(data.val.label):
        run.note(f"no validation trials: the {about} is that of the last epoch")
    elif of_classes and not np.isin(data.val.label, data.train.label).any():
        run.note(f"no validation trials of trained classes: the {about} is that of the last epoch")
    else:
        return risk
    return None


class Optimizer:
    """AdamW over the trainable parameters of a network, at the run's precision, with accumulated gradients."""

    def __init__(self, network: nn.Module, schedule: Schedule, run: Run, about: str) -> None:
        trained = [parameter for parameter in network.parameters() if parameter.requires_grad]
        self.optimizer = torch.optim.AdamW(trained, lr=schedule.rate, weight_decay=schedule.decay, fused=True)
        self.scaler = torch.amp.GradScaler(torch.device(run.device).type, enabled=run.precision == "fp16")
        self.run = run
        self.batches = AdaptiveBatches(schedule.at_once, f"training of the {about}", run)

    @property
    def parts(self) -> dict[str, Any]:
        """What steps change besides the network."""
        return {"optimiser": self.optimizer, "scaler": self.scaler}

    def step(self, rows: Ints, loss: Loss) -> Tensor:
        """Take one step on a batch (b,) and return its loss."""
        value = self._gradient(rows, loss)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        return value

    def _gradient(self, rows: Ints, loss: Loss) -> Tensor:
        """Compute the gradient of a batch, restarted with smaller pieces where memory runs out; return the loss."""
        total = torch.zeros((), device=self.run.device)

        def add(piece: Ints) -> None:
            total.add_(self._backward(piece, len(rows), loss))

        while True:
            self.optimizer.zero_grad(set_to_none=True)
            total.zero_()
            size = self.batches.size
            if all(self.batches.fits(piece, add) for piece in np.split(rows, range(size, len(rows), size))):
                return total

    def _backward(self, piece: Ints, batch: int, loss: Loss) -> Tensor:
        with autocast(self.run):
            value = loss(piece) * (len(piece) / batch)
        self.scaler.scale(value).backward()  # type: ignore[no-untyped-call]
        return value.detach()
