"""The cascade: a diffusion model conditioned on aligned tokens, and refinement prompted by the predicted class name.

Source: BrainVis, arXiv:2312.14871; settings of the published code (RomGai/BrainVis at 129b8c2).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from eegrecon import (
    Arrays,
    ComponentError,
    Conditioner,
    Conditions,
    Count,
    Finding,
    Fraction,
    Generator,
    InvalidConfiguration,
    NonNegative,
    Pixels,
    Run,
    part,
)
from eegrecon_brainvis.components.conditioner import ClipText
from eegrecon_brainvis.diffusion.files import STABLE_DIFFUSION

if TYPE_CHECKING:
    from eegrecon_brainvis.diffusion.sampling import CascadeSettings

Scheduler = Literal["pndm", "ddim", "dpm", "euler", "model"]


@dataclass(frozen=True)
class Cascade(Generator):
    """Two stages of one Stable Diffusion.

    Stage 1 generates a picture from the aligned tokens alone, without classifier-free guidance; stage 2 adds noise of
    ``strength`` to it and denoises it with the name of the predicted class as prompt. Without ``refine`` the picture of
    stage 1 is the result and the class is not used; without ``semantic`` there is only stage 2, as text to image from
    the name of the predicted class, with ``refine_steps`` and ``refine_guidance`` and without tokens.

    All noise is drawn per trial and sample, so that (but for rounding) pictures do not depend on the batches and the
    order in which trials are generated.

    Raises:
        InvalidConfiguration: both stages are removed, ``strength`` leaves no step, or sizes are not multiples of 8.
        MissingFiles: the model is not there.
    """

    semantic: bool = part("semantic conditioning")
    refine: bool = part("refinement")
    model: str = STABLE_DIFFUSION
    height: Count = 512
    width: Count = 512
    scheduler: Scheduler = "pndm"  # PLMS; "model": that of the model
    steps: Count = 50
    guidance: NonNegative = 1.0  # 1: no classifier-free guidance, and no second forward for it
    strength: Fraction = 0.85
    refine_steps: Count = 100  # of which the share ``strength`` is used
    refine_guidance: NonNegative = 7.5
    batch: Count = 4  # pictures in memory at a time

    def __post_init__(self) -> None:
        if not (self.semantic or self.refine):
            raise InvalidConfiguration(
                "a cascade without semantic conditioning and refinement has no stage; keep one of semantic and refine"
            )
        if not 0 < self.strength <= 1 or int(self.strength * self.refine_steps) < 1:
            raise InvalidConfiguration(
                f"strength {self.strength} of {self.refine_steps} refine_steps leaves no step; "
                "set strength between 0 and 1 so that strength * refine_steps is at least 1"
            )
        if min(self.height, self.width, self.steps, self.batch) < 1:
            raise InvalidConfiguration("height, width, steps and batch of a cascade must be at least 1")
        if self.height % 8 or self.width % 8:
            raise InvalidConfiguration(
                f"pictures of {self.height} x {self.width} are not possible; set height and width to multiples of 8"
            )

    @classmethod
    def small(cls) -> Cascade:
        """Return one on the model of the embedded world."""
        model = "eegrecon_shapes:weights/stable-diffusion"
        return cls(model=model, height=32, width=32, scheduler="dpm", steps=2, refine_steps=3)

    @property
    def needs(self) -> frozenset[Literal["tokens", "label", "signals"]]:
        """Tokens for stage 1, the label for stage 2."""
        needed: dict[Literal["tokens", "label", "signals"], bool] = {"tokens": self.semantic, "label": self.refine}
        return frozenset(need for need, used in needed.items() if used)

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

    def generate(
        self, weights: Arrays, conditions: Conditions, classes: Sequence[str], samples: int, run: Run
    ) -> Pixels:
        """Return uint8 (n, samples, height, width, 3).

        Raises:
            ComponentError: tokens or labels that this configuration needs were not given.
        """
        from eegrecon_brainvis.diffusion.sampling import Sampler

        for need, array in (("tokens", conditions.tokens), ("label", conditions.label)):
            if need in self.needs and array is None:
                raise ComponentError(
                    f"the cascade received no {need} for {len(conditions.trial)} trials; this configuration needs them"
                )
        return Sampler(self.settings(), classes, run).pictures(conditions, samples)

    def settings(self) -> CascadeSettings:
        """Return the settings of sampling."""
        from eegrecon_brainvis.diffusion.sampling import CascadeSettings

        return CascadeSettings(
            model=self.model,
            size=self.size,
            scheduler=self.scheduler,
            semantic=self.semantic,
            refine=self.refine,
            steps=self.steps,
            guidance=self.guidance,
            strength=self.strength,
            refine_steps=self.refine_steps,
            refine_guidance=self.refine_guidance,
            batch=self.batch,
        )
