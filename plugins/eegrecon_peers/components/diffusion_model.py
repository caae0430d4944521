"""What generators share that draw with a diffusion model which another network steers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from eegrecon import Conditioner, Count, Finding, Generator, NonNegative
from eegrecon_brainvis.components.generator import Cascade, Scheduler
from eegrecon_brainvis.diffusion.files import STABLE_DIFFUSION

SHAPES = "eegrecon_shapes:weights/stable-diffusion"  # the model of the embedded world


@dataclass(frozen=True)
class SteeredGenerator(Generator):
    """A generator with a Stable Diffusion whose weights are those of its files.

    Raises:
        InvalidConfiguration: sizes are not multiples of 8.
        MissingFiles: the model is not there.
    """

    model: str = STABLE_DIFFUSION  # a folder in diffusers' form, package:folder, or a hub's id
    height: Count = 512
    width: Count = 512
    scheduler: Scheduler = "pndm"  # "model": that of the model
    steps: Count = 50
    guidance: NonNegative = 7.5  # up to 1: no classifier-free guidance
    at_once: Count = 4  # pictures generated at a time

    def __post_init__(self) -> None:
        self.cascade()

    def cascade(self, *, tokens: bool = True) -> Cascade:
        """Return one stage of the cascade with the same model: from the aligner's tokens, or from a prompt."""
        return Cascade(
            semantic=tokens,
            refine=not tokens,
            model=self.model,
            height=self.height,
            width=self.width,
            scheduler=self.scheduler,
            steps=self.steps,
            guidance=self.guidance,
            strength=1.0,
            refine_steps=self.steps,
            refine_guidance=self.guidance,
            batch=self.at_once,
        )

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the pictures."""
        return self.height, self.width

    def reads(self) -> Mapping[str, str]:
        """The digest of the model."""
        return self.cascade().reads()

    def check(self) -> Sequence[Finding]:
        """Return a finding for every file of the model."""
        return self.cascade().check()

    def conditioner(self) -> Conditioner:
        """The text space of the same model."""
        return self.cascade().conditioner()
