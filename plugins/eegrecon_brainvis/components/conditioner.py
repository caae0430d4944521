"""The text space of a latent diffusion model as a conditioning space."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from eegrecon import Conditioner, Count, Floats, Pictures, Run
from eegrecon.resources import disk_array
from eegrecon_brainvis.diffusion.files import STABLE_DIFFUSION


@dataclass(frozen=True)
class ClipText(Conditioner):
    """Last hidden state of a diffusion model's CLIP text encoder: of class names (coarse) and captions (fine).

    ``model`` is a folder in diffusers' form, ``package:folder``, or a hub's id. Always computed in float32, whatever
    the run's precision, so that targets do not depend on it.

    Raises:
        MissingFiles: the model is not there.
    """

    model: str = STABLE_DIFFUSION
    batch: Count = 64

    @classmethod
    def small(cls) -> ClipText:
        """Return that of the model of the embedded world."""
        return cls(model="eegrecon_shapes:weights/stable-diffusion")

    def reads(self) -> Mapping[str, str]:
        """The digest of text encoder and tokenizer."""
        from eegrecon_brainvis.diffusion.files import model_digest

        return {"model": model_digest(self.model, ("text_encoder", "tokenizer"))}

    @property
    def identity(self) -> str:
        """``clip-text`` of the paper's model, with a digest of any other one."""
        if self.model == STABLE_DIFFUSION:
            return "clip-text"
        return f"clip-text-{hashlib.blake2b(self.reads()['model'].encode(), digest_size=4).hexdigest()}"

    def coarse(self, classes: Sequence[str], run: Run) -> Floats:
        """Embed class names: float32 (classes, tokens, width)."""
        from eegrecon_brainvis.diffusion.loading import text_tower

        return text_tower(self.model, run).embed(classes, self.batch, run)

    def fine(self, pictures: Pictures, captions: Sequence[str] | None, run: Run) -> Floats | None:
        """Embed captions, each text once: float16 (pictures, tokens, width), on disk; None without captions."""
        import numpy as np

        from eegrecon_brainvis.diffusion.loading import text_tower

        if captions is None:
            return None
        rows: dict[str, list[int]] = {}
        for row, caption in enumerate(captions):
            rows.setdefault(caption, []).append(row)
        tower, texts = text_tower(self.model, run), list(rows)
        tokens = disk_array(run.scratch / "fine.f16", np.float16, (len(captions), *tower.shape))
        with run.progress(len(texts), "texts") as bar:
            embedded = (array for batch in tower.batches(texts, self.batch, run) for array in batch)
            for text, array in zip(texts, embedded, strict=True):
                tokens[rows[text]] = array
                bar.advance()
        return tokens
