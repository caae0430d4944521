"""Stable Diffusion as the method uses it: one copy of its networks in memory for text, both stages and all chunks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from eegrecon import Floats, MissingFiles, Run, content_digest, locate

T = TypeVar("T")
SUBFOLDERS = ("scheduler", "text_encoder", "tokenizer", "unet", "vae")


def model_digest(address: str, subfolders: Sequence[str] = SUBFOLDERS) -> str:
    """Digest the subfolders of a local model; a hub's id stands for itself."""
    folder = locate(address)
    if folder is None:
        return f"hub:{address}"
    return " ".join(content_digest(folder / name) for name in subfolders if (folder / name).is_dir())


@contextmanager
def _quietly() -> Iterator[None]:
    """Keep the libraries' own progress bars and advice (not their errors) off the terminal for a while."""
    import diffusers
    import transformers

    libraries = (diffusers.utils.logging, transformers.utils.logging)
    before = [(library, library.is_progress_bar_enabled(), library.get_verbosity()) for library in libraries]
    try:
        for library in libraries:
            library.disable_progress_bar()
            library.set_verbosity_error()
        yield
    finally:
        for library, shown, verbosity in before:
            library.set_verbosity(verbosity)
            if shown:
                library.enable_progress_bar()


def _found(address: str, read: Callable[[str], T]) -> T:
    """Read a model from its folder or the hub."""
    folder = locate(address)
    try:
        with _quietly():
            return read(address if folder is None else str(folder))
    except (OSError, ValueError) as error:
        reason = str(error).strip().splitlines()[0]
        if folder is not None:
            raise MissingFiles(
                f"{folder} is no complete Stable Diffusion folder ({reason}); it needs model_index.json and "
                f"{', '.join(SUBFOLDERS)}, as StableDiffusionPipeline.save_pretrained writes them"
            ) from error
        raise MissingFiles(
            f"the diffusion model {address!r} is no folder here and did not come from the Hugging Face hub ({reason}); "
            f"fetch it with `hf download {address}` (4 GB for Stable Diffusion 1.5), or set `model` of generator and "
            "conditioner to a folder that holds it"
        ) from error


@dataclass(frozen=True, eq=False)
class TextTower:
    """A diffusion model's text encoder with its tokenizer."""

    tokenizer: Any
    encoder: Any

    @property
    def form(self) -> tuple[int, int]:
        """Tokens of a text and their width."""
        return self.tokenizer.model_max_length, self.encoder.config.hidden_size

    def embed(self, texts: Sequence[str], batch: int, run: Run) -> Floats:
        """Embed texts, padded or cut to the model's length: float32 (texts, tokens, width)."""
        return np.concatenate(list(self.pieces(texts, batch, run)))

    def pieces(self, texts: Sequence[str], batch: int, run: Run) -> Iterator[Floats]:
        """Embed texts, ``batch`` at a time: each float32 (b, tokens, width)."""
        import torch

        for start in range(0, len(texts), batch):
            ids = self.tokenizer(
                list(texts[start : start + batch]),
                padding="max_length",
                max_length=self.tokenizer.model_max_length,
                truncation=True,
                return_tensors="pt",
            ).input_ids
            with torch.inference_mode():
                yield self.encoder(ids.to(run.device))[0].cpu().numpy()


def text_tower(address: str, run: Run) -> TextTower:
    """Return the live text encoder of a model, in float32.

    Raises:
        MissingFiles: the model is not there.
    """

    def read(model: str) -> TextTower:
        from transformers import CLIPTextModel, CLIPTokenizer

        encoder = CLIPTextModel.from_pretrained(model, subfolder="text_encoder")
        tokenizer = CLIPTokenizer.from_pretrained(model, subfolder="tokenizer")
        return TextTower(tokenizer, encoder.float().to(run.device).eval())

    return run.shared(f"text encoder of {address} on {run.device}", lambda: _found(address, read))


@dataclass(frozen=True, eq=False)
class Diffusion:
    """Both pipelines over the same networks."""

    from_noise: Any  # StableDiffusionPipeline
    from_picture: Any  # StableDiffusionImg2ImgPipeline
    scheduler: Any  # the one that came with the model


def diffusion(address: str, run: Run) -> Diffusion:
    """Return the live pipelines of a model at the run's precision, without text encoder and without safety checker.

    Raises:
        MissingFiles: the model is not there.
    """

    def read(model: str) -> Diffusion:
        import torch
        from diffusers import StableDiffusionImg2ImgPipeline, StableDiffusionPipeline

        absent = {"text_encoder": None, "tokenizer": None, "safety_checker": None, "feature_extractor": None}
        first = StableDiffusionPipeline.from_pretrained(model, requires_safety_checker=False, **absent)
        first.to(run.device, {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}[run.precision])
        second = StableDiffusionImg2ImgPipeline(**first.components, requires_safety_checker=False)
        for pipeline in (first, second):
            pipeline.set_progress_bar_config(disable=True)
        return Diffusion(first, second, first.scheduler)

    return run.shared(f"diffusion {address} in {run.precision} on {run.device}", lambda: _found(address, read))
