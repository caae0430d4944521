"""The frequency branch as a component.

Source: BrainVis, arXiv:2312.14871; schedule of the published code (RomGai/BrainVis at 129b8c2).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eegrecon import Arrays, InvalidConfiguration, Learner, Run, Training

if TYPE_CHECKING:
    from eegrecon_brainvis.frequency_network import Standard


@dataclass(frozen=True)
class FrequencyBranch(Learner):
    """The frequency branch: class scores from amplitude spectra that an LSTM reads from low to high, on all subjects.

    The epoch with the best validation accuracy is kept (ties: the least cross entropy).

    As published, the LSTM reads raw amplitudes of all bins and starts as torch's do, for 1,000 epochs. ``standardise``,
    ``remember`` and ``bins`` are ours, for short schedules, and off by default: large inputs saturate an LSTM, and what
    it reads at 30 Hz it has to hold for 200 bins.

    Weights: ``lstm.*``, ``output.*``, ``head.*``, and ``standard.*`` if standardised. Its ``network`` maps EEG
    (n, channels, samples) to a feature (n, width) and class scores (n, classes).

    Raises:
        InvalidConfiguration: ``bins`` without ``standardise``.
    """

    scope = "pool"

    hidden: int = 128  # the LSTM's state
    width: int = 128  # of the feature
    standardise: bool = False  # amplitudes by the training trials' mean and deviation, for each bin and channel
    bins: int = 0  # how many bins are read, from the lowest; 0: all
    remember: bool = False  # start with gates that keep what they read over the whole spectrum (arXiv:1804.11188)
    epochs: int = 1000  # the published checkpoint is that of epoch 900 of 1000, chosen on test trials
    batch: int = 128
    rate: float = 1e-3
    decay: float = 0.0  # Adam

    def __post_init__(self) -> None:
        if self.bins < 0 or (self.bins and not self.standardise):
            raise InvalidConfiguration(
                f"bins {self.bins} of a frequency branch: give a number above 0 together with standardise = true, or 0"
            )

    def fit(self, data: Training, run: Run) -> Arrays:
        """Train on all permitted subjects' training trials."""
        from eegrecon_brainvis.frequency_network import FrequencyNetwork, remember
        from eegrecon_brainvis.training import Schedule, train_classifier
        from eegrecon_brainvis.weights import arrays

        _, channels, samples = data.train.eeg.shape
        bins = min(self.bins or samples // 2, samples // 2)
        network = FrequencyNetwork(channels, self.hidden, self.width, len(data.classes))
        if self.standardise:
            network.standard = self._standard(data, bins, run)
        if self.remember:
            remember(network.lstm, bins)
        schedule = Schedule(self.epochs, self.batch, self.rate, self.decay)
        train_classifier(network.to(run.device), data, schedule, run, "frequency branch")
        return arrays(network)

    def _standard(self, data: Training, bins: int, run: Run) -> Standard:
        """Return mean and deviation of the training trials' spectra, read a batch at a time."""
        import torch

        from eegrecon_brainvis.frequency_network import Standard, amplitude
        from eegrecon_brainvis.training import batch_of, chunks

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

    def network(self, weights: Arrays) -> Any:
        """Return the torch module with these weights; all sizes are read from them."""
        from eegrecon_brainvis.frequency_network import FrequencyNetwork, Standard
        from eegrecon_brainvis.weights import load

        channels, hidden = weights["lstm.weight_ih_l0"].shape[1], weights["lstm.weight_hh_l0"].shape[1]
        width, classes = len(weights["output.bias"]), len(weights["head.bias"])
        network = FrequencyNetwork(channels, hidden, width, classes)
        if "standard.mean" in weights:
            network.standard = Standard(*weights["standard.mean"].shape)
        return load(network, weights)
