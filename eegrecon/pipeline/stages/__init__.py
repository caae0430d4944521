"""What each kind of stage computes, one module per kind; a stage function receives one context and returns arrays."""

from __future__ import annotations

from eegrecon.pipeline.context import StageKind
from eegrecon.pipeline.stages import (
    align,
    control,
    describe,
    draw,
    embed,
    encode,
    fit,
    generate,
    look,
    prepare,
    reference,
    targets,
    trials,
)

STAGES: dict[str, StageKind] = {
    "prepare": StageKind(prepare.prepare, network=True),
    "test": StageKind(trials.test_trials),
    "describe": StageKind(describe.describe),
    "draw": StageKind(draw.draw),
    "reference": StageKind(reference.reference),
    "control": StageKind(control.control),
    "targets": StageKind(targets.targets, network=True),
    "embed": StageKind(embed.embed, network=True),
    "fit": StageKind(fit.fit, network=True),
    "align-fit": StageKind(fit.fit_aligner, network=True),
    "generate-fit": StageKind(fit.fit_generator, network=True),
    "encode": StageKind(encode.encode, network=True),
    "align": StageKind(align.align, network=True),
    "generate": StageKind(generate.generate, network=True, all_cores=True),
    "look": StageKind(look.look, network=True, all_cores=True),
}
