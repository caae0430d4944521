"""What encoders share that learn the embedding of the picture that was seen."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from eegrecon import Arrays, Count, Floats, Ints, Judge, Pictures, Run, Training, fitted_to, picture_features
from eegrecon.training import NetworkEncoder, Recorded
from eegrecon_baselines.linear.spatial import Array

if TYPE_CHECKING:
    from torch import Tensor, nn

SIDE = 16  # height and width of a picture whose pixels are its embedding


@dataclass(frozen=True)
class ContrastiveEncoder(NetworkEncoder):
    """An encoder trained by InfoNCE: the EEG of a trial is to be nearest to the embedding of its picture.

    A picture's embedding is the layer ``features`` of a judge (``pictures = "clip"``, ``"dinov2"``), or its pixels at
    16 by 16 where there is none, which needs no files; of either the first principal components over the training
    pictures. The score of a class is the cosine to the mean embedding of its training pictures, over the learned
    temperature. Any picture can be embedded in that space, to be found by the EEG.
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
        numbers = self._numbers(data.pictures, seen, run)
        components, centre, axes = principal(numbers, self.width)
        targets = torch.from_numpy(components[picture]).to(run.device)  # (n, width)
        head: Any = network.get_submodule("1")
        head.centre, head.axes = (torch.from_numpy(one).to(run.device) for one in (centre, axes))
        for one in np.unique(label):
            head.prototypes[one] = targets[label == one].mean(dim=0)
        classes = bool(np.isin(data.val.label, label).any())
        shown, other = np.unique(data.val.image, return_inverse=True)
        held = None
        if len(shown) and not classes:
            held = torch.from_numpy(projected(self._numbers(data.pictures, shown, run), centre, axes)[other])

        def loss(rows: Ints) -> Tensor:
            embedding, _ = network(batch_of(data.train, rows, run))
            return info_nce(normalize(embedding.float()), normalize(targets[rows]), head.scale())

        def risk() -> tuple[float, ...]:
            if held is None:
                return classifier_risk(network, data.val, self.batch, run)
            return (mean_info_nce(network, data.val, held, head.scale(), self.batch, run),)

        schedule = Schedule(self.epochs, self.batch, self.rate, self.decay)
        fit(network, loss, len(label), schedule, run, about, risk=validation_risk(data, run, about, risk))

    def embed(self, weights: Arrays, pictures: Pictures, run: Run) -> Floats:
        """Return the principal components of any pictures, float32 (pictures, width)."""
        numbers = self._numbers(pictures, np.arange(len(pictures)), run)
        return projected(numbers, *(weights[f"network.1.{name}"] for name in ("centre", "axes")))

    @property
    def space(self) -> str:
        """What embeds pictures, and the number of principal components."""
        of = f"pixels-{SIDE}" if self.pictures is None else self.pictures.identity
        return f"{of}-pca{self.width}"

    def _numbers(self, pictures: Pictures, rows: Ints, run: Run) -> Array:
        """Return the embeddings of some pictures before the projection, float64 (pictures, numbers)."""
        if self.pictures is not None:
            return np.asarray(picture_features(self.pictures, pictures, rows, run), np.float64)
        pixels = [fitted_to(pictures[int(row)], (SIDE, SIDE)).ravel() for row in rows]
        return np.asarray(pixels, np.float64)


def projected(values: Array, centre: Floats, axes: Floats) -> NDArray[np.float32]:
    """Return the components of any embeddings (n, numbers) along axes, float32 (n, width)."""
    return ((values - np.asarray(centre, np.float64)) @ np.asarray(axes, np.float64)).astype(np.float32)


def principal(values: Array, width: int) -> tuple[Floats, Floats, Floats]:
    """Return principal components (n, width), the mean (numbers,) and the axes (numbers, width), in float32.

    Components that there are not, as of fewer pictures than components, are zero.
    """
    centre = values.mean(axis=0)
    left, length, directions = np.linalg.svd(values - centre, full_matrices=False)
    components, axes = np.zeros((len(values), width), np.float32), np.zeros((values.shape[1], width), np.float32)
    kept = min(width, len(length))
    components[:, :kept] = left[:, :kept] * length[:kept]
    varying = min(kept, int(np.count_nonzero(length > 1e-10 * length[0])))
    axes[:, :varying] = directions[:varying].T
    return components, centre.astype(np.float32), axes
