from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torchvision.models import AlexNet_Weights, alexnet
from torchvision.models.feature_extraction import create_feature_extractor

from eegrecon import DataError, Pixels
from eegrecon_metrics.judges.alexnet import AlexNet


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of random weights in the form of the published one, without the classifier, which is not read."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        state = {name: tensor for name, tensor in alexnet().state_dict().items() if name.startswith("features.")}
    path = tmp_path_factory.mktemp("alexnet") / "random.pth"
    torch.save(state, path)
    return path


@pytest.mark.parametrize(
    ("depth", "node", "width"), [(2, "features.4", 192 * 27 * 27), (5, "features.11", 256 * 13 * 13)]
)
def test_it_returns_the_convolution_that_torchvision_extracts(
    depth: Any, node: str, width: int, weights: Path, pictures: Pixels, run: Any
) -> None:
    judge = AlexNet(weights=str(weights), depth=depth, batch=2)
    features = judge.look(pictures, run)["features"]
    network = alexnet().eval()
    network.load_state_dict(torch.load(weights, weights_only=True), strict=False)
    extract = create_feature_extractor(network, return_nodes=[node])
    with torch.inference_mode():
        pixels = AlexNet_Weights.IMAGENET1K_V1.transforms()(torch.from_numpy(pictures).permute(0, 3, 1, 2))
        expected = extract(pixels)[node].flatten(1).numpy()
    assert features.shape == (5, width)
    assert features == pytest.approx(expected, abs=1e-5)
    assert judge.identity.startswith(f"alexnet-{depth}-")


def test_weights_of_another_network_are_refused(tiny_file: Path, pictures: Pixels, run: Any) -> None:
    with pytest.raises(DataError, match=r"tiny\.pth .*AlexNet .*features\.0.*https://"):
        AlexNet(weights=str(tiny_file)).look(pictures, run)
