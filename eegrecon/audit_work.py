"""What an audit's stage gives it: the recordings beside the outcome, trial for trial."""

from __future__ import annotations

import dataclasses

import numpy as np

from eegrecon import contract_checks
from eegrecon.audits import Evidence, Scored
from eegrecon.scoring import outcome_of
from eegrecon.stage_run import StageRun
from eegrecon.stages import Stage
from eegrecon.workshop import Made, Ordered, Workshop


def measure(stage: Stage, shop: Workshop, run: StageRun) -> Made:
    """Let an audit measure one subject and seed."""
    test = shop.artefact(stage.inputs["test"]).arrays
    scores = {role.removeprefix("score."): key for role, key in stage.inputs.items() if role.startswith("score.")}
    scored = {
        name: Scored(shop.graph.stages[key].component, outcome_of(shop.graph.stages[key], shop))
        for name, key in scores.items()
    }
    recordings, rows = shop.recordings(stage, run), np.asarray(test["row"])
    aligned = recordings.test.take(rows, Ordered(recordings.test.eeg, rows))  # in the order of the outcome
    recordings = dataclasses.replace(recordings, test=aligned)
    evidence = Evidence(recordings, np.asarray(test["picture"]), outcome_of(stage, shop), scored)
    return contract_checks.weights(stage.component, "measure", stage.component.measure(evidence, run)), {}
