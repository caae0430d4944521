"""The encoder braindecode with a stand-in for the library, and with the library itself where it can be imported."""

from __future__ import annotations

import sys
import types
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from eegrecon import InvalidConfiguration, MissingFiles
from eegrecon.testing import PlainRun
from eegrecon.training import Recorded
from eegrecon_baselines.encoders.braindecode import Braindecode

RECORDED = Recorded(("Fz", "Cz", "nowhere"), 60, 200.0, 5)


class Line(nn.Sequential):
    """A model with the arguments and the last layer that those of braindecode have."""

    def __init__(
        self, n_chans: int, n_times: int, n_outputs: int, sfreq: float, chs_info: list[dict[str, Any]]
    ) -> None:
        if n_times < 10:
            raise ValueError("kernel is longer than the trial")
        super().__init__()
        self.flat = nn.Flatten()
        self.hidden = nn.Linear(n_chans * n_times, 7)
        self.final_layer = nn.Linear(7, n_outputs)
        self.told = (sfreq, chs_info)


@pytest.fixture
def standing_in(monkeypatch: pytest.MonkeyPatch) -> None:
    package, models = types.ModuleType("braindecode"), types.ModuleType("braindecode.models")
    models.Line = Line  # type: ignore[attr-defined]
    package.models = models  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "braindecode", package)
    monkeypatch.setitem(sys.modules, "braindecode.models", models)


@pytest.mark.usefixtures("standing_in")
def test_a_model_is_told_what_was_recorded() -> None:
    sfreq, channels = Braindecode(model="Line").build(RECORDED).model.told
    assert sfreq == 200.0
    assert [channel["ch_name"] for channel in channels] == ["Fz", "Cz", "nowhere"]
    positions = np.stack([channel["loc"][:3] for channel in channels])
    assert np.isfinite(positions[:2]).all()
    assert positions[0, 1] > positions[1, 1]  # Fz is in front of Cz
    assert not positions[2].any() or not np.isfinite(positions[2]).any()


@pytest.mark.usefixtures("standing_in")
def test_the_embedding_is_what_the_last_layer_receives(world: Any, run: PlainRun) -> None:
    data = world.training(1.0, 0.0)
    encoder = Braindecode(model="Line", epochs=5)
    weights = encoder.fit(data, run)
    features = encoder.encode(weights, data.val.signals(), run)
    network = encoder.network(weights)[1].model
    assert features.embedding.shape == (60, 7)
    with torch.inference_mode():
        scores = network.final_layer(torch.from_numpy(features.embedding)).numpy()
    assert features.logits == pytest.approx(scores, abs=1e-5)
    assert np.mean(features.logits.argmax(axis=1) == data.val.label) > 0.5


@pytest.mark.usefixtures("standing_in")
def test_a_model_that_is_unknown_or_does_not_fit_is_refused() -> None:
    with pytest.raises(InvalidConfiguration, match=r"Plane.*braindecode\.models"):
        Braindecode(model="Plane").build(RECORDED)
    with pytest.raises(InvalidConfiguration, match=r"Line.*4 samples.*200 Hz.*longer than the trial"):
        Braindecode(model="Line").build(Recorded(("Fz", "Cz"), 4, 200.0, 5))


def test_without_the_library_it_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "braindecode", None)
    with pytest.raises(MissingFiles, match=r"braindecode.*eegrecon\[braindecode\].*torchaudio"):
        Braindecode().build(RECORDED)
    (finding,) = Braindecode().check()
    assert not finding.ok


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")  # of what braindecode itself calls
def test_the_scores_are_those_of_braindecodes_own_model(world: Any, run: PlainRun) -> None:
    models = pytest.importorskip("braindecode.models", exc_type=(ImportError, OSError))
    data = world.training(1.0, 0.0)
    encoder = Braindecode(epochs=1)
    weights = encoder.fit(data, run)
    own = models.EEGNet(n_chans=4, n_times=60, n_outputs=3, sfreq=200.0).eval()
    prefix = "network.1.model."
    own.load_state_dict(
        {name.removeprefix(prefix): torch.from_numpy(a) for name, a in weights.items() if name.startswith(prefix)}
    )
    eeg = (data.val.eeg - weights["network.0.mean"]) / weights["network.0.deviation"]
    with torch.inference_mode():
        scores = own(torch.from_numpy(eeg)).numpy()
    assert encoder.encode(weights, data.val.signals(), run).logits == pytest.approx(scores, abs=1e-4)
