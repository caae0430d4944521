"""What encoders share that learn the embedding of the picture that was seen."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from eegrecon import Count, Ints, Judge, Run, Training, fitted_to
from eegrecon.training import NetworkEncoder, Recorded

if TYPE_CHECKING:
    from torch import Tensor, nn

AT_ONCE = 1024  # pictures in memory
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
        """Train the network by InfoNCE.

        The epoch is kept whose prototypes classify the validation trials best, or, where their classes are not trained,
        the one with the least InfoNCE on them.
        """
        import torch
        from torch.nn.functional import normalize

        from eegrecon.training import Schedule, batch_of, classifier_risk, fit, validation_risk
        from eegrecon_baselines.networks.contrastive import info_nce, mean_info_nce

        label, about = data.train.label, type(self).__name__
        seen, picture = np.unique(data.train.image, return_inverse=True)
        space = self._space(data, seen, run)
        targets = torch.from_numpy(space.seen[picture]).to(run.device)  # (n, width)
        head: Any = network.get_submodule("1")
        for one in np.unique(label):
            head.prototypes[one] = targets[label == one].mean(dim=0)
        classes = bool(np.isin(data.val.label, label).any())
        shown, other = np.unique(data.val.image, return_inverse=True)
        held = None if classes or not len(shown) else torch.from_numpy(space.of(self._pixels(data, shown, run))[other])

        def loss(rows: Ints) -> Tensor:
            embedding, _ = network(batch_of(data.train, rows, run))
            return info_nce(normalize(embedding.float()), normalize(targets[rows]), head.scale())

        def risk() -> tuple[float, ...]:
            if held is None:
                return classifier_risk(network, data.val, self.batch, run)
            return (mean_info_nce(network, data.val, held, head.scale(), self.batch, run),)

        schedule = Schedule(self.epochs, self.batch, self.rate, self.decay)
        fit(network, loss, len(label), schedule, run, about, risk=validation_risk(data, run, about, risk))

    def _space(self, data: Training, rows: Ints, run: Run) -> Space:
        """Return the principal components of the embeddings of some pictures."""
        values = self._pixels(data, rows, run)
        mean = values.mean(axis=0)
        left, length, directions = np.linalg.svd(values - mean, full_matrices=False)
        components = np.zeros((len(rows), self.width), np.float32)  # fewer pictures than components leave zeros
        kept = min(self.width, len(length))
        components[:, :kept] = left[:, :kept] * length[:kept]
        return Space(components, mean, directions[:kept])

    def _pixels(self, data: Training, rows: Ints, run: Run) -> NDArray[np.float64]:
        """Return the embeddings of some pictures, (pictures, numbers), or their pixels."""
        side = SEEN if self.pictures else SIDE
        found = []
        for start in range(0, len(rows), AT_ONCE):
            part = rows[start : start + AT_ONCE]
            pixels = np.stack([fitted_to(data.pictures[int(row)], (side, side)) for row in part])
            found.append(
                self.pictures.look(pixels, run)["features"] if self.pictures else pixels.reshape(len(part), -1)
            )
        return np.concatenate(found).astype(np.float64)


@dataclass(frozen=True, eq=False)
class Space:
    """The principal components of pictures' embeddings.

    Attributes:
        seen: of the pictures that they are computed from, float32 (pictures, width).
        mean: of the embeddings, (numbers,).
        directions: of the components, (components, numbers).
    """

    seen: NDArray[np.float32]
    mean: NDArray[np.float64]
    directions: NDArray[np.float64]

    def of(self, values: NDArray[np.float64]) -> NDArray[np.float32]:
        """Return the components of other embeddings (n, numbers), (n, width)."""
        components = np.zeros((len(values), self.seen.shape[1]), np.float32)
        components[:, : len(self.directions)] = (values - self.mean) @ self.directions.T
        return components
