"""What an audit's stage gives it: the recordings beside the outcome, trial for trial."""

from __future__ import annotations

import dataclasses

import numpy as np

from eegrecon import contract_checks
from eegrecon.audits import Evidence, Scored
from eegrecon.data import Ints, Recordings, Trials
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
    recordings = _aligned(shop.recordings(stage, run), np.asarray(test["row"]))
    evidence = Evidence(recordings, np.asarray(test["picture"]), outcome_of(stage, shop), scored)
    return contract_checks.weights(stage.component, "measure", stage.component.measure(evidence, run)), {}


def _aligned(recordings: Recordings, rows: Ints) -> Recordings:
    """Put the test trials into the order of the outcome."""
    test = recordings.test
    ordered = Trials(
        eeg=Ordered(test.eeg, rows),
        subject=test.subject[rows],
        trial=test.trial[rows],
        label=test.label[rows],
        image=test.image[rows],
        block=None if test.block is None else test.block[rows],
        order=None if test.order is None else test.order[rows],
    )
    return dataclasses.replace(recordings, test=ordered)
