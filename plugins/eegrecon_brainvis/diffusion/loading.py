"""Loading of Stable Diffusion: one copy of its networks in memory for text, both stages and all stages of a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from eegrecon import DataError, Floats, Run
from eegrecon_brainvis.diffusion.files import configuration, model_path

T = TypeVar("T")


@contextmanager
def _quietly() -> Iterator[None]:
    """Suppress the progress bars and advice of the libraries, but not their errors."""
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


def _loaded(address: str, run: Run, from_folder: Callable[[str], T], from_pipeline: Callable[[Any], T]) -> T:
    """Load from a model's folder, or from the pipeline of a single-file checkpoint, which is read once.

    Raises:
        MissingFiles: the model is absent or incomplete.
        DataError: its files cannot be read.
    """
    path = model_path(address)
    try:
        with _quietly():
            if path.is_dir():
                return from_folder(str(path))
            return from_pipeline(run.shared(f"single file {path}", lambda: _single_file(path)))
    except (OSError, ValueError, RuntimeError, KeyError, TypeError) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise DataError(
            f"{path} cannot be loaded as a Stable Diffusion ({reason}); its files do not belong together or are "
            "damaged; download them again"
        ) from error


def _single_file(path: Path) -> Any:
    """Return the pipeline of a single-file checkpoint, in float32."""
    from diffusers import StableDiffusionPipeline

    config = str(configuration(path))
    return StableDiffusionPipeline.from_single_file(
        str(path), config=config, local_files_only=True, safety_checker=None
    )


@dataclass(frozen=True, eq=False)
class TextTower:
    """A diffusion model's text encoder with its tokenizer."""

    tokenizer: Any
    encoder: Any

    @property
    def shape(self) -> tuple[int, int]:
        """Tokens of a text, and their width."""
        return self.tokenizer.model_max_length, self.encoder.config.hidden_size

    def embed(self, texts: Sequence[str], batch: int, run: Run) -> Floats:
        """Embed texts, padded or cut to the model's length: float32 (texts, tokens, width)."""
        return np.concatenate(list(self.batches(texts, batch, run)))

    def batches(self, texts: Sequence[str], batch: int, run: Run) -> Iterator[Floats]:
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
    """Return the text encoder of a model, in float32, shared within the process.

    Raises:
        MissingFiles: the model is absent or incomplete.
        DataError: it is not a Stable Diffusion.
    """

    def tower(tokenizer: Any, encoder: Any) -> TextTower:
        return TextTower(tokenizer, encoder.float().to(run.device).eval())

    def from_folder(model: str) -> TextTower:
        from transformers import CLIPTextModel, CLIPTokenizer

        tokenizer = CLIPTokenizer.from_pretrained(model, subfolder="tokenizer")
        return tower(tokenizer, CLIPTextModel.from_pretrained(model, subfolder="text_encoder"))

    def from_pipeline(pipeline: Any) -> TextTower:
        return tower(pipeline.tokenizer, pipeline.text_encoder)

    name = f"text encoder of {address} on {run.device}"
    return run.shared(name, lambda: _loaded(address, run, from_folder, from_pipeline))


@dataclass(frozen=True, eq=False)
class Diffusion:
    """Two pipelines over the same networks."""

    from_noise: Any  # StableDiffusionPipeline
    from_picture: Any  # StableDiffusionImg2ImgPipeline
    scheduler: Any  # that of the model

    def with_denoiser(self, denoiser: Any) -> Diffusion:
        """Return pipelines with another denoiser, which leave these as they are."""
        first, second = copy(self.from_noise), copy(self.from_picture)
        first.unet = second.unet = denoiser
        return Diffusion(first, second, self.scheduler)


def diffusion(address: str, run: Run) -> Diffusion:
    """Return the pipelines of a model at the run's precision, without text encoder and safety checker, shared.

    Raises:
        MissingFiles: the model is absent or incomplete.
        DataError: it is not a Stable Diffusion.
    """
    import torch

    unused = {"text_encoder": None, "tokenizer": None, "safety_checker": None, "feature_extractor": None}

    def pipelines(first: Any) -> Diffusion:
        from diffusers import StableDiffusionImg2ImgPipeline

        first.to(run.device, {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}[run.precision])
        if run.device == "cpu":
            for network in (first.unet, first.vae):
                network.to(memory_format=torch.channels_last)  # convolutions are faster so
        second = StableDiffusionImg2ImgPipeline(**first.components, requires_safety_checker=False)
        for pipeline in (first, second):
            pipeline.set_progress_bar_config(disable=True)
        return Diffusion(first, second, first.scheduler)

    def from_folder(model: str) -> Diffusion:
        from diffusers import StableDiffusionPipeline

        return pipelines(StableDiffusionPipeline.from_pretrained(model, requires_safety_checker=False, **unused))

    def from_pipeline(pipeline: Any) -> Diffusion:
        from diffusers import StableDiffusionPipeline

        return pipelines(StableDiffusionPipeline(**{**pipeline.components, **unused}, requires_safety_checker=False))

    name = f"diffusion {address} in {run.precision} on {run.device}"
    return run.shared(name, lambda: _loaded(address, run, from_folder, from_pipeline))
