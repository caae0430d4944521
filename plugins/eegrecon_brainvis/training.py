"""The training loop that all networks of the method share, and their way from trials to tensors.

Which epoch is kept is decided here, on validation trials; the published code decided it on test trials.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from eegrecon import ComponentError, Floats, Ints, Leaving, Pieces, Rows, Run, Signals, Training, Trials
from eegrecon_brainvis.resuming import Checkpoints, memory_needed

_AUTOCAST = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


@dataclass(frozen=True)
class Schedule:
    """How long and how fast to train, with AdamW (which is Adam where ``decay`` is 0).

    ``microbatch`` rows of a batch are in memory at a time and their gradients are added up; 0: the whole batch.
    """

    epochs: int
    batch: int
    rate: float
    decay: float
    microbatch: int = 0

    @property
    def at_once(self) -> int:
        """Rows in memory at a time."""
        return min(self.microbatch or self.batch, self.batch)


Risk = Callable[[], tuple[float, ...]]


def batch_of(trials: Signals, rows: Ints, run: Run) -> Tensor:
    """Read some trials: rows (b,) -> float32 (b, channels, samples) on the run's device."""
    return tensor_of(trials.eeg, rows, run)


def tensor_of(eeg: Rows, rows: Ints, run: Run) -> Tensor:
    """Read some rows (b,) of EEG: float32 (b, channels, samples) on the run's device."""
    return torch.from_numpy(np.require(eeg[rows], np.float32, ["C", "W"])).to(run.device)


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
    generators: Sequence[torch.Generator] = (),
) -> None:
    """Train a network in place and leave the epoch with the lowest risk in it, or the last one where there is no risk.

    An interrupted training goes on from its last checkpoint, to the same weights; where it can, it leaves one behind
    after the step at which it was interrupted. A batch that does not fit into memory is cut into pieces whose
    gradients are added up.

    Args:
        network: what is trained: its parameters that take a gradient.
        loss: the loss on some rows of the training trials.
        trials: how many training trials there are.
        schedule: epochs, batch, rate, decay.
        run: seed of the order of trials, precision, progress.
        about: what is trained, for people.
        risk: figures on validation trials, compared in order, lower is better.
        after: called after every step.
        generators: what the loss draws from, besides torch's own generator.

    Raises:
        ComponentError: the loss is not finite, or a single trial is too much for the memory.
    """
    steps = _Steps(network, schedule, run, about)
    rng = np.random.default_rng(run.seed)
    row, besides = memory_needed(network.train(), loss, generators, run)
    needed = steps.pieces.plan(row, besides)
    checkpoints = Checkpoints(about, {"network": network, **steps.parts}, rng, generators, run)
    course = checkpoints.resumed()
    batches = list(chunks(trials, schedule.batch))
    with (
        run.progress(schedule.epochs, f"{about}, epochs (about {needed / 1e9:.2g} GB of memory)") as bar,
        Leaving() as leaving,
    ):
        bar.advance(course.epoch)
        for epoch in range(course.epoch + 1, schedule.epochs + 1):
            network.train()
            if not course.step:
                course.order, course.total = torch.from_numpy(rng.permutation(trials)), torch.zeros(())
            for rows in batches[course.step :]:
                course.total = course.total + steps.take(course.order.numpy()[rows], loss)
                after()
                course.step += 1
                checkpoints.keep(course, last=bool(leaving.asked))
                leaving.now()
            course.mean, course.step = float(course.total) / len(batches), 0
            if not math.isfinite(course.mean):
                raise ComponentError(
                    f"the loss became {course.mean} while training the {about}, epoch {epoch} of {schedule.epochs}; "
                    f"lower its rate (now {schedule.rate:g}) or run with --precision fp32 (now {run.precision})"
                )
            if risk is not None and ((figures := risk()) < course.best or not course.kept):
                course.best, course.epoch_kept, course.kept = figures, epoch, _snapshot(network)
            course.epoch = epoch
            bar.advance()
    if course.kept:
        network.load_state_dict(course.kept)
    risk_kept = course.best[0] if course.best else math.nan
    run.log(about, loss=course.mean, epoch=course.epoch_kept or course.epoch, risk=risk_kept)


class _Steps:
    """An optimiser over a network, at the run's precision."""

    def __init__(self, network: nn.Module, schedule: Schedule, run: Run, about: str) -> None:
        learned = [parameter for parameter in network.parameters() if parameter.requires_grad]
        self.optimiser = torch.optim.AdamW(learned, lr=schedule.rate, weight_decay=schedule.decay, fused=True)
        self.scaler = torch.amp.GradScaler(torch.device(run.device).type, enabled=run.precision == "fp16")
        self.run = run
        self.pieces = Pieces(schedule.at_once, f"training of the {about}", run)

    @property
    def parts(self) -> dict[str, Any]:
        """What changes by taking steps, besides the network."""
        return {"optimiser": self.optimiser, "scaler": self.scaler}

    def take(self, rows: Ints, loss: Callable[[Ints], Tensor]) -> Tensor:
        """Take a step on a batch; return its loss."""
        value = self._gradient(rows, loss)
        self.scaler.step(self.optimiser)
        self.scaler.update()
        return value

    def _gradient(self, rows: Ints, loss: Callable[[Ints], Tensor]) -> Tensor:
        """Leave the gradient of a batch in the parameters; return its loss. Begins anew where memory ran out."""
        total = torch.zeros((), device=self.run.device)

        def add(piece: Ints) -> None:
            total.add_(self._backward(piece, len(rows), loss))

        while True:
            self.optimiser.zero_grad(set_to_none=True)
            total.zero_()
            size = self.pieces.size
            if all(self.pieces.fits(piece, add) for piece in np.split(rows, range(size, len(rows), size))):
                return total

    def _backward(self, piece: Ints, batch: int, loss: Callable[[Ints], Tensor]) -> Tensor:
        with autocast(self.run):
            value = loss(piece) * (len(piece) / batch)
        self.scaler.scale(value).backward()  # type: ignore[no-untyped-call]
        return value.detach()


def _snapshot(network: nn.Module) -> dict[str, Tensor]:
    return {name: tensor.detach().cpu().clone() for name, tensor in network.state_dict().items()}


def apply(network: nn.Module, signals: Signals, batch: int, run: Run) -> tuple[Floats, Floats]:
    """Evaluate a branch or an encoder on all trials: embedding (n, width) and class scores (n, classes), float32."""
    network.eval()
    with torch.inference_mode(), autocast(run):
        pieces = Pieces(batch, "evaluation of the network", run)
        made = pieces.each(np.arange(signals.eeg.shape[0]), lambda rows: network(batch_of(signals, rows, run)))
    embedding, scores = (torch.cat(parts).float().cpu().numpy() for parts in zip(*made, strict=True))
    return embedding, scores


def classifier_risk(network: nn.Module, trials: Trials, batch: int, run: Run) -> tuple[float, float]:
    """Return the share of trials whose best class is wrong, and the cross entropy, which breaks ties."""
    _, scores = apply(network, trials, batch, run)
    logits, labels = torch.from_numpy(scores), torch.tensor(trials.label)
    wrong = (logits.argmax(dim=1) != labels).double().mean()
    return float(wrong), float(functional.cross_entropy(logits, labels))


def train_classifier(network: nn.Module, data: Training, schedule: Schedule, run: Run, about: str) -> None:
    """Train (feature, class scores) by cross entropy; keep the epoch of best validation accuracy (ties: least loss)."""
    labels = torch.tensor(data.train.label, device=run.device)

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
