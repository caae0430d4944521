from __future__ import annotations

import numpy as np
import pytest
from jobs import MakeJob

from eegrecon import DataError
from eegrecon.reporting.trials import cells_of

HEAD = "row,subject,seed,trial,image,label,predicted,m.top,class/a,class/b\n"
LINES = "Full,1,0,17,3,a,b,0.5,-1.0,2.5\nFull,1,0,18,4,b,b,1.0,0.25,0.5\ncontrol,1,0,17,3,a,,,,\n"


def test_the_trials_of_each_row_subject_and_seed_are_arrays() -> None:
    found = cells_of(HEAD + LINES)
    assert list(found) == [("Full", 1, 0), ("control", 1, 0)]
    full = found["Full", 1, 0]
    assert full.trial.tolist() == [17, 18]
    assert (full.picture.tolist(), full.identified) == ([3, 4], False)
    assert full.scores["m.top"].tolist() == [0.5, 1.0]
    assert np.asarray(full.logits(["b", "a"])).tolist() == [[2.5, -1.0], [0.5, 0.25]]
    control = found["control", 1, 0]
    assert (control.scores, control.classes, control.predicted) == ({}, {}, ("",))
    assert control.logits(["a", "b"]) is None


def test_the_file_of_a_run_is_read_as_its_result_has_it(make_job: MakeJob) -> None:
    result = make_job(control=("none",), audit=("none",)).run()
    from pathlib import Path

    found = cells_of((Path(result.folder) / "trials.csv").read_text())
    for score in result.rows[0].scores:
        trials = found["Full", score.subject, score.seed]
        assert trials.identified
        assert len(np.unique(trials.picture)) == 3
        assert trials.scores[f"{score.metric}.{score.column}"].mean() == pytest.approx(score.value)


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("", "lacks the columns row"),
        ("row,subject\n", "lacks the columns seed, trial"),
        (HEAD + "Full,1,0,17\n", "line 2: 4 values for 10 columns"),
        (HEAD + "Full,one,0,17,3,a,b,0.5,1,2\n", "line 2: 'one'"),
        (HEAD + "Full,1,0,x,3,a,b,0.5,1,2\n", "trial of 'Full', subject 1"),
        (HEAD + "Full,1,0,99999999999999999999,3,a,b,0.5,1,2\n", "trial of 'Full'"),
        (HEAD + "Full,1,0,17,3,a,b,nan,1,2\n", "m.top of 'Full'"),
        (HEAD + "Full,1,0,17,3,a,b,inf,1,2\n", "m.top of 'Full'"),
        (HEAD + "Full,1,0,17,3,a,b,0.5,,2\nFull,1,0,18,3,a,b,0.5,1,2\n", "class/a of 'Full'"),
        (HEAD + f"{'F' * 200_000},1,0,17,3,a,b,0.5,1,2\n", "more than"),
        (HEAD + '"Full,1,0', "line"),
        ("row,row,subject,seed,trial,label,predicted\n", "twice"),
    ],
)
def test_what_is_no_such_file_is_named_by_its_line(text: str, fact: str) -> None:
    with pytest.raises(DataError, match=fact):
        cells_of(text)


def test_scores_of_other_classes_are_refused() -> None:
    with pytest.raises(DataError, match="other classes"):
        cells_of(HEAD + LINES)["Full", 1, 0].logits(["a", "c"])
