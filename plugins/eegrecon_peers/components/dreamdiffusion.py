"""DreamDiffusion's encoder: pre-trained by masked signal modelling, aligned to CLIP's embedding of the picture."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np

from eegrecon import (
    Arrays,
    Count,
    Encoder,
    Features,
    Floats,
    InvalidConfiguration,
    Judge,
    NonNegative,
    Pictures,
    Positive,
    Run,
    Signals,
    Training,
    part,
    picture_features,
)
from eegrecon_metrics.judges.clip_vision import ClipVision
from eegrecon_peers.components.masked_signals import MaskedSignals
from eegrecon_peers.components.signal_size import SignalFields


@dataclass(frozen=True)
class DreamDiffusionEncoder(SignalFields, Encoder):
    """EEG to the embedding of the seen picture: one minus the cosine, of what differs from the mean training picture.

    The score of a class is the cosine to the mean embedding of its training pictures. Without CLIP alignment the
    encoder stays as it was pre-trained, its embedding is the mean unit, and there are no class scores.

    Differs from the source: it trains this alignment by itself, and with the diffusion model's loss in the aligner,
    where both are added up; the mean picture is subtracted, without which all embeddings have nearly one direction;
    classes are read from the embedding, where the paper has none; the epoch of least loss on the validation trials is
    kept.

    Source: Bai et al., arXiv:2306.16934, sections 3.1 and 3.3 (Eq. 4); rate, batch and epochs of the published code.

    Weights: ``network.*``, ``centre`` of the pictures' embeddings.
    """

    pretrain: MaskedSignals | None = part("masked signal modelling", default=MaskedSignals(), without=None)
    clip: bool = part("CLIP alignment")
    pictures: Judge = field(default=ClipVision())
    side: Count = 224  # pixels per side of the pictures that the judge sees
    epochs: Count = 500
    batch: Count = 16
    rate: Positive = 5.3e-5
    decay: NonNegative = 0.01

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in [item.name for item in fields(SignalFields)] if self.pretrain is not None else ():
            own, other = getattr(self, name), getattr(self.pretrain, name)
            if own != other:
                raise InvalidConfiguration(
                    f"the encoder has {name} {own}, its pre-training {name} {other}; "
                    f"set {name} and pretrain.{name} to the same value"
                )
        if self.pretrain is None and not self.clip:
            raise InvalidConfiguration("without pretrain and clip the encoder learns nothing; keep one of them")

    @classmethod
    def small(cls) -> DreamDiffusionEncoder:
        """Return one of a single narrow block."""
        return cls(
            width=16, blocks=1, heads=2, unit=8, pretrain=MaskedSignals.small(), pictures=ClipVision.small(), side=32,
            epochs=2,
        )  # fmt: skip

    def fit(self, data: Training, run: Run) -> Arrays:
        """Return the weights of the encoder, trained on one subject."""
        import torch

        from eegrecon.training import Schedule, arrays_of, batch_of, load_arrays, with_prefix, without_prefix
        from eegrecon_peers.networks.signals import AlignedEncoder
        from eegrecon_peers.training.alignment import one_minus_cosine
        from eegrecon_peers.training.denoising import train_through

        seen = np.unique(data.train.image)
        embedded = self._embedded(data.pictures, seen, run)
        centre = embedded.mean(axis=0)
        network = AlignedEncoder(self.size(data), len(centre), len(data.classes))
        if self.pretrain is not None:
            load_arrays(network.encoder, without_prefix(run.fitted(self.pretrain), "encoder"))
        network.to(run.device)
        if self.clip:
            shown = np.unique(data.val.image)
            aim = torch.zeros(len(data.pictures), len(centre), device=run.device)
            for rows, values in ((seen, embedded), (shown, self._embedded(data.pictures, shown, run))):
                aim[torch.from_numpy(rows)] = torch.from_numpy(values - centre).to(run.device)
            for one in np.unique(data.train.label):
                of_class = torch.from_numpy(data.train.image[data.train.label == one])
                network.prototypes[one] = aim[of_class].mean(dim=0)

            def loss_of(trials: Any, rows: Any, draws: torch.Generator) -> torch.Tensor:
                embedding, _ = network(batch_of(trials, rows, run))
                return one_minus_cosine(embedding, aim[torch.from_numpy(trials.image[rows])])

            schedule = Schedule(self.epochs, self.batch, self.rate, self.decay)
            train_through(network, loss_of, data, schedule, run, "CLIP alignment")
        return {**with_prefix("network", arrays_of(network)), "centre": centre}

    def encode(self, weights: Arrays, signals: Signals, run: Run) -> Features:
        """Return the predicted embedding and class scores, or the mean unit alone without CLIP alignment."""
        from eegrecon.training import predict
        from eegrecon_peers.networks.signals import MeanUnit

        network = self.network(weights)
        if self.clip:
            return Features(*predict(network.to(run.device), signals, self.batch, run))
        embedding, _ = predict(MeanUnit(network).to(run.device), signals, self.batch, run)
        return Features(embedding, None)

    def network(self, weights: Arrays) -> Any:
        """Return the torch module with these weights."""
        from eegrecon.training import load_arrays, without_prefix
        from eegrecon_peers.networks.signals import AlignedEncoder

        own = without_prefix(weights, "network")
        classes, width = own["prototypes"].shape
        return load_arrays(AlignedEncoder(self.stored_size(without_prefix(own, "encoder")), width, classes), own)

    def embed(self, weights: Arrays, pictures: Pictures, run: Run) -> Floats:
        """Return pictures in the space of the embedding, (pictures, width)."""
        if not self.clip:
            return super().embed(weights, pictures, run)
        found = self._embedded(pictures, np.arange(len(pictures)), run) - weights["centre"]
        return np.asarray(found, np.float32)

    @property
    def space(self) -> str:
        """What embeds pictures; none without CLIP alignment."""
        return f"{self.pictures.identity}-centred" if self.clip else ""

    def _embedded(self, pictures: Pictures, rows: Any, run: Run) -> Any:
        if not len(rows):
            return np.zeros((0, 1), np.float32)
        return np.asarray(picture_features(self.pictures, pictures, rows, run, self.side), np.float32)
