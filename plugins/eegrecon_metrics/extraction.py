"""Looking at pictures with a network, batch by batch, and torch-fidelity's feature extractors as such networks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from eegrecon import Floats, Pixels, Run


def look_through(
    see: Callable[[Tensor], Mapping[str, Tensor]], pictures: Pixels, batch: int, run: Run, about: str
) -> dict[str, Floats]:
    """Collect a network's layers over all pictures.

    Args:
        see: uint8 (n, 3, h, w) on the run's device -> (n, width) by our name of a layer.
        pictures: uint8 (n, h, w, 3) RGB, n >= 1; they may lie on disk.
        batch: how many pictures are looked at together.
        run: gives the device and shows progress.
        about: who looks, for people.

    Returns:
        float32 (n, width) by our names.
    """
    seen: dict[str, list[Floats]] = {}
    with torch.inference_mode(), run.progress(len(pictures), f"{about} looks") as progress:
        for start in range(0, len(pictures), batch):
            pixels = torch.from_numpy(np.array(pictures[start : start + batch]))  # (batch, h, w, 3), a copy
            for layer, view in see(pixels.permute(0, 3, 1, 2).contiguous().to(run.device)).items():
                seen.setdefault(layer, []).append(view.float().cpu().numpy())
            progress.advance(len(pixels))
    return {name: np.concatenate(views) for name, views in seen.items()}


def layers_of(extractor: Any, names: Mapping[str, str]) -> Callable[[Tensor], Mapping[str, Tensor]]:
    """Return what ``look_through`` needs of a torch-fidelity ``FeatureExtractorBase``.

    Args:
        extractor: uint8 (n, 3, h, w) -> tuple of (n, width).
        names: our name of a layer by the extractor's name for it.
    """

    def see(pixels: Tensor) -> Mapping[str, Tensor]:
        views = extractor.convert_features_tuple_to_dict(extractor(pixels))
        return {names[layer]: view for layer, view in views.items()}

    return see
