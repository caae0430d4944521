"""The reference method on a world that is small enough for a test: real networks, few epochs and steps."""

from __future__ import annotations

_EPOCHS = (
    "encoder.epochs",
    "encoder.time.epochs",
    "encoder.time.pretrain.epochs",
    "encoder.freq.epochs",
    "aligner.epochs",
)
STEPS = ("--set", "generator.steps=2", "--set", "generator.refine_steps=3")
SMALL = (*(word for name in _EPOCHS for word in ("--set", f"{name}=1")), *STEPS)
WORLD = ("--set", "dataset.recording.subjects=2", "--set", "dataset.recording.pictures_per_class=10")
ENCODER = (  # an encoder on that world, without what follows it
    *WORLD, "--set", "aligner=none", "--set", "generator=none", "--control", "none", "--subjects", "1",
)  # fmt: skip
METHOD_ALONE = (*ENCODER, "--audit", "none")  # and nothing beside it
METRICS = (
    "top-1 ↑", "retrieval top-1 ↑", "median rank ↓", "identification ↑", "IS ↑", "FID ↓", "KID ↓", "class error ↓",
    "tilt error ↓", "two-way ↑", "CLIP similarity ↑", "SSIM ↑", "pixel correlation ↑",
)  # fmt: skip
