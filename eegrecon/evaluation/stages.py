"""The kinds of stage that evaluation adds to those of the pipeline: scores and audits."""

from __future__ import annotations

from eegrecon.evaluation.audits import measure
from eegrecon.evaluation.scoring import score
from eegrecon.pipeline.context import StageKind

STAGES: dict[str, StageKind] = {"score": StageKind(score), "audit": StageKind(measure)}
