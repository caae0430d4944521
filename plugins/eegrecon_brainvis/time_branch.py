"""The time branch and its pre-training, latent masked modelling, as components.

Source: BrainVis, arXiv:2312.14871; field defaults are the paper's sizes and the published code's schedules
(RomGai/BrainVis at 129b8c2), except where a docstring says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from eegrecon import Arrays, DataError, InvalidConfiguration, Learner, Preparation, Rows, Run, Training, part

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

    def _shapes(self, *last: Any) -> dict[str, tuple[Any, ...]]:
        """Return the shapes by which a checkpoint's weights are told to be of this size; None where it is free."""
        shapes: dict[str, tuple[Any, ...]] = {
            "trunk.units.weight": (self.width, None, self.unit),
            f"trunk.encoder.{self.blocks - 1}.feedforward.widen.bias": (4 * self.width,),
        }
        return {**shapes, last[0]: (last[1],)} if last else shapes

    def stored_size(self, weights: Arrays) -> TimeSize:
        """Return the size of the network whose weights these are; heads and dropout do not show in them."""
        from eegrecon_brainvis.time_network import TimeSize
        from eegrecon_brainvis.weights import depth

        width, channels, unit = weights["trunk.units.weight"].shape
        blocks = depth(weights, "trunk.encoder")
        return TimeSize(channels, len(weights["trunk.position"]), unit, width, blocks, self.heads, self.dropout)


def pooled(data: Training, further: Arrays | None, *, own: bool) -> Rows:
    """Return the EEG to pre-train on: the training trials, and after them the segments of further recordings.

    Raises:
        DataError: the further recordings have other channels, or are shorter than a trial.
    """
    from eegrecon_brainvis.joined import Joined

    _, channels, samples = data.train.eeg.shape
    if further is None:
        return data.train.eeg
    eeg = further["eeg"]
    if eeg.shape[1] != channels or eeg.shape[2] < samples or not len(eeg):
        raise DataError(
            f"further recordings of {eeg.shape[0]} segments, {eeg.shape[1]} channels and {eeg.shape[2]} samples cannot "
            f"be pre-trained on beside trials of {channels} channels and {samples} samples; bring them to that form"
        )
    if "channels" in further:
        names = tuple(bytes(further["channels"]).decode().split("\n"))
        unlike = next((pair for pair in zip(data.montage.channels, names, strict=True) if pair[0] != pair[1]), None)
        if unlike is not None:
            raise DataError(
                f"the further recordings' channels are not the data set's: {unlike[1]} where it has {unlike[0]}; name "
                "the channels alike (for EEGCVPR40, whose file names none, in a file channels.txt beside it)"
            )
    return Joined((data.train.eeg,) if own else (), eeg, samples)


@dataclass(frozen=True)
class LatentMaskedModel(TransformerSize, Learner):
    """Latent masked modelling: pre-training of the time branch without labels, once for all subjects.

    Most units of a trial are hidden, a mask of its own for each trial and epoch. From the others, a regressor predicts
    what a momentum copy of the encoder makes of the hidden ones (mean squared error), and which codeword each of them
    is (cross entropy). The targets move with the training, so that losses of different epochs cannot be compared:
    the last epoch is kept, and nothing is chosen, neither on validation trials nor, as in the published code, on test
    trials.

    ``further`` is any preparation whose arrays hold ``eeg`` (segments, channels, samples), at least as long as a trial
    and with its channels, whose names are compared where ``channels`` (UTF-8, a line each) tells them.

    Weights: ``trunk.*``, ``momentum.*``, ``regressor.*``, ``mask_token``, ``tokenizer.*``.

    Raises:
        InvalidConfiguration: ``width`` is not a multiple of ``heads``, ``mask`` hides all or nothing, or there is
            nothing to learn from.
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
    gumbel: bool = False  # draw the codeword of a hidden unit by its scores instead of taking the best; published code
    shared_mask: bool = False  # one mask for all trials of a batch; published code
    own: bool = True  # learn from the data set's training trials
    further: Preparation | None = None  # recordings of others to learn from besides
    epochs: int = 300  # the published checkpoint is that of epoch 300 of 500
    batch: int = 128
    microbatch: int = 0  # rows in memory at a time, their gradients added up; 0: the whole batch
    rate: float = 5e-4
    decay: float = 0.01

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.mask < 1:
            raise InvalidConfiguration(f"mask {self.mask} hides all units or none; set it between 0 and 1")
        if not (self.own or self.further):
            raise InvalidConfiguration(
                "pre-training without the data set's own trials needs further ones; set pretrain.further, or remove "
                "pretrain"
            )

    def fit(self, data: Training, run: Run) -> Arrays:
        """Pre-train on all permitted subjects' training trials, and on further recordings.

        Raises:
            DataError: the further recordings have other channels or are shorter than a trial.
        """
        import torch

        from eegrecon_brainvis.time_network import MaskedModel
        from eegrecon_brainvis.training import Schedule, optimise
        from eegrecon_brainvis.weights import arrays

        codewords = self.codewords if self.codebook else 0
        network = MaskedModel(self.size(data), self.regressor_blocks, codewords, gumbel=self.gumbel).to(run.device)
        masks = torch.Generator().manual_seed(run.seed)
        schedule = Schedule(self.epochs, self.batch, self.rate, self.decay, self.microbatch)
        eeg = pooled(data, run.prepared(self.further) if self.further else None, own=self.own)
        optimise(
            network,
            self._loss(network, eeg, masks, run),
            eeg.shape[0],
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

    def imported(self, path: str) -> Arrays:
        """Return the weights that a published checkpoint holds for this model; nothing if it holds none."""
        from eegrecon_brainvis.checkpoint import fitting, read_checkpoint

        return fitting(read_checkpoint(path).pretrain, self, path, self._shapes("tokenizer.bias", self.codewords))

    def _loss(self, network: MaskedModel, eeg: Rows, masks: Any, run: Run) -> Any:
        """Return the loss on some rows, each call with fresh masks from a torch generator."""
        from eegrecon_brainvis.time_network import hide, regression_loss, token_loss
        from eegrecon_brainvis.training import tensor_of

        units = len(network.trunk.position)

        def loss(rows: Any) -> Tensor:
            visible, masked = hide(1 if self.shared_mask else len(rows), units, self.mask, masks)
            shown, hidden = (which.expand(len(rows), -1).to(run.device) for which in (visible, masked))
            guess = network(tensor_of(eeg, rows, run), shown, hidden)
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
    microbatch: int = 0  # rows in memory at a time, their gradients added up; 0: the whole batch
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
        schedule = Schedule(self.epochs, self.batch, self.rate, self.decay, self.microbatch)
        train_classifier(network, data, schedule, run, "time branch")
        return arrays(network)

    def network(self, weights: Arrays) -> Any:
        """Return the torch module with these weights; sizes are read from them, heads and dropout from the fields."""
        from eegrecon_brainvis.time_network import TimeNetwork
        from eegrecon_brainvis.weights import load

        return load(TimeNetwork(self.stored_size(weights), len(weights["head.bias"])), weights)

    def imported(self, path: str) -> Arrays:
        """Return the weights that a published checkpoint holds for this branch; nothing if it holds none."""
        from eegrecon_brainvis.checkpoint import fitting, read_checkpoint

        return fitting(read_checkpoint(path).time, self, path, self._shapes())
