"""The cascade: a diffusion model steered by aligned tokens, its picture refined under the predicted class name.

Source: BrainVis, arXiv:2312.14871; settings of the published code (RomGai/BrainVis at 129b8c2).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from eegrecon import (
    Arrays,
    ComponentError,
    Conditioner,
    Conditions,
    Finding,
    Generator,
    InvalidConfiguration,
    Pixels,
    Run,
    part,
)
from eegrecon_brainvis.conditioner import ClipText
from eegrecon_brainvis.model_files import STABLE_DIFFUSION

Scheduler = Literal["pndm", "ddim", "dpm", "euler", "model"]


@dataclass(frozen=True)
class Cascade(Generator):
    """Two stages of one Stable Diffusion.

    Stage 1 makes a picture from the aligned tokens alone, without classifier-free guidance; stage 2 noises that picture
    to ``strength`` and denoises it under the name of the predicted class. Without ``refine`` the picture of stage 1 is
    the result and the class is not used; without ``semantic`` stage 2 stands alone: text to image from the name of the
    predicted class, with ``refine_steps`` and ``refine_guidance``, and no tokens are needed.

    All noise is drawn for a trial and sample by themselves, so that (but for rounding) pictures do not depend on which
    trials are generated together, in which order.

    Raises:
        InvalidConfiguration: neither stage is left, ``strength`` leaves no step, or sizes are not multiples of 8.
        MissingFiles: the model is not there.
    """

    semantic: bool = part("semantic conditioning")
    refine: bool = part("refinement")
    model: str = STABLE_DIFFUSION
    height: int = 512
    width: int = 512
    scheduler: Scheduler = "pndm"  # PLMS; "model": the one that comes with the model
    steps: int = 50
    guidance: float = 1.0  # 1: no classifier-free guidance, and no second forward for it
    strength: float = 0.85
    refine_steps: int = 100  # of which the share ``strength`` is walked
    refine_guidance: float = 7.5
    batch: int = 4  # pictures in memory at a time

    def __post_init__(self) -> None:
        if not (self.semantic or self.refine):
            raise InvalidConfiguration(
                "a cascade without semantic conditioning and without refinement makes no picture; "
                "keep one of semantic and refine"
            )
        if not 0 < self.strength <= 1 or int(self.strength * self.refine_steps) < 1:
            raise InvalidConfiguration(
                f"strength {self.strength} of {self.refine_steps} refine_steps leaves no step to walk; "
                "set strength between 0 and 1 so that strength * refine_steps is at least 1"
            )
        if min(self.height, self.width, self.steps, self.batch) < 1:
            raise InvalidConfiguration("height, width, steps and batch of a cascade must be at least 1")
        if self.height % 8 or self.width % 8:
            raise InvalidConfiguration(
                f"pictures of {self.height} x {self.width} cannot be made; set height and width to multiples of 8"
            )

    @property
    def needs(self) -> frozenset[Literal["tokens", "label", "signals"]]:
        """Tokens for stage 1, the label for stage 2."""
        wanted: dict[Literal["tokens", "label", "signals"], bool] = {"tokens": self.semantic, "label": self.refine}
        return frozenset(need for need, there in wanted.items() if there)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the pictures."""
        return self.height, self.width

    def reads(self) -> Mapping[str, str]:
        """The digest of the model."""
        from eegrecon_brainvis.model_files import model_digest

        return {"model": model_digest(self.model)}

    def check(self) -> Sequence[Finding]:
        """Say of every file of the model whether it is there."""
        from eegrecon_brainvis.model_files import findings

        return tuple(findings(self.model))

    def conditioner(self) -> Conditioner:
        """The text space of the same model."""
        return ClipText(model=self.model)

    def generate(
        self, weights: Arrays, conditions: Conditions, classes: Sequence[str], samples: int, run: Run
    ) -> Pixels:
        """Return uint8 (n, samples, height, width, 3).

        Raises:
            ComponentError: tokens or labels that this configuration needs were not given.
        """
        from eegrecon_brainvis.sampling import Sampler

        for need, given in (("tokens", conditions.tokens), ("label", conditions.label)):
            if need in self.needs and given is None:
                raise ComponentError(
                    f"the cascade was given no {need} for {len(conditions.trial)} trials; it needs them"
                )
        return Sampler(self, classes, run).pictures(conditions, samples)
