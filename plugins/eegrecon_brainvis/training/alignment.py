"""Training of the alignment network: targets, losses, and joint training of the encoder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from eegrecon import Arrays, Encoder, Fitted, Floats, Ints, Run, Signals, Training, Trials
from eegrecon.training import Schedule, autocast, batch_of, chunks, fit, load_arrays, validation_risk
from eegrecon_brainvis.networks.alignment import AlignmentNetwork

Source = Callable[[Ints], tuple[Tensor, Tensor]]  # rows -> embedding (b, width), class scores (b, classes)


@dataclass(frozen=True, eq=False)
class AlignmentTargets:
    """The targets of the tokens; at least one of the two is given."""

    coarse: Floats | None  # (classes, tokens, width)
    fine: Floats | None  # (pictures, tokens, width)
    squared: float  # weight of a mean squared error

    def of(self, trials: Trials, rows: Ints) -> list[Floats]:
        """Return the targets of some trials, each (b, tokens * width)."""
        both = ((self.coarse, trials.label), (self.fine, trials.image))
        return [target[which[rows]].reshape(len(rows), -1) for target, which in both if target is not None]

    def loss(self, tokens: Tensor, trials: Trials, rows: Ints) -> Tensor:
        """Return the sum over targets of 1 - cosine, plus the squared error where it has a weight."""
        total = tokens.new_zeros(())
        for target in self.of(trials, rows):
            wanted = torch.from_numpy(np.require(target, np.float32, ["C", "W"])).to(tokens.device)
            total = total + 1 - functional.cosine_similarity(tokens.float(), wanted, dim=1).mean()
            if self.squared:
                total = total + self.squared * functional.mse_loss(tokens.float(), wanted)
        return total

    def length(self, trials: Trials) -> float:
        """Return the mean euclidean length of the targets of all trials, each flattened."""
        lengths = []
        for target, which in ((self.coarse, trials.label), (self.fine, trials.image)):
            if target is not None:
                used, times = np.unique(which, return_counts=True)
                lengths.append(np.repeat([np.linalg.norm(np.asarray(target[row], np.float64)) for row in used], times))
        return float(np.mean(lengths))


def features_of(encoder: Fitted[Encoder], signals: Signals, run: Run) -> tuple[Floats, Floats]:
    """Return embedding (n, width) and class scores (n, classes); no classes for an encoder that does not classify."""
    features = encoder.component.encode(encoder.weights, signals, run)
    logits = np.zeros((len(features.embedding), 0), np.float32) if features.logits is None else features.logits
    return features.embedding, logits


def tokens_of(weights: Arrays, embedding: Floats, scores: Floats, batch: int, run: Run) -> Floats:
    """Return flattened tokens (n, tokens * width), float32."""
    wide, inputs = weights["layers.0.weight"].shape
    network = AlignmentNetwork(inputs, (wide, len(weights["layers.1.bias"])), len(weights["output.bias"]))
    load_arrays(network, weights).to(run.device).eval()
    with torch.inference_mode(), autocast(run):
        tokens = [
            network(_tensor(embedding[rows], run), _tensor(scores[rows], run)) for rows in chunks(len(scores), batch)
        ]
    return torch.cat(tokens).float().cpu().numpy()


def _tensor(values: Floats, run: Run) -> Tensor:
    return torch.from_numpy(np.require(values, np.float32, ["C", "W"])).to(run.device)


def _source(encoder: Fitted[Encoder], network: nn.Module | None, trials: Trials, run: Run) -> Source:
    """Return the inputs of the alignment network: from the encoder's network, or from features computed once."""
    if network is not None:
        return lambda rows: network(batch_of(trials, rows, run))
    embedding, scores = (_tensor(values, run) for values in features_of(encoder, trials.signals(), run))
    return lambda rows: (embedding[torch.from_numpy(rows)], scores[torch.from_numpy(rows)])


def train_alignment(
    encoder: Fitted[Encoder],
    network: nn.Module | None,
    data: Training,
    targets: AlignmentTargets,
    widths: tuple[int, int],
    schedule: Schedule,
    run: Run,
) -> AlignmentNetwork:
    """Return a trained alignment network; ``network`` (the encoder's), if given, is trained with it, in place."""
    sources = {id(trials): _source(encoder, network, trials, run) for trials in (data.train, data.val)}
    outputs = targets.of(data.train, np.arange(1))[0].shape[1]
    with torch.inference_mode():
        inputs = sum(array.shape[1] for array in sources[id(data.train)](np.arange(1)))
    alignment = AlignmentNetwork(inputs, widths, outputs).to(run.device)
    whole = nn.ModuleDict({"alignment": alignment} | ({} if network is None else {"encoder": network}))

    def loss(rows: Ints, trials: Trials = data.train) -> Tensor:
        return targets.loss(alignment(*sources[id(trials)](rows)), trials, rows)

    def risk() -> tuple[float, ...]:
        whole.eval()
        with torch.inference_mode(), autocast(run):
            parts = [loss(rows, data.val) * len(rows) for rows in chunks(len(data.val.label), schedule.batch)]
        return (float(torch.stack(parts).sum()) / len(data.val.label),)

    about = "aligner"
    fit(whole, loss, len(data.train.label), schedule, run, about, risk=validation_risk(data, run, about, risk))
    return alignment
