"""What a submission claims against itself: trials, per-trial scores, predictions, disclosures and intervals."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np

from eegrecon.errors import DataError
from eegrecon.evaluation.aggregation import CellScore, interval_of
from eegrecon.interfaces.records import ResultRow, ScoreRecord
from eegrecon.leaderboard.submission.opened import Submission
from eegrecon.leaderboard.verification.record import Check
from eegrecon.reporting.comparison.recorded import average_of, cell_score
from eegrecon.reporting.result import TRIALS
from eegrecon.reporting.summary.sentences import sentences
from eegrecon.reporting.tables import table_of
from eegrecon.reporting.trials import CellTrials

_ROUNDING = 1e-9  # of sums in another order
_INTERVAL = 1e-6


def checks(submission: Submission, *, thorough: bool = True) -> tuple[Check, ...]:
    """Return the checks of a submission against itself.

    Args:
        submission: the submission.
        thorough: decode every picture, compute the intervals of per-trial scores again, and show the result.
    """
    tests: list[tuple[str, Callable[[Submission], Iterator[str]]]] = [
        ("rows", _rows), ("trials", _trials), ("disclosures", _disclosures), ("claims", _claims),
        ("predictions", _predictions),
    ]  # fmt: skip
    if thorough:
        tests += [("result", _result), ("intervals", _intervals), ("pictures", _pictures)]
    return tuple(_check(name, test, submission) for name, test in tests)


def _check(name: str, test: Callable[[Submission], Iterator[str]], submission: Submission) -> Check:
    if name == "intervals" and not all(trials.identified for trials in submission.trials.values()):
        text = f"{TRIALS} of an older version, which does not say which trials saw the same picture"
        return Check(name=name, state="not checked", text=text)
    try:
        problem = next(test(submission), "")
    except DataError as error:
        problem = str(error)
    return Check(name=name, state="FAILED" if problem else "ok", text=problem)


def _rows(submission: Submission) -> Iterator[str]:
    """Yield what is wrong with the rows."""
    result = submission.result
    labels = [row.label for row in result.rows]
    if not result.rows or not result.rows[0].scores:
        yield "the first row, which a board shows, has no scores"
    elif result.rows[0].control or result.rows[0].baseline:
        yield "the first row, which a board shows, is a control or a baseline"
    if len(set(labels)) < len(labels):
        yield "two rows have one label"
    if len(set(result.subjects)) < len(result.subjects) or len(set(result.seeds)) < len(result.seeds):
        yield "a subject or a seed is listed twice"
    if odd := {label for label, _, _ in submission.trials} - set(labels):
        yield f"{TRIALS} has the row {min(odd)!r}, and result.json does not"


def _trials(submission: Submission) -> Iterator[str]:
    """Yield which trials are missing, twice, or not those of the other rows."""
    result = submission.result
    for seed in result.seeds:
        for subject in result.subjects:
            wanted: CellTrials | None = None
            for row in result.rows:
                if not row.scores:
                    continue
                place = f"{row.label!r}, subject {subject}, seed {seed}"
                found = submission.trials.get((row.label, subject, seed))
                if found is None:
                    yield f"{TRIALS} has no trials of {place}"
                    return
                if len(np.unique(found.trial)) < len(found.trial):
                    yield f"{TRIALS} has a trial of {place} twice"
                wanted = wanted or found
                if missing := len(np.setdiff1d(wanted.trial, found.trial)):
                    yield f"{TRIALS} lacks {missing} trials of {place}"
                if not np.array_equal(wanted.trial, found.trial) or wanted.label != found.label:
                    yield f"the trials of {place} are not those of the first row in the same order"


def _disclosures(submission: Submission) -> Iterator[str]:
    """Yield where the disclosed number of samples is not that of the result or of the pictures."""
    disclosed = submission.manifest.disclosures.samples_per_trial
    if (claimed := submission.result.rows[0].configuration.get("samples", 1)) != disclosed:
        yield f"{disclosed} samples per trial are disclosed, and result.json has {claimed}"
    record = submission.pictures_of(0)
    if record is not None and record.samples != disclosed:
        yield f"{disclosed} samples per trial are disclosed, and the pictures are {record.samples} per trial"


def cell_scores(submission: Submission, row: ResultRow) -> Iterator[tuple[ScoreRecord, CellTrials]]:
    """Yield every score of a row with the trials of its cell."""
    for score in row.scores:
        found = submission.trials.get((row.label, score.subject, score.seed))
        if found is not None:
            yield score, found


def _claims(submission: Submission) -> Iterator[str]:
    """Yield which score is not the mean or median of its trials, and which summary not the mean of its scores."""
    for row in submission.result.rows:
        for score, trials in cell_scores(submission, row):
            values = trials.scores.get(f"{score.metric}.{score.column}")
            if values is not None and average_of(score.value, values, score.of) is None:
                yield (
                    f"{score.column} of {row.label!r}, subject {score.subject}, is {score.value:g}, and its trials "
                    f"have the {score.of or 'mean'} {(np.median if score.of == 'median' else np.mean)(values):g}"
                )
        for summary in row.summaries:
            column = (summary.metric, summary.column)
            own = [score.value for score in row.scores if (score.metric, score.column) == column]
            if not own or not math.isclose(float(np.mean(own)), summary.value, rel_tol=_ROUNDING, abs_tol=1e-12):
                yield f"{summary.column} of {row.label!r} is {summary.value:g}, which is not the mean of its scores"


def _predictions(submission: Submission) -> Iterator[str]:
    """Yield where the predicted class is not the best of the class scores."""
    for (label, subject, _), trials in submission.trials.items():
        if trials.classes:
            names = list(trials.classes)
            best = np.argmax(np.stack(list(trials.classes.values()), axis=1), axis=1)
            if tuple(names[number] for number in best) != trials.predicted:
                yield f"a predicted class of {label!r}, subject {subject}, is not that of its best class score"


def _result(submission: Submission) -> Iterator[str]:
    """Yield why the result cannot be shown, as that of a run can."""
    try:
        sentences(submission.result, table_of(submission.result))
    except Exception as error:  # an odd result may raise anything
        yield f"it cannot be shown as a table ({type(error).__name__}), as one that a run writes can"


def _intervals(submission: Submission) -> Iterator[str]:
    """Yield which interval is not that of the per-trial scores."""
    for row in submission.result.rows:
        by_column: dict[tuple[str, str], list[CellScore]] = {}
        for score, trials in cell_scores(submission, row):
            values = trials.scores.get(f"{score.metric}.{score.column}")
            if values is not None and score.of is not None:
                by_column.setdefault((score.metric, score.column), []).append(cell_score(score, trials))
        for summary in row.summaries:
            cells = by_column.get((summary.metric, summary.column), [])
            if len(cells) == sum((s.metric, s.column) == (summary.metric, summary.column) for s in row.scores) > 0:
                computed, claimed = interval_of(cells), summary.interval
                if computed is None or claimed is None:
                    same = computed is claimed
                else:
                    same = bool(np.allclose(computed, claimed, rtol=_INTERVAL, atol=_INTERVAL))
                if not same:
                    where = f"{summary.column} of {row.label!r}"
                    yield f"the interval of {where} is {claimed}, and its trials give {computed}"


def _pictures(submission: Submission) -> Iterator[str]:
    """Decode every sheet, which raises an error for one that is damaged or altered."""
    result = submission.result
    for record in submission.manifest.pictures:
        for seed in result.seeds:
            for subject in result.subjects:
                submission.pictures(record, subject, seed)
    yield from ()
