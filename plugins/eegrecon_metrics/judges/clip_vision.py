"""CLIP's picture encoder as a judge, loaded by open_clip."""

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
    hub="timm/vit_large_patch14_clip_224.openai",
    files=("open_clip_config.json", "open_clip_model.safetensors"),
    megabytes=1711,
)


@dataclass(frozen=True)
class ClipVision(Judge):
    """Picture embedding ``features`` (n, width) of OpenAI's CLIP ViT-L/14, or of any open_clip model.

    It has no classes. Pictures are resized, cropped and normalised according to the model's own configuration.

    Attributes:
        model: folder with ``open_clip_config.json`` and ``open_clip_model.safetensors``, or a Hugging Face id that is
            in the hub's cache; "" means the published ViT-L/14.
        batch: number of pictures per forward pass.
    """

    model: str = ""
    batch: Count = 32

    @classmethod
    def small(cls) -> ClipVision:
        """Return that of the embedded world."""
        return cls(model="eegrecon_shapes:weights/clip")

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
        """``clip-vit-l-14`` for the published model, a digest for any other."""
        return "clip-vit-l-14" if not self.model else f"clip-{_digest(PUBLISHED.find(self.model))[:8]}"

    def look(self, pictures: Pixels, run: Run) -> Mapping[str, Floats]:
        """Return ``features`` (n, width) of uint8 (n, h, w, 3).

        Raises:
            MissingFiles: the model is not installed.
            DataError: the weights do not match the folder's configuration.
        """
        import torch
        from PIL import Image

        folder = PUBLISHED.find(self.model)
        network, preprocess = run.shared(f"{folder} on {run.device}", lambda: _network(folder, run.device))
        features = []
        with torch.inference_mode(), run.progress(len(pictures), "CLIP: pictures") as progress:
            for start in range(0, len(pictures), self.batch):
                batch = [preprocess(Image.fromarray(np.array(one))) for one in pictures[start : start + self.batch]]
                features.append(network.encode_image(torch.stack(batch).to(run.device)).float().cpu().numpy())
                progress.advance(len(batch))
        return {"features": np.concatenate(features)}


def _digest(folder: Path) -> str:
    """Digest the files that are read; other files of the folder (a tokenizer, a model card) do not count."""
    return "".join(content_digest(folder / name)[:16] for name in PUBLISHED.files)


def _network(folder: Path, device: str) -> tuple[Any, Any]:
    """Return the model on its device, and the transform from a PIL picture to its input."""
    import open_clip

    try:
        network, _, preprocess = open_clip.create_model_and_transforms(f"local-dir:{folder}")
    except (RuntimeError, ValueError, KeyError, OSError) as error:
        reason = next((line.strip() for line in str(error).splitlines()[1:2]), str(error))
        raise DataError(
            f"{folder} does not hold the open_clip model that its open_clip_config.json describes ({reason}); "
            f"fetch both files of {PUBLISHED.hub} again"
        ) from error
    return network.to(device).eval(), preprocess
