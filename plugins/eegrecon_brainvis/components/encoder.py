"""The encoder as a component: both branches under one head, fine-tuned for a subject.

Source: BrainVis, arXiv:2312.14871; schedule of the published code (RomGai/BrainVis at 129b8c2).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eegrecon import (
    Arrays,
    Count,
    Differentiable,
    Encoder,
    Features,
    InvalidConfiguration,
    Learner,
    NonNegative,
    Positive,
    Run,
    Signals,
    Training,
    Whole,
    part,
)
from eegrecon_brainvis.components.frequency_branch import FrequencyBranch
from eegrecon_brainvis.components.time_branch import TimeBranch

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class BrainVisEncoder(Encoder):
    """EEG to an embedding and class scores: the features of a time and a frequency branch under one linear head.

    The branches are learned on all subjects; head and branches are then trained together on one subject, or the head
    alone where ``finetune`` is off (then the branches do not change, also while an aligner is trained). The epoch
    with the best validation accuracy is kept (ties: the least cross entropy).

    A branch is any learner with a ``network(weights)`` (``Differentiable``) that maps EEG (n, channels, samples) to a
    feature (n, width) and class scores (n, classes), so that another package's learner can be used in either place.

    Weights: ``time.*``, ``freq.*``, ``head.*``.

    Raises:
        InvalidConfiguration: both branches are removed, or a branch has no network.
    """

    time: Learner | None = part("time branch", default=TimeBranch(), without=None)
    freq: Learner | None = part("frequency branch", default=FrequencyBranch(), without=None)
    finetune: bool = part("joint fine-tuning")
    epochs: Count = 50
    batch: Count = 128
    microbatch: Whole = 0  # rows in memory at a time, their gradients added up; 0: the whole batch
    rate: Positive = 5e-4
    decay: NonNegative = 0.01

    def __post_init__(self) -> None:
        if not self._branches():
            raise InvalidConfiguration("an encoder needs a branch; keep one of time and freq")
        for name, branch in self._branches().items():
            if not isinstance(branch, Differentiable):
                raise InvalidConfiguration(
                    f"{type(branch).__name__} cannot be the {name} branch: it has no network(weights) method that "
                    "returns a torch module; add one or choose another learner"
                )

    @classmethod
    def small(cls) -> BrainVisEncoder:
        """Return one with two small branches."""
        return cls(TimeBranch.small(), FrequencyBranch.small(), epochs=2, batch=16)

    def _branches(self) -> dict[str, Learner]:
        branches = {"time": self.time, "freq": self.freq}
        return {name: branch for name, branch in branches.items() if branch is not None}

    def _networks(self, weights: Arrays) -> dict[str, nn.Module]:
        from eegrecon.training import without_prefix

        return {
            name: branch.network(without_prefix(weights, name))
            for name, branch in self._branches().items()
            if isinstance(branch, Differentiable)
        }

    def fit(self, data: Training, run: Run) -> Arrays:
        """Return the weights of the joined branches and head, trained on one subject."""
        import torch

        from eegrecon.training import Schedule, arrays_of, batch_of, train_classifier, with_prefix
        from eegrecon_brainvis.networks.joint import JointNetwork

        branches = self._branches()
        fitted = {key: a for name in branches for key, a in with_prefix(name, run.fitted(branches[name])).items()}
        networks = {name: network.to(run.device).eval() for name, network in self._networks(fitted).items()}
        with torch.inference_mode():
            first = batch_of(data.train, data.train.image[:1] * 0, run)
            width = sum(network(first)[0].shape[1] for network in networks.values())
        joint = JointNetwork(networks, width, len(data.classes), frozen=not self.finetune).to(run.device)
        schedule = Schedule(self.epochs, self.batch, self.rate, self.decay, self.microbatch)
        train_classifier(joint, data, schedule, run, "joint encoder")
        return arrays_of(joint)

    def encode(self, weights: Arrays, signals: Signals, run: Run) -> Features:
        """Return embedding (n, width of all branches) and class scores (n, classes), without dropout."""
        from eegrecon.training import predict

        embedding, scores = predict(self.network(weights).to(run.device), signals, self.batch, run)
        return Features(embedding, scores)

    def network(self, weights: Arrays) -> Any:
        """Return the torch module with these weights; branches take no gradient where ``finetune`` is off."""
        from eegrecon.training import load_arrays
        from eegrecon_brainvis.networks.joint import JointNetwork

        classes, width = weights["head.weight"].shape
        return load_arrays(JointNetwork(self._networks(weights), width, classes, frozen=not self.finetune), weights)

    def imported(self, path: str) -> Arrays:
        """Return the weights of a published checkpoint for this encoder; empty if it has none."""
        from eegrecon_brainvis.published.checkpoint import matching_weights, read_checkpoint

        widths = [getattr(branch, "width", None) for branch in self._branches().values()]
        total = sum(width for width in widths if width) if None not in widths else None
        return matching_weights(read_checkpoint(path).encoder, self, path, {"head.weight": (None, total)})
