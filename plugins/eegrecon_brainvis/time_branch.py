"""The time branch and its pre-training, latent masked modelling, as components.

Source: BrainVis, arXiv:2312.14871; field defaults are the paper's sizes and the published code's schedules
(RomGai/BrainVis at 129b8c2), except where a docstring says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from eegrecon import Arrays, InvalidConfiguration, Learner, Run, Training, part

if TYPE_CHECKING:
    from torch import Tensor

    from eegrecon_brainvis.time_network import MaskedModel, TimeSize


@dataclass(frozen=True)
class TransformerSize:
    """Fields of everything that is built on units of EEG and a transformer."""

    width: int = 1024  # of a unit's vector
    blocks: int = 8
    heads: int = 16
    unit: int = 4  # samples
    dropout: float = 0.2

    def __post_init__(self) -> None:
        if self.width % self.heads:
            raise InvalidConfiguration(
                f"width {self.width} cannot be divided among {self.heads} heads ({type(self).__name__}); "
                "set width to a multiple of heads"
            )

    def size(self, data: Training) -> TimeSize:
        """Return the network's size for these trials.

        Raises:
            InvalidConfiguration: the trials are too short for two units.
        """
        from eegrecon_brainvis.time_network import TimeSize

        _, channels, samples = data.train.eeg.shape
        if samples < 2 * self.unit:
            raise InvalidConfiguration(
                f"trials of {samples} samples do not make two units of {self.unit} ({type(self).__name__}); lower unit"
            )
        return TimeSize(channels, samples // self.unit, self.unit, self.width, self.blocks, self.heads, self.dropout)

    def stored_size(self, weights: Arrays) -> TimeSize:
        """Return the size of the network whose weights these are; heads and dropout do not show in them."""
        from eegrecon_brainvis.time_network import TimeSize
        from eegrecon_brainvis.weights import depth

        width, channels, unit = weights["trunk.units.weight"].shape
        blocks = depth(weights, "trunk.encoder")
        return TimeSize(channels, len(weights["trunk.position"]), unit, width, blocks, self.heads, self.dropout)


@dataclass(frozen=True)
class LatentMaskedModel(TransformerSize, Learner):
    """Latent masked modelling: pre-training of the time branch without labels, once for all subjects.

    Most units of a trial are hidden, a mask of its own for each trial and epoch. From the others, a regressor predicts
    what a momentum copy of the encoder makes of the hidden ones (mean squared error), and which codeword each of them
    is (cross entropy). The targets move with the training, so that losses of different epochs cannot be compared:
    the last epoch is kept, and nothing is chosen, neither on validation trials nor, as in the published code, on test
    trials.

    Weights: ``trunk.*``, ``momentum.*``, ``regressor.*``, ``mask_token``, ``tokenizer.*``.

    Raises:
        InvalidConfiguration: ``width`` is not a multiple of ``heads``, or ``mask`` hides all or nothing.
    """

    scope = "pool"

    codebook: bool = part("codebook loss")
    codewords: int = 660  # 0: no codebook
    regressor_blocks: int = 4
    mask: float = 0.75  # share of units hidden
    momentum: float = 0.99
    regression_weight: float = 1.0  # paper; published code 4
    token_weight: float = 1.0  # paper; published code 2
    smoothing: float = 0.0  # of the codewords; published code 0.2
    epochs: int = 300  # the published checkpoint is that of epoch 300 of 500
    batch: int = 128
    rate: float = 5e-4
    decay: float = 0.01

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.mask < 1:
            raise InvalidConfiguration(f"mask {self.mask} hides all units or none; set it between 0 and 1")

    def fit(self, data: Training, run: Run) -> Arrays:
        """Pre-train on all permitted subjects' training trials."""
        import torch

        from eegrecon_brainvis.time_network import MaskedModel
        from eegrecon_brainvis.training import Schedule, optimise
        from eegrecon_brainvis.weights import arrays

        codewords = self.codewords if self.codebook else 0
        network = MaskedModel(self.size(data), self.regressor_blocks, codewords).to(run.device)
        masks = torch.Generator().manual_seed(run.seed)
        schedule = Schedule(self.epochs, self.batch, self.rate, self.decay)
        optimise(
            network,
            self._loss(network, data, masks, run),
            len(data.train.label),
            schedule,
            run,
            "latent masked model",
            after=lambda: network.follow(self.momentum),
            generators=[masks],
        )
        return arrays(network)

    def network(self, weights: Arrays) -> Any:
        """Return the torch module with these weights: (EEG, units shown, units hidden) -> Guess."""
        from eegrecon_brainvis.time_network import MaskedModel
        from eegrecon_brainvis.weights import depth, load

        codewords = len(weights.get("tokenizer.bias", ()))
        return load(MaskedModel(self.stored_size(weights), depth(weights, "regressor"), codewords), weights)

    def _loss(self, network: MaskedModel, data: Training, masks: Any, run: Run) -> Any:
        """Return the loss on some rows, each call with fresh masks from a torch generator."""
        from eegrecon_brainvis.time_network import hide, regression_loss, token_loss
        from eegrecon_brainvis.training import batch_of

        units = len(network.trunk.position)

        def loss(rows: Any) -> Tensor:
            visible, masked = hide(len(rows), units, self.mask, masks)
            guess = network(batch_of(data.train, rows, run), visible.to(run.device), masked.to(run.device))
            total = self.regression_weight * regression_loss(guess)
            return total if guess.scores is None else total + self.token_weight * token_loss(guess, self.smoothing)

        return loss


@dataclass(frozen=True)
class TimeBranch(TransformerSize, Learner):
    """The time branch: class scores from the mean of encoded EEG units, trained on all subjects.

    Starts from latent masked modelling, or from scratch where ``pretrain`` is None. The epoch with the best validation
    accuracy is kept (ties: the least cross entropy).

    Weights: ``trunk.*``, ``head.*``. Its ``network`` maps EEG (n, channels, samples) to a feature (n, width) and class
    scores (n, classes).

    Raises:
        InvalidConfiguration: the branch and its pre-training are of different size.
    """

    scope = "pool"

    pretrain: LatentMaskedModel | None = part("latent masked modelling", default=LatentMaskedModel(), without=None)
    epochs: int = 400  # the published checkpoint is that of epoch 80 of 400, chosen on test trials
    batch: int = 128
    rate: float = 5e-4
    decay: float = 0.0  # Adam

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in [item.name for item in fields(TransformerSize)] if self.pretrain is not None else ():
            own, other = getattr(self, name), getattr(self.pretrain, name)
            if own != other and name != "dropout":
                raise InvalidConfiguration(
                    f"the time branch has {name} {own}, its pre-training {name} {other}; "
                    f"set {name} and pretrain.{name} to the same value"
                )

    def fit(self, data: Training, run: Run) -> Arrays:
        """Train on all permitted subjects' training trials."""
        from eegrecon_brainvis.time_network import TimeNetwork
        from eegrecon_brainvis.training import Schedule, train_classifier
        from eegrecon_brainvis.weights import arrays, load, within

        network = TimeNetwork(self.size(data), len(data.classes))
        if self.pretrain is not None:
            load(network.trunk, within(run.fitted(self.pretrain), "trunk"))
        network.to(run.device)
        schedule = Schedule(self.epochs, self.batch, self.rate, self.decay)
        train_classifier(network, data, schedule, run, "time branch")
        return arrays(network)

    def network(self, weights: Arrays) -> Any:
        """Return the torch module with these weights; sizes are read from them, heads and dropout from the fields."""
        from eegrecon_brainvis.time_network import TimeNetwork
        from eegrecon_brainvis.weights import load

        return load(TimeNetwork(self.stored_size(weights), len(weights["head.bias"])), weights)
