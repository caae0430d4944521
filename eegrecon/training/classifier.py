"""Training and evaluation of networks that return an embedding and class scores."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from eegrecon.interfaces.components import Run
from eegrecon.interfaces.data import Floats, Ints, Signals, Training, Trials
from eegrecon.training.batching import AdaptiveBatches
from eegrecon.training.checkpoints import CheckpointPolicy
from eegrecon.training.loop import Schedule, fit, validation_risk
from eegrecon.training.tensors import autocast, batch_of


def predict(network: nn.Module, signals: Signals, batch: int, run: Run) -> tuple[Floats, Floats]:
    """Return the embedding (n, width) and class scores (n, classes) of all trials, float32."""
    network.eval()
    with torch.inference_mode(), autocast(run):
        batches = AdaptiveBatches(batch, "evaluation of the network", run)
        outputs = batches.each(np.arange(signals.eeg.shape[0]), lambda rows: network(batch_of(signals, rows, run)))
    embedding, scores = (torch.cat(parts).float().cpu().numpy() for parts in zip(*outputs, strict=True))
    return embedding, scores


def classifier_risk(network: nn.Module, trials: Trials, batch: int, run: Run) -> tuple[float, float]:
    """Return the share of misclassified trials, and the cross entropy, which breaks ties."""
    _, scores = predict(network, trials, batch, run)
    logits, labels = torch.from_numpy(scores), torch.tensor(trials.label)
    wrong = (logits.argmax(dim=1) != labels).double().mean()
    return float(wrong), float(functional.cross_entropy(logits, labels))


def train_classifier(
    network: nn.Module,
    data: Training,
    schedule: Schedule,
    run: Run,
    about: str,
    *,
    policy: CheckpointPolicy | None = None,
) -> None:
    """Train a network (EEG -> embedding, class scores) by cross entropy, in place.

    The epoch with the best validation accuracy is kept (ties: the least cross entropy).

    Args:
        network: the network.
        data: training and validation trials.
        schedule: epochs, batch, rate and decay.
        run: seed, device, precision, progress.
        about: what is trained, for messages.
        policy: how often a checkpoint is written; None for the environment's.
    """
    labels = torch.tensor(data.train.label, device=run.device)

    def loss(rows: Ints) -> Tensor:
        _, scores = network(batch_of(data.train, rows, run))
        return functional.cross_entropy(scores, labels[torch.from_numpy(rows).to(run.device)])

    def risk() -> tuple[float, ...]:
        return classifier_risk(network, data.val, schedule.batch, run)

    trials, selection = len(data.train.label), validation_risk(data, run, about, risk, of_classes=True)
    fit(network, loss, trials, schedule, run, about, risk=selection, policy=policy)
