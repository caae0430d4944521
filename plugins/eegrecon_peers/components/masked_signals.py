"""Masked signal modelling, the pre-training of DreamDiffusion's EEG encoder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from eegrecon import Arrays, Count, Fraction, InvalidConfiguration, Learner, NonNegative, Positive, Run, Training
from eegrecon_peers.components.signal_size import SignalFields


@dataclass(frozen=True)
class MaskedSignals(SignalFields, Learner):
    """A masked autoencoder of the EEG, without labels, once for all subjects: it predicts the samples of masked units.

    Differs from the source: it learns from the training trials of the data set alone, where the paper has recordings of
    many other data sets; the rate is constant; no class token.

    Source: Bai et al., arXiv:2306.16934, section 3.1 (He et al., arXiv:2111.06377); sizes, mask, rate, decay, batch and
    epochs of the published code (code/config.py, Config_MBM_EEG).

    Weights: those of the whole autoencoder; ``encoder.*`` are the encoder's.
    """

    scope = "pool"

    mask: Fraction = 0.5  # share of masked units
    decoder_width: Count = 512
    decoder_blocks: Count = 8
    epochs: Count = 500
    batch: Count = 128
    rate: Positive = 2.5e-4
    decay: NonNegative = 0.05

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.mask < 1:
            raise InvalidConfiguration(f"mask {self.mask} masks all units or none; set it between 0 and 1")

    @classmethod
    def small(cls) -> MaskedSignals:
        """Return one of a single narrow block."""
        return cls(
            width=16, blocks=1, heads=2, unit=8, decoder_width=16, decoder_blocks=1, epochs=2, batch=16
        )  # fmt: skip

    def fit(self, data: Training, run: Run) -> Arrays:
        """Return the autoencoder of the last epoch."""
        import torch

        from eegrecon.training import Schedule, arrays_of, batch_of, fit
        from eegrecon_peers.networks.signals import MaskedAutoencoder

        network = MaskedAutoencoder(self.size(data), self.decoder_width, self.decoder_blocks).to(run.device)
        draws = torch.Generator().manual_seed(run.seed)

        def loss(rows: Any) -> Any:
            return network.loss(batch_of(data.train, rows, run), self.mask, draws)

        schedule = Schedule(self.epochs, self.batch, self.rate, self.decay)
        fit(network, loss, len(data.train.label), schedule, run, "masked signal model", generators=[draws])
        return arrays_of(network)
