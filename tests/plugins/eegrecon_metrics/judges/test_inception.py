from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

from eegrecon import DataError, Pixels
from eegrecon_metrics.judges.inception import Inception2015


class Untrained(FeatureExtractorInceptionV3):  # type: ignore[misc]  # the library ships no types
    """The library's extractor with its initial weights: it ignores the file that its constructor loads."""

    def load_state_dict(self, state_dict: Any, strict: bool = True, assign: bool = False) -> None:
        """Load nothing."""


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of random weights in the form of the published one."""
    empty = BytesIO()
    torch.save({}, empty)
    empty.seek(0)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = Untrained("any", ["2048"], feature_extractor_weights_path=empty)
    path = tmp_path_factory.mktemp("inception") / "random.pth"
    torch.save(network.state_dict(), path)
    return path


def test_it_returns_the_layers_of_fid_and_is(weights: Path, pictures: Pixels, run: Any) -> None:
    views = Inception2015(weights=str(weights), batch=2).look(pictures[:3], run)
    weight = torch.load(weights, weights_only=True)["fc.weight"].numpy()
    assert views["features"].shape == (3, 2048)
    assert views["logits"] == pytest.approx(views["features"] @ weight.T, rel=1e-4, abs=1e-4)  # no bias
    assert views["logits"].shape == (3, len(Inception2015().classes))
    assert not np.allclose(views["features"][0], views["features"][1])


def test_weights_of_another_network_are_refused(tiny_file: Path, pictures: Pixels, run: Any) -> None:
    with pytest.raises(DataError, match=r"tiny\.pth .*Inception v3 of 2015.*https://"):
        Inception2015(weights=str(tiny_file)).look(pictures, run)


def test_the_identity_names_the_published_weights(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    assert Inception2015().identity == "inception2015-2048"
