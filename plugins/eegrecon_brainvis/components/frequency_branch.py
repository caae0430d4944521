"""The frequency branch as a component, and the convolutional backbone that it is compared with.

Source: BrainVis, arXiv:2312.14871; schedule of the published code (RomGai/BrainVis at 129b8c2).
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eegrecon import Arrays, Count, InvalidConfiguration, Learner, NonNegative, Positive, Run, Training, Whole

if TYPE_CHECKING:
    from torch import nn

    from eegrecon_brainvis.networks.frequency import Standard


@dataclass(frozen=True)
class SpectrumReader(Learner):
    """Fields and training that every learner on amplitude spectra shares."""

    scope = "pool"

    width: Count = 128  # of the feature
    standardise: bool = False  # amplitudes by the training trials' mean and deviation, for each bin and channel
    bins: Whole = 0  # how many bins are read, from the lowest; 0: all
    epochs: Count = 1000  # the published checkpoint is that of epoch 900 of 1000, chosen on test trials
    batch: Count = 128
    microbatch: Whole = 0  # rows in memory at a time, their gradients added up; 0: the whole batch
    rate: Positive = 1e-3
    decay: NonNegative = 0.0  # Adam

    def __post_init__(self) -> None:
        if self.bins < 0 or (self.bins and not self.standardise):
            raise InvalidConfiguration(
                f"bins {self.bins} of a frequency branch: give a number above 0 together with standardise = true, or 0"
            )

    @abstractmethod
    def _build(self, channels: int, classes: int, bins: int) -> Any:
        """Return the untrained network."""

    def fit(self, data: Training, run: Run) -> Arrays:
        """Return weights trained on the training trials of all permitted subjects."""
        from eegrecon.training import Schedule, arrays_of, train_classifier

        _, channels, samples = data.train.eeg.shape
        bins = min(self.bins or samples // 2, samples // 2)
        network = self._build(channels, len(data.classes), bins)
        if self.standardise:
            network.standard = self._standard(data, bins, run)
        schedule = Schedule(self.epochs, self.batch, self.rate, self.decay, self.microbatch)
        train_classifier(network.to(run.device), data, schedule, run, "frequency branch")
        return arrays_of(network)

    def _standard(self, data: Training, bins: int, run: Run) -> Standard:
        """Return mean and deviation of the training trials' spectra, read a batch at a time."""
        import torch

        from eegrecon.training import batch_of, chunks
        from eegrecon_brainvis.networks.frequency import Standard, amplitude

        trials = len(data.train.label)
        total = torch.zeros(2, bins, data.train.eeg.shape[1], dtype=torch.float64)
        for rows in chunks(trials, self.batch):
            spectrum = amplitude(batch_of(data.train, rows, run), bins).double().cpu()
            total += torch.stack([spectrum.sum(dim=0), spectrum.square().sum(dim=0)])
        mean, square = total / trials
        standard = Standard(bins, data.train.eeg.shape[1])
        standard.mean.copy_(mean)
        standard.deviation.copy_((square - mean.square()).clamp(min=1e-12).sqrt())
        return standard


def _with_weights(network: nn.Module, weights: Arrays) -> nn.Module:
    """Load stored weights into a network, with its standardisation where they have one."""
    from eegrecon.training import load_arrays
    from eegrecon_brainvis.networks.frequency import Standard

    if "standard.mean" in weights:
        network.standard = Standard(*weights["standard.mean"].shape)
    return load_arrays(network, weights)


@dataclass(frozen=True)
class FrequencyBranch(SpectrumReader):
    """The frequency branch: class scores from amplitude spectra read by an LSTM, trained on all subjects.

    The epoch with the best validation accuracy is kept (ties: the least cross entropy).

    As published, the LSTM reads raw amplitudes of all bins and starts as torch's do, for 1,000 epochs. ``standardise``,
    ``remember`` and ``bins`` are ours, for short schedules, and off by default: large inputs saturate an LSTM, and
    what it reads at 30 Hz it has to retain over 200 bins.

    Weights: ``lstm.*``, ``output.*``, ``head.*``, and ``standard.*`` if standardised. Its ``network`` maps EEG
    (n, channels, samples) to a feature (n, width) and class scores (n, classes).

    Raises:
        InvalidConfiguration: ``bins`` without ``standardise``.
    """

    hidden: Count = 128  # the LSTM's state
    remember: bool = False  # start with gates that keep what they read over the whole spectrum (arXiv:1804.11188)

    @classmethod
    def small(cls) -> FrequencyBranch:
        """Return one with a small state."""
        return cls(hidden=8, width=8, epochs=2, batch=16)

    def _build(self, channels: int, classes: int, bins: int) -> Any:
        from eegrecon_brainvis.networks.frequency import FrequencyNetwork, remember

        network = FrequencyNetwork(channels, self.hidden, self.width, classes)
        if self.remember:
            remember(network.lstm, bins)
        return network

    def network(self, weights: Arrays) -> Any:
        """Return the torch module with these weights; their shapes give all sizes."""
        from eegrecon_brainvis.networks.frequency import FrequencyNetwork

        channels, hidden = weights["lstm.weight_ih_l0"].shape[1], weights["lstm.weight_hh_l0"].shape[1]
        width, classes = len(weights["output.bias"]), len(weights["head.bias"])
        return _with_weights(FrequencyNetwork(channels, hidden, width, classes), weights)

    def imported(self, path: str) -> Arrays:
        """Return the weights of a published checkpoint for this branch; empty if it has none."""
        from eegrecon_brainvis.published.checkpoint import matching_weights, read_checkpoint

        return matching_weights(read_checkpoint(path).frequency, self, path, {
            "lstm.weight_hh_l0": (4 * self.hidden, self.hidden), "output.weight": (self.width, self.hidden),
        })  # fmt: skip


@dataclass(frozen=True)
class ConvolutionalFrequencyBranch(SpectrumReader):
    """A convolutional network instead of the LSTM, as in the paper's Table 7.

    Only its number of parameters is published, 5.1410 M; the layout is ours and has 5,140,980 at the paper's
    sizes (128 channels, 40 classes): three convolutions along the frequencies, each behind a ReLU and halving the
    number of frequencies, the mean over the remaining ones, and the LSTM branch's last layers.

    Weights: ``layers.*``, ``output.*``, ``head.*``, and ``standard.*`` if standardised.

    Raises:
        InvalidConfiguration: ``bins`` without ``standardise``.
    """

    widths: tuple[Count, ...] = (384, 800, 812)
    kernel: Count = 5  # bins

    @classmethod
    def small(cls) -> ConvolutionalFrequencyBranch:
        """Return one with narrow layers."""
        return cls(widths=(8, 8, 8), width=8, epochs=2, batch=16)

    def _build(self, channels: int, classes: int, bins: int) -> Any:
        from eegrecon_brainvis.networks.frequency import ConvolutionalNetwork

        return ConvolutionalNetwork(channels, self.widths, self.kernel, self.width, classes)

    def network(self, weights: Arrays) -> Any:
        """Return the torch module with these weights; their shapes give all sizes."""
        from eegrecon_brainvis.networks.frequency import ConvolutionalNetwork

        kernels = [weights[name] for name in weights if name.startswith("layers.") and name.endswith(".weight")]
        widths = tuple(len(kernel) for kernel in kernels)
        _, channels, length = kernels[0].shape
        width, classes = len(weights["output.bias"]), len(weights["head.bias"])
        return _with_weights(ConvolutionalNetwork(channels, widths, length, width, classes), weights)
