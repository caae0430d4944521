"""Any model of braindecode by its name."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from eegrecon import Finding, InvalidConfiguration, MissingFiles
from eegrecon.training import NetworkEncoder, Recorded

REMEDY = (
    "pip install 'eegrecon[braindecode]'; its torchaudio must fit torch: 2.11 or newer with a torch of 2.11 or newer, "
    "else that of the same version"
)


@dataclass(frozen=True)
class Braindecode(NetworkEncoder):
    """A model of the library braindecode, with its default sizes, trained by cross entropy.

    It is told channels, samples, sampling rate and number of classes, and the positions of those channels that are in
    the 10-05 system. The embedding is what its ``final_layer`` receives.

    Source: Schirrmeister et al., "Deep learning with convolutional neural networks for EEG decoding and visualization",
    Human Brain Mapping 38, 2017, and the paper of each model; EEGNet: Lawhern et al., J. Neural Eng. 15, 2018.

    Attributes:
        model: name of a class of ``braindecode.models``.
    """

    model: str = "EEGNet"

    @classmethod
    def small(cls) -> Braindecode:
        """Return one that is trained in a second."""
        return cls(epochs=2)

    def check(self) -> Sequence[Finding]:
        """Return whether braindecode is installed."""
        found = find_spec("braindecode") is not None
        return (Finding(found, f"braindecode {'found' if found else f'is not installed: {REMEDY}'}"),)

    def build(self, recorded: Recorded) -> Any:
        """Return the model for EEG of this size.

        Raises:
            MissingFiles: braindecode cannot be imported.
            InvalidConfiguration: it has no model of this name, or the model does not take trials of this size.
        """
        with warnings.catch_warnings(action="ignore"):  # of what braindecode itself calls
            return self._built(recorded)

    def _built(self, recorded: Recorded) -> Any:
        try:
            models = importlib.import_module("braindecode.models")
        except (ImportError, OSError) as error:  # absent, or its torchaudio is built for another torch
            raise MissingFiles(f"the encoder braindecode cannot import its library ({error}): {REMEDY}") from error
        import mne

        from eegrecon_baselines.networks.library import WithEmbedding

        model = getattr(models, self.model, None)
        if model is None:
            raise InvalidConfiguration(
                f"braindecode has no model {self.model!r}; name a class of braindecode.models, for instance EEGNet"
            )
        info = mne.create_info(list(recorded.channels), recorded.sfreq, "eeg", verbose="error")
        info.set_montage("standard_1005", match_case=False, on_missing="ignore", verbose="error")
        sizes = {"n_chans": len(recorded.channels), "n_times": recorded.samples, "n_outputs": recorded.classes}
        try:
            return WithEmbedding(model(**sizes, sfreq=recorded.sfreq, chs_info=info["chs"]))
        except (ValueError, RuntimeError) as error:
            raise InvalidConfiguration(
                f"braindecode's {self.model} cannot be built for {recorded.samples} samples of {len(info['chs'])} "
                f"channels at {recorded.sfreq:g} Hz ({error}); name another model"
            ) from error
