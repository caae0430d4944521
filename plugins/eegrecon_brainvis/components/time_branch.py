"""The time branch as a component.

Source: BrainVis, arXiv:2312.14871; field defaults are the paper's sizes and the published code's schedules
(RomGai/BrainVis at 129b8c2), except where a docstring says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from eegrecon import Arrays, Count, InvalidConfiguration, Learner, NonNegative, Positive, Run, Training, Whole, part
from eegrecon_brainvis.components.pretraining import LatentMaskedModel
from eegrecon_brainvis.components.transformer_size import TransformerSize


@dataclass(frozen=True)
class TimeBranch(TransformerSize, Learner):
    """The time branch: class scores from the mean of encoded EEG units, trained on all subjects.

    Training starts from latent masked modelling, or from scratch where ``pretrain`` is None. The epoch with the best
    validation accuracy is kept (ties: the least cross entropy).

    Weights: ``trunk.*``, ``head.*``. Its ``network`` maps EEG (n, channels, samples) to a feature (n, width) and class
    scores (n, classes).

    Raises:
        InvalidConfiguration: the branch and its pre-training have different sizes.
    """

    scope = "pool"

    pretrain: LatentMaskedModel | None = part("latent masked modelling", default=LatentMaskedModel(), without=None)
    epochs: Count = 400  # the published checkpoint is that of epoch 80 of 400, chosen on test trials
    batch: Count = 128
    microbatch: Whole = 0  # rows in memory at a time, their gradients added up; 0: the whole batch
    rate: Positive = 5e-4
    decay: NonNegative = 0.0  # Adam

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in [item.name for item in fields(TransformerSize)] if self.pretrain is not None else ():
            own, other = getattr(self, name), getattr(self.pretrain, name)
            if own != other and name != "dropout":
                raise InvalidConfiguration(
                    f"the time branch has {name} {own}, its pre-training {name} {other}; "
                    f"set {name} and pretrain.{name} to the same value"
                )

    @classmethod
    def small(cls) -> TimeBranch:
        """Return one of a single narrow block."""
        pretrain = LatentMaskedModel.small()
        return cls(width=16, blocks=1, heads=2, unit=8, pretrain=pretrain, epochs=2, batch=16)

    def fit(self, data: Training, run: Run) -> Arrays:
        """Return weights trained on the training trials of all permitted subjects."""
        from eegrecon.training import Schedule, arrays_of, load_arrays, train_classifier, without_prefix
        from eegrecon_brainvis.networks.time import TimeNetwork

        network = TimeNetwork(self.size(data), len(data.classes))
        if self.pretrain is not None:
            load_arrays(network.trunk, without_prefix(run.fitted(self.pretrain), "trunk"))
        network.to(run.device)
        schedule = Schedule(self.epochs, self.batch, self.rate, self.decay, self.microbatch)
        train_classifier(network, data, schedule, run, "time branch")
        return arrays_of(network)

    def network(self, weights: Arrays) -> Any:
        """Return the torch module with these weights; their shapes give the sizes, the fields heads and dropout."""
        from eegrecon.training import load_arrays
        from eegrecon_brainvis.networks.time import TimeNetwork

        return load_arrays(TimeNetwork(self.stored_size(weights), len(weights["head.bias"])), weights)

    def imported(self, path: str) -> Arrays:
        """Return the weights of a published checkpoint for this branch; empty if it has none."""
        from eegrecon_brainvis.published.checkpoint import matching_weights, read_checkpoint

        return matching_weights(read_checkpoint(path).time, self, path, self.checkpoint_shapes())
