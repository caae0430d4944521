"""Feature extraction: running a network over pictures batch by batch. Imports torch; loaded when used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from eegrecon import Floats, Pixels, Run

Extract = Callable[[Tensor], Mapping[str, Tensor]]


def extract_layers(extract: Extract, pictures: Pixels, batch: int, run: Run, network: str) -> dict[str, Floats]:
    """Compute a network's layers for all pictures.

    Args:
        extract: uint8 (n, 3, h, w) on the run's device -> (n, width) by layer name.
        pictures: uint8 (n, h, w, 3) RGB, n >= 1; they may be memory-mapped.
        batch: number of pictures per forward pass.
        run: gives the device and shows progress.
        network: name of the network, for the progress display.

    Returns:
        float32 (n, width) by layer name.
    """
    layers: dict[str, list[Floats]] = {}
    with torch.inference_mode(), run.progress(len(pictures), f"{network}: pictures") as progress:
        for start in range(0, len(pictures), batch):
            pixels = torch.from_numpy(np.array(pictures[start : start + batch]))  # (batch, h, w, 3), a copy
            for name, values in extract(pixels.permute(0, 3, 1, 2).contiguous().to(run.device)).items():
                layers.setdefault(name, []).append(values.float().cpu().numpy())
            progress.advance(len(pixels))
    return {name: np.concatenate(batches) for name, batches in layers.items()}


def fidelity_layers(extractor: Any, names: Mapping[str, str]) -> Extract:
    """Adapt a torch-fidelity ``FeatureExtractorBase`` to ``extract_layers``.

    Args:
        extractor: uint8 (n, 3, h, w) -> tuple of (n, width).
        names: layer name to return, by the extractor's name of the layer.
    """

    def extract(pixels: Tensor) -> Mapping[str, Tensor]:
        layers = extractor.convert_features_tuple_to_dict(extractor(pixels))
        return {names[layer]: values for layer, values in layers.items()}

    return extract
