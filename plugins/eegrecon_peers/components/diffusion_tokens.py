"""DreamDiffusion's aligner: tokens with which a diffusion model removes the noise of the seen picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from eegrecon import (
    Aligner,
    Arrays,
    Count,
    Differentiable,
    Encoder,
    Fitted,
    Floats,
    InvalidConfiguration,
    NonNegative,
    Positive,
    Run,
    Signals,
    Targets,
    Training,
)
from eegrecon_brainvis.diffusion.files import STABLE_DIFFUSION


@dataclass(frozen=True)
class DiffusionTokens(Aligner):
    """Linear layers from the encoder's units to tokens, trained through a diffusion model together with the encoder.

    The loss is that of the diffusion model on the seen picture, with its own weights fixed, plus that of the encoder's
    alignment to CLIP, where it has one. Of an encoder without units of time its embedding is the only unit, and its
    weights do not change. Without the diffusion loss, tokens are trained to those of the caption.

    Differs from the source: the cross-attention is fine-tuned afterwards, by the generator ``dreamdiffusion``, and not
    at the same time; ``text`` adds a squared error to the caption's tokens, which the paper has not (0), for short
    trainings on few trials; the epoch of least loss on the validation trials is kept.

    Source: Bai et al., arXiv:2306.16934, sections 3.2 and 3.3; mapper, rate, batch and epochs of the published code
    (code/dc_ldm/ldm_for_eeg.py, code/config.py).

    Weights: ``mapper.*``, ``encoder.*`` if it was trained, ``shape`` (tokens, width).

    Raises:
        InvalidConfiguration: the tokens are not those of the model.
        MissingFiles: the model is not there.
    """

    diffusion: bool = True  # whether the loss of the diffusion model is used
    text: NonNegative = 0.0
    model: str = STABLE_DIFFUSION
    height: Count = 512
    width: Count = 512
    epochs: Count = 500
    batch: Count = 16
    rate: Positive = 5.3e-5
    decay: NonNegative = 0.01

    @classmethod
    def small(cls) -> DiffusionTokens:
        """Return one without a diffusion model."""
        return cls(diffusion=False, epochs=2)

    def reads(self) -> Mapping[str, str]:
        """The digest of the model."""
        from eegrecon_brainvis.diffusion.files import model_digest

        return {"model": model_digest(self.model) if self.diffusion else ""}

    def fit(self, encoder: Fitted[Encoder], data: Training, targets: Targets, run: Run) -> Arrays:
        """Return the weights of the mapper, and of the encoder where it is trained with it."""
        import torch
        from torch import nn
        from torch.nn import functional

        from eegrecon.training import Schedule, arrays_of, with_prefix
        from eegrecon_peers.networks.signals import TokenMapper
        from eegrecon_peers.training.alignment import one_minus_cosine
        from eegrecon_peers.training.denoising import Denoising, train_through

        network = _with_units(encoder, encoder.weights, run)
        units = {id(one): _units_of(encoder, network, one, run) for one in (data.train, data.val)}
        with torch.no_grad():
            first = units[id(data.train)](np.arange(1))
        shape = targets.coarse.shape[1:]
        mapper = TokenMapper(first.shape[1], first.shape[2], shape).to(run.device)
        denoising = Denoising(self.model, (self.height, self.width), run) if self.diffusion else None
        if denoising is not None and denoising.unet.config.cross_attention_dim != shape[1]:
            raise InvalidConfiguration(
                f"the targets have tokens of width {shape[1]}, {self.model} takes tokens of width "
                f"{denoising.unet.config.cross_attention_dim}; set aligner.model to the generator's model"
            )
        latents = None if denoising is None else denoising.latents(data.pictures)
        aim = None
        if network is not None and encoder.component.space:
            aim = torch.from_numpy(encoder.component.embed(encoder.weights, data.pictures, run)).to(run.device)

        def loss_of(trials: Any, rows: Any, draws: torch.Generator) -> torch.Tensor:
            shown = trials.image[rows]
            seen = units[id(trials)](rows)
            tokens, total = mapper(seen), torch.zeros((), device=run.device)
            if denoising is not None and latents is not None:
                total = total + denoising.loss(denoising.unet, latents[shown], tokens, draws)
            if weight := self.text or float(not self.diffusion):
                wanted = targets.coarse[trials.label[rows]] if targets.fine is None else targets.fine[shown]
                caption = torch.from_numpy(np.require(wanted, np.float32, ["C", "W"])).to(run.device)
                total = total + weight * functional.mse_loss(tokens.float(), caption)
            if aim is not None and network is not None:
                total = total + one_minus_cosine(network.embedded(seen), aim[shown])
            return total

        whole = nn.ModuleDict({"mapper": mapper} | ({} if network is None else {"encoder": network}))
        train_through(
            whole, loss_of, data, Schedule(self.epochs, self.batch, self.rate, self.decay), run, "diffusion tokens"
        )
        tuned = {} if network is None else with_prefix("encoder", arrays_of(network))
        return {**with_prefix("mapper", arrays_of(mapper)), **tuned, "shape": np.array(shape)}

    def align(self, weights: Arrays, encoder: Fitted[Encoder], signals: Signals, run: Run) -> Floats:
        """Return conditioning tokens (n, tokens, width)."""
        import torch

        from eegrecon.training import autocast, chunks, load_arrays, without_prefix
        from eegrecon_peers.networks.signals import TokenMapper

        tuned = without_prefix(weights, "encoder")
        network = _with_units(encoder, tuned, run) if tuned else None
        if network is not None:
            network.eval()
        own = without_prefix(weights, "mapper")
        units = own["positions.0.weight"].shape[1]
        mapper = TokenMapper(units, own["widths.weight"].shape[1], tuple(weights["shape"].tolist()))
        load_arrays(mapper, own).to(run.device)
        seen = _units_of(encoder, network, signals, run)
        with torch.inference_mode(), autocast(run):
            tokens = [mapper(seen(rows)).float().cpu().numpy() for rows in chunks(len(signals.trial), self.batch)]
        return np.concatenate(tokens)


def _with_units(encoder: Fitted[Encoder], weights: Arrays, run: Run) -> Any:
    """Return the encoder's network with these weights if it has units of time, else None."""
    if isinstance(encoder.component, Differentiable):
        network = encoder.component.network(_named(encoder, weights)).to(run.device)
        if hasattr(network, "units") and hasattr(network, "embedded"):
            return network
    return None


def _named(encoder: Fitted[Encoder], weights: Arrays) -> Arrays:
    """Return weights as the encoder names them: the tuned ones are those of the network alone."""
    if weights is encoder.weights:
        return weights
    return {**encoder.weights, **{f"network.{name}": value for name, value in weights.items()}}


def _units_of(encoder: Fitted[Encoder], network: Any, signals: Signals, run: Run) -> Any:
    """Return what gives the units of some rows (b, units, width): the network, or the embedding computed once."""
    import torch

    from eegrecon.training import batch_of

    if network is not None:
        return lambda rows: network.units(batch_of(signals, rows, run))
    if not len(signals.trial):
        return None
    shown = Signals(signals.eeg, signals.subject, signals.trial)
    embedding = encoder.component.encode(encoder.weights, shown, run).embedding
    unit = torch.from_numpy(np.require(embedding, np.float32, ["C", "W"])).to(run.device)[:, None]
    return lambda rows: unit[torch.from_numpy(rows)]
