"""CLIP's picture encoder as a judge, through open_clip."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from eegrecon import DataError, Floats, Judge, Pixels, Run, content_digest
from eegrecon_metrics.weights import PublishedFolder

PUBLISHED = PublishedFolder(
    hub="timm/vit_large_patch14_clip_224.openai",
    files=("open_clip_config.json", "open_clip_model.safetensors"),
    megabytes=1711,
)


@dataclass(frozen=True)
class ClipVision(Judge):
    """CLIP ViT-L/14 of OpenAI as open_clip has it, or any open_clip model: features (n, width), the picture embedding.

    It tells no classes. Pictures are resized, cropped and normalised as the model's own configuration says.

    Attributes:
        model: folder with ``open_clip_config.json`` and ``open_clip_model.safetensors``, or a Hugging Face id that is
            in the hub's cache; "" stands for the published ViT-L/14.
        batch: how many pictures are looked at together.
    """

    model: str = ""
    batch: int = 32

    def reads(self) -> Mapping[str, str]:
        """Digest of configuration and weights.

        Raises:
            MissingFiles: they are not there.
        """
        return {"model": _digest(PUBLISHED.find(self.model))}

    @property
    def classes(self) -> tuple[str, ...]:
        """None: it embeds pictures."""
        return ()

    @property
    def identity(self) -> str:
        """``clip-vit-l-14`` for the published one; others are told by their digest."""
        return "clip-vit-l-14" if not self.model else f"clip-{_digest(PUBLISHED.find(self.model))[:8]}"

    def look(self, pictures: Pixels, run: Run) -> Mapping[str, Floats]:
        """Return ``features`` (n, width) of uint8 (n, h, w, 3).

        Raises:
            MissingFiles: the model is not there.
            DataError: the folder does not hold what its configuration says.
        """
        import torch
        from PIL import Image

        folder = PUBLISHED.find(self.model)
        network, prepared = run.shared(f"{folder} on {run.device}", lambda: _network(folder, run.device))
        made = []
        with torch.inference_mode(), run.progress(len(pictures), "CLIP looks") as progress:
            for start in range(0, len(pictures), self.batch):
                some = [prepared(Image.fromarray(np.array(one))) for one in pictures[start : start + self.batch]]
                made.append(network.encode_image(torch.stack(some).to(run.device)).float().cpu().numpy())
                progress.advance(len(some))
        return {"features": np.concatenate(made)}


def _digest(folder: Path) -> str:
    """Digest of the files that are read; a folder may hold more (a tokenizer, a text about the model)."""
    return "".join(content_digest(folder / name)[:16] for name in PUBLISHED.files)


def _network(folder: Path, device: str) -> tuple[Any, Any]:
    """The model on its device, and what turns a PIL picture into its input."""
    import open_clip

    try:
        network, _, prepared = open_clip.create_model_and_transforms(f"local-dir:{folder}")
    except (RuntimeError, ValueError, KeyError, OSError) as error:
        reason = next((line.strip() for line in str(error).splitlines()[1:2]), str(error))
        raise DataError(
            f"{folder} does not hold the open_clip model that its open_clip_config.json describes ({reason}); "
            f"fetch both files of {PUBLISHED.hub} again"
        ) from error
    return network.to(device).eval(), prepared
