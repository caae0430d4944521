"""Latent masked modelling, the pre-training of the time branch, as a component.

Source: BrainVis, arXiv:2312.14871; field defaults are the paper's sizes and the published code's schedules
(RomGai/BrainVis at 129b8c2), except where a docstring says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eegrecon import (
    Arrays,
    Count,
    DataError,
    Fraction,
    InvalidConfiguration,
    Learner,
    NonNegative,
    Positive,
    Preparation,
    Rows,
    Run,
    Training,
    Whole,
    part,
)
from eegrecon_brainvis.components.transformer_size import TransformerSize

if TYPE_CHECKING:
    from torch import Tensor

    from eegrecon_brainvis.networks.time import MaskedModel


@dataclass(frozen=True)
class LatentMaskedModel(TransformerSize, Learner):
    """Latent masked modelling: pre-training of the time branch without labels, once for all subjects.

    Most units of a trial are masked, with a mask for each trial and epoch. From the visible ones, a regressor predicts
    the output of a momentum copy of the encoder on the masked ones (mean squared error) and the codeword of each of
    them (cross entropy). The targets change during training, so that losses of different epochs are not comparable:
    the last epoch is kept, without selection on validation trials or, as in the published code, on test trials.

    ``further`` is any preparation whose arrays have ``eeg`` (segments, channels, samples), at least as long as a trial
    and with the same channels; their names are compared if the arrays have ``channels`` (UTF-8, one line each).

    Weights: ``trunk.*``, ``momentum.*``, ``regressor.*``, ``mask_token``, ``tokenizer.*``.

    Raises:
        InvalidConfiguration: ``width`` is not a multiple of ``heads``, ``mask`` hides all or nothing, or there are
            no trials to learn from.
    """

    scope = "pool"

    codebook: bool = part("codebook loss")
    codewords: Whole = 660  # 0: no codebook
    regressor_blocks: Count = 4
    mask: Fraction = 0.75  # share of masked units
    momentum: Fraction = 0.99
    regression_weight: NonNegative = 1.0  # paper; published code 4
    token_weight: NonNegative = 1.0  # paper; published code 2
    smoothing: Fraction = 0.0  # of the codewords; published code 0.2
    gumbel: bool = False  # draw the codeword of a masked unit by its scores instead of taking the best; published code
    shared_mask: bool = False  # one mask for all trials of a batch; published code
    own: bool = True  # learn from the training trials of the data set
    further: Preparation | None = None  # further recordings to learn from
    epochs: Count = 300  # the published checkpoint is that of epoch 300 of 500
    batch: Count = 128
    microbatch: Whole = 0  # rows in memory at a time, their gradients added up; 0: the whole batch
    rate: Positive = 5e-4
    decay: NonNegative = 0.01

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.mask < 1:
            raise InvalidConfiguration(f"mask {self.mask} masks all units or none; set it between 0 and 1")
        if not (self.own or self.further):
            raise InvalidConfiguration(
                "pre-training without the data set's own trials needs further ones; set pretrain.further, or remove "
                "pretrain"
            )

    @classmethod
    def small(cls) -> LatentMaskedModel:
        """Return one of a single narrow block."""
        return cls(width=16, blocks=1, heads=2, unit=8, regressor_blocks=1, codewords=8, epochs=2, batch=16)

    def fit(self, data: Training, run: Run) -> Arrays:
        """Return weights pre-trained on the training trials of all permitted subjects and on further recordings.

        Raises:
            DataError: the further recordings have other channels or are shorter than a trial.
        """
        import torch

        from eegrecon.training import Schedule, arrays_of, fit
        from eegrecon_brainvis.networks.time import MaskedModel

        codewords = self.codewords if self.codebook else 0
        network = MaskedModel(self.size(data), self.regressor_blocks, codewords, gumbel=self.gumbel).to(run.device)
        masks = torch.Generator().manual_seed(run.seed)
        schedule = Schedule(self.epochs, self.batch, self.rate, self.decay, self.microbatch)
        eeg = pretraining_eeg(data, run.prepared(self.further) if self.further else None, own=self.own)
        fit(
            network,
            self.loss(network, eeg, masks, run),
            eeg.shape[0],
            schedule,
            run,
            "latent masked model",
            after_step=lambda: network.follow(self.momentum),
            generators=[masks],
        )
        return arrays_of(network)

    def network(self, weights: Arrays) -> Any:
        """Return the torch module with these weights: (EEG, visible units, masked units) -> Guess."""
        from eegrecon.training import count_modules, load_arrays
        from eegrecon_brainvis.networks.time import MaskedModel

        codewords = len(weights.get("tokenizer.bias", ()))
        regressor = count_modules(weights, "regressor")
        return load_arrays(MaskedModel(self.stored_size(weights), regressor, codewords), weights)

    def imported(self, path: str) -> Arrays:
        """Return the weights of a published checkpoint for this model; empty if it has none."""
        from eegrecon_brainvis.published.checkpoint import matching_weights, read_checkpoint

        shapes = self.checkpoint_shapes("tokenizer.bias", self.codewords)
        return matching_weights(read_checkpoint(path).pretrain, self, path, shapes)

    def loss(self, network: MaskedModel, eeg: Rows, masks: Any, run: Run) -> Any:
        """Return the loss on some rows, which draws masks from a torch generator at every call."""
        from eegrecon.training import tensor_of
        from eegrecon_brainvis.networks.time import hide, regression_loss, token_loss

        count = len(network.trunk.position)

        def compute(rows: Any) -> Tensor:
            visible, masked = hide(1 if self.shared_mask else len(rows), count, self.mask, masks)
            shown, hidden = (units.expand(len(rows), -1).to(run.device) for units in (visible, masked))
            guess = network(tensor_of(eeg, rows, run), shown, hidden)
            total = self.regression_weight * regression_loss(guess)
            return total if guess.scores is None else total + self.token_weight * token_loss(guess, self.smoothing)

        return compute


def pretraining_eeg(data: Training, further: Arrays | None, *, own: bool) -> Rows:
    """Return the EEG to pre-train on: the training trials, followed by segments of further recordings.

    Raises:
        DataError: the further recordings have other channels, or are shorter than a trial.
    """
    from eegrecon_brainvis.training.concatenated import ConcatenatedRows

    _, channels, samples = data.train.eeg.shape
    if further is None:
        return data.train.eeg
    eeg = further["eeg"]
    if eeg.shape[1] != channels or eeg.shape[2] < samples or not len(eeg):
        raise DataError(
            f"further recordings of {eeg.shape[0]} segments, {eeg.shape[1]} channels and {eeg.shape[2]} samples cannot "
            f"be used for pre-training with trials of {channels} channels and {samples} samples; convert them"
        )
    if "channels" in further:
        names = tuple(bytes(further["channels"]).decode().split("\n"))
        unlike = next((pair for pair in zip(data.montage.channels, names, strict=True) if pair[0] != pair[1]), None)
        if unlike is not None:
            raise DataError(
                f"the further recordings have the channel {unlike[1]} where the data set has {unlike[0]}; name "
                "the channels alike (for EEGCVPR40, whose file names none, in a file channels.txt beside it)"
            )
    return ConcatenatedRows((data.train.eeg,) if own else (), eeg, samples)
