"""What generators share that draw with a diffusion model which another network steers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eegrecon import Conditioner, Count, Finding, Generator, InvalidConfiguration, NonNegative
from eegrecon_brainvis.components.conditioner import ClipText
from eegrecon_brainvis.components.generator import Scheduler
from eegrecon_brainvis.diffusion.files import STABLE_DIFFUSION

if TYPE_CHECKING:
    from eegrecon_brainvis.diffusion.sampling import CascadeSettings

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
        if self.height % 8 or self.width % 8:
            raise InvalidConfiguration(
                f"pictures of {self.height} x {self.width} are not possible; set height and width to multiples of 8"
            )

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the pictures."""
        return self.height, self.width

    def reads(self) -> Mapping[str, str]:
        """The digest of the model."""
        from eegrecon_brainvis.diffusion.files import model_digest

        return {"model": model_digest(self.model)}

    def check(self) -> Sequence[Finding]:
        """Return a finding for every file of the model."""
        from eegrecon_brainvis.diffusion.files import findings

        return tuple(findings(self.model))

    def conditioner(self) -> Conditioner:
        """The text space of the same model."""
        return ClipText(model=self.model)

    def settings(self, *, tokens: bool) -> CascadeSettings:
        """Return the settings of sampling: from the aligner's tokens, or from a prompt."""
        from eegrecon_brainvis.diffusion.sampling import CascadeSettings

        return CascadeSettings(
            model=self.model,
            size=self.size,
            scheduler=self.scheduler,
            semantic=tokens,
            refine=not tokens,
            steps=self.steps,
            guidance=self.guidance,
            strength=1.0,
            refine_steps=self.steps,
            refine_guidance=self.guidance,
            batch=self.at_once,
        )
