"""A captioner that runs any image-to-text model of transformers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from eegrecon import Captioner, Count, DataError, MissingFiles, Pictures, Run
from eegrecon.resources import content_digest, hub_folder, locate

BLIP2 = "Salesforce/blip2-opt-2.7b"  # the model of the BrainVis paper


@dataclass(frozen=True)
class ImageToText(Captioner):
    """An image-to-text model that transformers opens: BLIP-2 (as in the paper), BLIP, GIT and others.

    Captions are decoded greedily, without sampling. If the model returns no text, the caption is "a picture".

    Attributes:
        model: a folder, or the id of a model in the local cache of the Hugging Face hub. Nothing is downloaded.
        batch: number of pictures that are captioned together.
        words: maximum number of tokens of a caption.
    """

    model: str = BLIP2
    batch: Count = 8
    words: Count = 30

    def reads(self) -> Mapping[str, str]:
        """Return the revision of the model.

        Raises:
            MissingFiles: the model does not exist locally.
        """
        return {"model": self._located()[1]}

    @property
    def identity(self) -> str:
        """Model and revision: the commit on the hub, or the digest of a folder."""
        return f"{self.model}@{self._located()[1]}"

    def _located(self) -> tuple[Path, str]:
        """Return the model's folder and revision."""
        folder = locate(self.model)
        if folder is not None and folder.is_dir():
            return folder, content_digest(folder)[:12]
        if cached := hub_folder(self.model):
            return cached, cached.name
        raise MissingFiles(
            f"the captioning model {self.model!r} is neither a local folder nor in the Hugging Face hub's cache; fetch "
            f"it with `hf download {self.model}` (15 GB for {BLIP2}), or name the folder of another with --model"
        )

    def captions(self, pictures: Pictures, run: Run) -> Iterator[str]:
        """Caption pictures in their order.

        Raises:
            MissingFiles: the model does not exist locally.
            DataError: its files are not those of an image-to-text model.
        """
        import torch

        processor, model = self._load(run)
        for start in range(0, len(pictures), self.batch):
            batch = [np.asarray(pictures[row]) for row in range(start, min(start + self.batch, len(pictures)))]
            inputs = processor(images=batch, return_tensors="pt").to(run.device, model.dtype)
            with torch.inference_mode():
                tokens = model.generate(**inputs, max_new_tokens=self.words, do_sample=False)
            for text in processor.batch_decode(tokens, skip_special_tokens=True):
                yield " ".join(text.split()) or "a picture"

    def _load(self, run: Run) -> tuple[Any, Any]:
        import torch
        from transformers import AutoModelForImageTextToText, AutoProcessor

        folder, _ = self._located()
        dtype = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}[run.precision]
        try:
            processor = AutoProcessor.from_pretrained(folder)
            model = AutoModelForImageTextToText.from_pretrained(folder, dtype=dtype)
        except (OSError, ValueError, KeyError) as error:
            raise DataError(
                f"{folder} cannot be opened as an image-to-text model ({str(error).strip().splitlines()[0]}); name the "
                "folder of one, for instance of BLIP-2"
            ) from error
        return processor, model.to(run.device).eval()
