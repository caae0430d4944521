from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torchvision.models import efficientnet_b1, resnet50
from torchvision.models.feature_extraction import create_feature_extractor
from torchvision.transforms import Compose, Normalize, Resize

from eegrecon import DataError, Pixels
from eegrecon_metrics.judges.feature_networks import EfficientNetB1, FeatureNetwork, SwAV

NETWORKS = {EfficientNetB1: (efficientnet_b1, "", 1280), SwAV: (resnet50, "module.", 2048)}


def randomised(build: Any) -> Any:
    """A network with random weights and statistics, so that a layer that is not loaded changes its output."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = build()
        for module in network.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.running_mean.normal_(0, 0.1)
                module.running_var.uniform_(0.5, 1.5)
    return network.eval()


@pytest.mark.parametrize("judge_class", NETWORKS, ids=lambda cls: cls.__name__)
def test_it_returns_the_layer_that_torchvision_extracts(
    judge_class: type[FeatureNetwork], pictures: Pixels, run: Any, tmp_path: Path
) -> None:
    build, prefix, width = NETWORKS[judge_class]
    network = randomised(build)
    state = {f"{prefix}{name}": tensor for name, tensor in network.state_dict().items()}
    if prefix:  # as published: without a classifier, with what only training needs
        state = {name: tensor for name, tensor in state.items() if ".fc." not in name}
        state |= {"module.projection_head.0.weight": torch.zeros(3, 3), "module.prototypes.weight": torch.zeros(3, 3)}
    torch.save(state, tmp_path / "weights.pth")
    judge = judge_class(weights=str(tmp_path / "weights.pth"), batch=2)
    features = judge.look(pictures[:3], run)["features"]
    preprocess = Compose([
        Resize(judge.side, antialias=True), Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    ])  # fmt: skip
    extract = create_feature_extractor(network, return_nodes=["avgpool"])
    with torch.inference_mode():
        expected = extract(preprocess(torch.from_numpy(pictures[:3]).permute(0, 3, 1, 2) / 255))["avgpool"].flatten(1)
    assert features.shape == (3, width)
    assert features == pytest.approx(expected.numpy(), abs=1e-4, rel=1e-4)
    assert judge.identity.startswith(judge_class().identity)
    assert len(judge.identity) == len(judge_class().identity) + 9  # a hyphen and a digest


@pytest.mark.parametrize("judge_class", NETWORKS, ids=lambda cls: cls.__name__)
def test_weights_of_another_network_are_refused(
    judge_class: type[FeatureNetwork], tiny_file: Path, pictures: Pixels, run: Any
) -> None:
    with pytest.raises(DataError, match=rf"tiny\.pth .*{judge_class.title}.*https://"):
        judge_class(weights=str(tiny_file)).look(pictures, run)
