"""DINOv2 as a judge, loaded by transformers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from eegrecon import Count, DataError, Floats, Judge, Pixels, Run
from eegrecon.resources import content_digest
from eegrecon_metrics.networks.weights import PublishedFolder

PUBLISHED = PublishedFolder(
    hub="facebook/dinov2-base",
    files=("config.json", "model.safetensors", "preprocessor_config.json"),
    megabytes=346,
)


@dataclass(frozen=True)
class Dinov2(Judge):
    """Picture embedding ``features`` (n, width) of DINOv2: the class token after the last layer's norm.

    It has no classes. Pictures are resized, cropped and normalised according to the model's own configuration.

    Source: Oquab et al., "DINOv2: learning robust visual features without supervision", arXiv:2304.07193.

    Attributes:
        model: folder with ``config.json``, ``model.safetensors`` and ``preprocessor_config.json``, or a Hugging Face id
            that is in the hub's cache (``facebook/dinov2-giant``); "" means ``facebook/dinov2-base``.
        batch: number of pictures per forward pass.
    """

    model: str = ""
    batch: Count = 32

    def reads(self) -> Mapping[str, str]:
        """Digest of configuration and weights.

        Raises:
            MissingFiles: the model is not installed.
        """
        return {"model": _digest(PUBLISHED.find(self.model))}

    @property
    def classes(self) -> tuple[str, ...]:
        """Empty: the network only embeds pictures."""
        return ()

    @property
    def identity(self) -> str:
        """``dinov2-base`` for the model of that name, a digest for any other."""
        return "dinov2-base" if not self.model else f"dinov2-{_digest(PUBLISHED.find(self.model))[:8]}"

    def look(self, pictures: Pixels, run: Run) -> Mapping[str, Floats]:
        """Return ``features`` (n, width) of uint8 (n, h, w, 3).

        Raises:
            MissingFiles: the model is not installed.
            DataError: the folder holds another model.
        """
        import torch

        folder = PUBLISHED.find(self.model)
        network, preprocess = run.shared(f"{folder} on {run.device}", lambda: _network(folder, run.device))
        features = []
        with torch.inference_mode(), run.progress(len(pictures), "DINOv2: pictures") as progress:
            for start in range(0, len(pictures), self.batch):
                batch = [np.array(one) for one in pictures[start : start + self.batch]]
                pixels = preprocess(batch, return_tensors="pt")["pixel_values"].to(run.device)
                features.append(network(pixel_values=pixels).pooler_output.float().cpu().numpy())
                progress.advance(len(batch))
        return {"features": np.concatenate(features)}


def _digest(folder: Path) -> str:
    """Digest the files that are read; others of the folder do not count."""
    return "".join(content_digest(folder / name)[:16] for name in PUBLISHED.files)


def _network(folder: Path, device: str) -> tuple[Any, Any]:
    """Return the model on its device, and what makes its input of pictures."""
    import json

    from transformers import AutoImageProcessor, Dinov2Model
    from transformers.utils import logging

    kind = json.loads((folder / "config.json").read_text()).get("model_type")
    if kind != "dinov2":
        raise DataError(f"{folder} holds a model of type {kind!r}; name a folder of DINOv2, such as {PUBLISHED.hub}")
    logging.disable_progress_bar()
    try:
        network, report = Dinov2Model.from_pretrained(folder, local_files_only=True, output_loading_info=True)
        preprocess = AutoImageProcessor.from_pretrained(folder, local_files_only=True)
    except (RuntimeError, ValueError, KeyError, OSError) as error:
        raise DataError(_unfit(folder, str(error))) from error
    if wrong := sorted({*report["missing_keys"], *(name for name, *_ in report["mismatched_keys"])}):
        raise DataError(_unfit(folder, f"missing or of another size: {', '.join(map(str, wrong[:3]))}"))
    return network.to(device).eval(), preprocess


def _unfit(folder: Path, reason: str) -> str:
    return (
        f"{folder} does not hold the DINOv2 that its config.json describes ({' '.join(reason.split())[:200]}); fetch "
        f"{', '.join(PUBLISHED.files)} again"
    )
