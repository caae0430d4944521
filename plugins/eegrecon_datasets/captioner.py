"""Any image-to-text model of transformers as a captioner."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from eegrecon import Captioner, DataError, MissingFiles, Pictures, Run, content_digest, hub_folder, locate

BLIP2 = "Salesforce/blip2-opt-2.7b"  # the paper's


@dataclass(frozen=True)
class ImageToText(Captioner):
    """A model that transformers opens for image to text: BLIP-2 (the paper's), BLIP, GIT and others.

    Captions are the likeliest words one after the other, nothing is drawn. Where the model says nothing at all, the
    caption is "a picture".

    Attributes:
        model: a folder, or an id of the Hugging Face hub whose files are in the hub's cache. Nothing is fetched.
        batch: pictures that are described together.
        words: tokens of a caption at most.
    """

    model: str = BLIP2
    batch: int = 8
    words: int = 30

    def reads(self) -> Mapping[str, str]:
        """Revision of the model.

        Raises:
            MissingFiles: it is not there.
        """
        return {"model": self._found()[1]}

    @property
    def identity(self) -> str:
        """Model and revision: a hub's commit, or the digest of a folder."""
        return f"{self.model}@{self._found()[1]}"

    def _found(self) -> tuple[Path, str]:
        """Return the model's folder and revision."""
        folder = locate(self.model)
        if folder is not None and folder.is_dir():
            return folder, content_digest(folder)[:12]
        if cached := hub_folder(self.model):
            return cached, cached.name
        raise MissingFiles(
            f"the captioning model {self.model!r} is no folder here and not in the Hugging Face hub's cache; fetch "
            f"it with `hf download {self.model}` (15 GB for {BLIP2}), or name the folder of another with --model"
        )

    def captions(self, pictures: Pictures, run: Run) -> Iterator[str]:
        """Describe pictures one after the other.

        Raises:
            MissingFiles: the model is not there.
            DataError: its files are not those of an image-to-text model.
        """
        import torch

        processor, model = self._loaded(run)
        for start in range(0, len(pictures), self.batch):
            some = [np.asarray(pictures[row]) for row in range(start, min(start + self.batch, len(pictures)))]
            given = processor(images=some, return_tensors="pt").to(run.device, model.dtype)
            with torch.inference_mode():
                made = model.generate(**given, max_new_tokens=self.words, do_sample=False)
            for text in processor.batch_decode(made, skip_special_tokens=True):
                yield " ".join(text.split()) or "a picture"

    def _loaded(self, run: Run) -> tuple[Any, Any]:
        import torch
        from transformers import AutoModelForImageTextToText, AutoProcessor

        folder, _ = self._found()
        kind = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}[run.precision]
        try:
            processor = AutoProcessor.from_pretrained(folder)
            model = AutoModelForImageTextToText.from_pretrained(folder, dtype=kind)
        except (OSError, ValueError, KeyError) as error:
            raise DataError(
                f"{folder} cannot be opened as an image-to-text model ({str(error).strip().splitlines()[0]}); name the "
                "folder of one, for instance of BLIP-2"
            ) from error
        return processor, model.to(run.device).eval()
