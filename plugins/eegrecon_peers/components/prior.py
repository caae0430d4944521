"""From an encoder's embedding to the embedding of the picture, by a diffusion prior."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from eegrecon import (
    Aligner,
    Arrays,
    Count,
    Encoder,
    Fitted,
    Floats,
    Fraction,
    NonNegative,
    Positive,
    Run,
    Signals,
    Targets,
    Training,
    part,
)

_NOISE = 3  # distinguishes the noise of the prior from a generator's


@dataclass(frozen=True)
class DiffusionPrior(Aligner):
    """Embeddings of pictures drawn by a small diffusion model, given the EEG's embedding.

    Embeddings of EEG and of pictures (of class names, where pictures have none) are standardised by the training
    trials. In a tenth of the trials of a step there is no condition, so that guidance can extrapolate. Noise is drawn
    for the seed and is the same for all trials, so that an embedding depends on the EEG alone. Without the prior a
    linear layer predicts the embedding, by the same steps and with squared error.

    Differs from the source: standardised embeddings, which sampling clips at 3; a constant rate, where the published
    one warms up and falls; the epoch with the least loss on the validation trials.

    Source: Li et al., arXiv:2403.07721, section 2.3; sizes, steps, guidance and epochs as in the published code
    (dongyangli-del/EEG_Image_decode, Generation/diffusion_prior.py).

    Weights: ``network.*``, ``mean``, ``deviation`` of the EEG's embedding; ``centre``, ``spread`` of the pictures';
    ``shape`` (tokens, width).
    """

    prior: bool = part("diffusion prior")
    widths: tuple[Count, ...] = (1024, 512, 256, 128, 64)
    dropout: Fraction = 0.1
    dropped: Fraction = 0.1  # trials of a step without condition
    steps: Count = 50
    guidance: NonNegative = 5.0
    epochs: Count = 150
    batch: Count = 1024
    rate: Positive = 1e-3
    decay: NonNegative = 0.0

    @classmethod
    def small(cls) -> DiffusionPrior:
        """Return one of two narrow layers."""
        return cls(widths=(16, 8), steps=3, epochs=2, batch=16)

    def fit(self, encoder: Fitted[Encoder], data: Training, targets: Targets, run: Run) -> Arrays:
        """Return the prior of the epoch with the least loss on the validation trials."""
        import torch
        from torch.nn import functional

        from eegrecon.training import Schedule, arrays_of, with_prefix
        from eegrecon_peers.networks.prior import schedule
        from eegrecon_peers.training.denoising import train_through

        views = {id(one): self._view(encoder, one.signals(), run) for one in (data.train, data.val)}
        aims = {id(one): _aim(targets, one) for one in (data.train, data.val)}
        (mean, deviation), (centre, spread) = (_scale(known[id(data.train)]) for known in (views, aims))

        def tensors(known: dict[int, Any], middle: Any, width: Any) -> dict[int, torch.Tensor]:
            return {key: _tensor((value - middle) / width, run) for key, value in known.items()}

        view, aim = tensors(views, mean, deviation), tensors(aims, centre, spread)
        network = self._network(len(centre), len(mean)).to(run.device)
        noising = schedule()

        def loss_of(trials: Any, rows: Any, draws: torch.Generator) -> torch.Tensor:
            given, clean = view[id(trials)][rows], aim[id(trials)][rows]
            if not self.prior:
                return functional.mse_loss(network(given), clean)
            noise = torch.randn(clean.shape, generator=draws).to(run.device)
            when = torch.randint(noising.config.num_train_timesteps, (len(rows),), generator=draws).to(run.device)
            kept = (torch.rand(len(rows), generator=draws) >= self.dropped).float().to(run.device)
            return functional.mse_loss(network(noising.add_noise(clean, noise, when), when, given, kept), noise)

        plan = Schedule(self.epochs, self.batch, self.rate, self.decay)
        train_through(network, loss_of, data, plan, run, "diffusion prior")
        scales = {"mean": mean, "deviation": deviation, "centre": centre, "spread": spread}
        return {**with_prefix("network", arrays_of(network)), **scales, "shape": np.array(targets.coarse.shape[1:])}

    def align(self, weights: Arrays, encoder: Fitted[Encoder], signals: Signals, run: Run) -> Floats:
        """Return the drawn embeddings (n, tokens, width)."""
        import torch

        from eegrecon.training import load_arrays, without_prefix
        from eegrecon_peers.networks.prior import sampled

        view = (self._view(encoder, signals, run) - weights["mean"]) / weights["deviation"]
        width = len(weights["centre"])
        network = load_arrays(self._network(width, view.shape[1]), without_prefix(weights, "network"))
        network.to(run.device).eval()
        with torch.inference_mode():
            if self.prior:
                drawn = np.random.default_rng([run.seed, _NOISE]).standard_normal((self.steps + 1, 1, width))
                noise = _tensor(drawn, run).expand(-1, len(view), -1)
                found = sampled(network, _tensor(view, run), noise, self.steps, self.guidance)
            else:
                found = network(_tensor(view, run))
        flat = found.float().cpu().numpy() * weights["spread"] + weights["centre"]
        return np.asarray(flat, np.float32).reshape(len(flat), *weights["shape"])

    def _network(self, width: int, condition: int) -> Any:
        from torch import nn

        from eegrecon_peers.networks.prior import PriorNetwork

        if not self.prior:
            return nn.Linear(condition, width)
        return PriorNetwork(width, condition, self.widths, self.dropout)

    def _view(self, encoder: Fitted[Encoder], signals: Signals, run: Run) -> Any:
        if not len(signals.trial):
            return np.zeros((0, 1))
        return np.asarray(encoder.component.encode(encoder.weights, signals, run).embedding, np.float64)


def _aim(targets: Targets, trials: Any) -> Any:
    """Return the embedding of each trial's picture, (n, tokens * width)."""
    source, rows = (targets.coarse, trials.label) if targets.fine is None else (targets.fine, trials.image)
    return np.asarray(source[rows], np.float64).reshape(len(rows), int(np.prod(source.shape[1:])))


def _scale(values: Any) -> tuple[Any, Any]:
    deviation = values.std(axis=0)
    return values.mean(axis=0), np.where(deviation > 0, deviation, 1.0)


def _tensor(values: Any, run: Run) -> Any:
    import torch

    return torch.from_numpy(np.require(values, np.float32, ["C", "W"])).to(run.device)
