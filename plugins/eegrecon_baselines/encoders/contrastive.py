"""What encoders share that learn the embedding of the picture that was seen."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from eegrecon import Count, Floats, Ints, Judge, Run, Training, fitted_to
from eegrecon.training import NetworkEncoder, Recorded

if TYPE_CHECKING:
    from torch import Tensor, nn

SIDE, SEEN = 16, 224  # height and width of a picture whose pixels are its embedding, and of one that a judge embeds


@dataclass(frozen=True)
class ContrastiveEncoder(NetworkEncoder):
    """An encoder trained by InfoNCE: the EEG of a trial is to be nearest to the embedding of its picture.

    A picture's embedding is the layer ``features`` of a judge (``pictures = "clip"``), or its pixels at 16 by 16 where
    there is none, which needs no files; of either the first principal components over the training pictures. The score
    of a class is the cosine to the mean embedding of its training pictures, over the learned temperature.
    """

    width: Count = 256  # principal components, and numbers of the embedding
    pictures: Judge | None = None

    @abstractmethod
    def body(self, recorded: Recorded) -> Any:
        """Return an untrained torch module: EEG (n, channels, samples) -> embedding (n, width)."""

    def build(self, recorded: Recorded) -> Any:
        """Return the network with a temperature and a prototype of each class."""
        from eegrecon_baselines.networks.contrastive import Contrastive

        return Contrastive(self.body(recorded), recorded.classes, self.width)

    def train(self, network: nn.Module, data: Training, run: Run) -> None:
        """Train the network by InfoNCE; the epoch whose prototypes classify the validation trials best is kept."""
        import torch
        from torch.nn.functional import normalize

        from eegrecon.training import Schedule, batch_of, classifier_risk, fit, validation_risk
        from eegrecon_baselines.networks.contrastive import info_nce

        label, about = data.train.label, type(self).__name__
        seen, picture = np.unique(data.train.image, return_inverse=True)
        targets = torch.from_numpy(self._embedded(data, seen, run)[picture]).to(run.device)  # (n, width)
        head: Any = network.get_submodule("1")
        for one in np.unique(label):
            head.prototypes[one] = targets[label == one].mean(dim=0)

        def loss(rows: Ints) -> Tensor:
            embedding, _ = network(batch_of(data.train, rows, run))
            return info_nce(normalize(embedding.float()), normalize(targets[rows]), head.scale())

        def risk() -> tuple[float, ...]:
            return classifier_risk(network, data.val, self.batch, run)

        schedule = Schedule(self.epochs, self.batch, self.rate, self.decay)
        fit(network, loss, len(label), schedule, run, about, risk=validation_risk(data, run, about, risk))

    def _embedded(self, data: Training, rows: Ints, run: Run) -> Floats:
        """Return the principal components of the embeddings of some pictures, float32 (pictures, width)."""
        side = SEEN if self.pictures else SIDE
        pixels = np.stack([fitted_to(data.pictures[int(row)], (side, side)) for row in rows])
        embedded = self.pictures.look(pixels, run)["features"] if self.pictures else pixels.reshape(len(rows), -1)
        values = np.asarray(embedded, np.float64)
        left, length, _ = np.linalg.svd(values - values.mean(axis=0), full_matrices=False)
        components = np.zeros((len(rows), self.width), np.float32)  # fewer pictures than components leave zeros
        kept = min(self.width, len(length))
        components[:, :kept] = left[:, :kept] * length[:kept]
        return components
