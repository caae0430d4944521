"""An interrupted training of a branch ends with the weights of an uninterrupted one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from eegrecon import Training
from eegrecon.training.checkpoints import Checkpoints, TrainingState
from eegrecon_brainvis.components.frequency_branch import FrequencyBranch
from eegrecon_brainvis.components.pretraining import LatentMaskedModel
from eegrecon_brainvis.components.time_branch import TimeBranch

TIME: dict[str, Any] = {"width": 16, "blocks": 1, "heads": 2, "epochs": 4, "batch": 16, "dropout": 0.3}
LEARNERS = [
    LatentMaskedModel(codewords=8, regressor_blocks=1, **TIME),
    TimeBranch(pretrain=None, **TIME),
    FrequencyBranch(hidden=8, width=8, epochs=4, batch=16),
]


class Interrupted(BaseException):
    """What a signal raises."""


def seeded(run: Any, work: Callable[[], Any]) -> Any:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(run.seed)
        return work()


@pytest.mark.parametrize(("epoch", "step"), [(0, 1), (2, 2), (3, 3)])
@pytest.mark.parametrize("learner", LEARNERS, ids=lambda learner: type(learner).__name__)
def test_an_interrupted_training_gives_the_weights_of_an_uninterrupted_one(
    learner: Any, epoch: int, step: int, data: Training, run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.scratch = tmp_path / "uninterrupted"
    run.scratch.mkdir()
    whole = seeded(run, lambda: learner.fit(data, run))

    monkeypatch.setenv("EEGRECON_CHECKPOINT_SECONDS", "0")
    run.scratch = tmp_path / "interrupted"
    run.scratch.mkdir()
    save = Checkpoints.save

    def interrupting(self: Checkpoints, training: TrainingState, *, last: bool) -> None:
        save(self, training, last=last)
        if (training.epoch, training.step) == (epoch, step):
            raise Interrupted

    with monkeypatch.context() as patched:
        patched.setattr(Checkpoints, "save", interrupting)
        with pytest.raises(Interrupted):
            seeded(run, lambda: learner.fit(data, run))
    run.logs.clear()
    resumed = seeded(run, lambda: learner.fit(data, run))

    assert {"epoch": epoch, "step": step} in run.logs, "the training restarted"
    assert whole.keys() == resumed.keys()
    for name, value in whole.items():
        np.testing.assert_array_equal(value, resumed[name], err_msg=name)


def test_no_checkpoint_is_written_before_it_is_due(data: Training, run: Any) -> None:
    LEARNERS[1].fit(data, run)
    assert not list(run.scratch.iterdir())
