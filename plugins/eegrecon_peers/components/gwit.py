"""GWIT: the name of the predicted class as prompt, and a control branch that reads the EEG itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from eegrecon import (
    Aligner,
    Arrays,
    Conditions,
    Count,
    Encoder,
    Fitted,
    InvalidConfiguration,
    NonNegative,
    Pixels,
    Positive,
    Run,
    Targets,
    Training,
    part,
)
from eegrecon_peers.components.diffusion_model import SHAPES, SteeredGenerator


@dataclass(frozen=True)
class Gwit(SteeredGenerator):
    """Stable Diffusion prompted with a class name, whose skip connections a copy of its encoder changes by the EEG.

    The branch (ControlNet) and the convolutions that make a map of the EEG are trained on the pictures of the training
    trials, prompted with the names of their true classes; everything else is fixed. The class of a test trial is that
    of the encoder, in the paper the LSTM of EEGCVPR40 on raw data (``encoder = "lstm"``).

    Differs from the source: a branch is of one subject, without the published layer of the subject; the epoch with the
    least loss on the validation trials is kept; a prompt is the class name without further words.

    Source: Lopez et al., "Guess what I think", arXiv:2410.02780, section II (ControlNet: Zhang et al.,
    arXiv:2302.05543); widths as in the published code. Rate, epochs and batch are ours.

    Weights: ``branch.*``, ``channels``.
    """

    prompt: bool = part("class prompt")
    control: bool = part("EEG control branch")
    widths: tuple[Count, ...] = (320, 640, 1280, 2560)  # of the convolutions over time
    epochs: Count = 100
    batch: Count = 16
    rate: Positive = 1e-5
    decay: NonNegative = 0.01

    def __post_init__(self) -> None:
        super().__post_init__()
        if not (self.prompt or self.control):
            raise InvalidConfiguration("without prompt and control nothing steers a picture; keep one of them")

    @classmethod
    def small(cls) -> Gwit:
        """Return one on the model of the embedded world."""
        return cls(
            model=SHAPES, height=32, width=32, guidance=1.0, scheduler="dpm", steps=2, widths=(8, 96),
            epochs=2, batch=24, rate=1e-3,
        )  # fmt: skip

    @property
    def needs(self) -> frozenset[Literal["tokens", "label", "signals"]]:
        """The class for the prompt, the EEG for the branch."""
        needed: dict[Literal["tokens", "label", "signals"], bool] = {"label": self.prompt, "signals": self.control}
        return frozenset(need for need, used in needed.items() if used)

    def fit(
        self, encoder: Fitted[Encoder], aligner: Fitted[Aligner] | None, data: Training, targets: Targets, run: Run
    ) -> Arrays:
        """Return the trained branch; nothing where it is removed."""
        import torch

        from eegrecon.training import Schedule, arrays_of, batch_of, with_prefix
        from eegrecon_brainvis.diffusion.loading import text_tower
        from eegrecon_peers.networks.steered import Steered
        from eegrecon_peers.training.denoising import Denoising, train_through

        if not self.control:
            return {}
        denoising = Denoising(self.model, self.size, run)
        names = data.classes if self.prompt else ("",) * len(data.classes)
        tokens = torch.from_numpy(text_tower(self.model, run).embed(names, len(names), run)).to(run.device)
        latents = denoising.latents(data.pictures)
        channels = data.train.eeg.shape[1]
        branch = self._branch(denoising.unet, channels, denoising.shape[1:], data.train.eeg).to(run.device)
        steered = Steered(denoising.unet, branch)

        def loss_of(trials: Any, rows: Any, draws: torch.Generator) -> torch.Tensor:
            steered.condition = batch_of(trials, rows, run)
            return denoising.loss(steered, latents[trials.image[rows]], tokens[trials.label[rows]], draws)

        schedule = Schedule(self.epochs, self.batch, self.rate, self.decay)
        train_through(branch, loss_of, data, schedule, run, "control branch")
        return {**with_prefix("branch", arrays_of(branch)), "channels": np.array(channels)}

    def generate(
        self, weights: Arrays, conditions: Conditions, classes: Sequence[str], samples: int, run: Run
    ) -> Pixels:
        """Return uint8 (n, samples, height, width, 3)."""
        from eegrecon.training import batch_of, load_arrays, without_prefix
        from eegrecon_brainvis.diffusion.loading import diffusion
        from eegrecon_brainvis.diffusion.sampling import Sampler
        from eegrecon_peers.networks.steered import Steered

        if not self.prompt:
            classes, conditions = ("",), replace(conditions, label=np.zeros(len(conditions.trial), np.int64))
        settings, signals = self.cascade(tokens=False).settings(), conditions.signals
        if not self.control or signals is None:
            return Sampler(settings, classes, run).pictures(conditions, samples)
        unet = diffusion(self.model, run).from_noise.unet
        factor = diffusion(self.model, run).from_noise.vae_scale_factor
        branch = self._branch(unet, int(weights["channels"]), (self.height // factor, self.width // factor))
        load_arrays(branch, without_prefix(weights, "branch")).to(run.device, unet.dtype).eval()
        steered = Steered(unet, branch)

        def before(rows: Any) -> None:
            steered.condition = batch_of(signals, rows, run).to(unet.dtype)

        return Sampler(settings, classes, run, steered, before).pictures(conditions, samples)

    def _branch(self, unet: Any, channels: int, size: Any, eeg: Any = None) -> Any:
        from eegrecon_peers.networks.control import ControlBranch

        return ControlBranch(unet, channels, self.widths, size, eeg)
