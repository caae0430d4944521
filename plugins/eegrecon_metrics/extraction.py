"""Looking at pictures through torch-fidelity's interface for feature extractors, batch by batch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from eegrecon import Floats, Pixels, Run


def look_through(extractor: Any, names: Mapping[str, str], pictures: Pixels, batch: int, run: Run) -> dict[str, Floats]:
    """Collect an extractor's layers over all pictures.

    Args:
        extractor: a torch-fidelity ``FeatureExtractorBase``: uint8 (n, 3, h, w) -> tuple of (n, width).
        names: our name of a layer by the extractor's name for it.
        pictures: uint8 (n, h, w, 3) RGB, n >= 1; they may lie on disk.
        batch: how many pictures are looked at together.
        run: gives the device and shows progress.

    Returns:
        float32 (n, width) by our names.
    """
    seen: dict[str, list[Floats]] = {name: [] for name in names.values()}
    with torch.inference_mode(), run.progress(len(pictures), f"{extractor.get_name()} looks") as progress:
        for start in range(0, len(pictures), batch):
            pixels = torch.from_numpy(np.array(pictures[start : start + batch]))  # (batch, h, w, 3), a copy
            views = extractor(pixels.permute(0, 3, 1, 2).contiguous().to(run.device))  # from (batch, 3, h, w)
            for layer, view in extractor.convert_features_tuple_to_dict(views).items():
                seen[names[layer]].append(view.float().cpu().numpy())
            progress.advance(len(pixels))
    return {name: np.concatenate(views) for name, views in seen.items()}
