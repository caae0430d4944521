"""The verification of one submission, from opening its files to re-scoring its pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

import eegrecon
from eegrecon.errors import DataError, MissingFiles, UsageError
from eegrecon.leaderboard.submission.files import Refused
from eegrecon.leaderboard.submission.opened import Submission, opened
from eegrecon.leaderboard.verification import claims, rescoring
from eegrecon.leaderboard.verification.record import Check, Verification, verification
from eegrecon.leaderboard.verification.truth import Truth, Verifier, differences, lacks_data, requested, truth_of
from eegrecon.reporting.result import TRIALS


def verify(path: str | Path, verifier: Verifier | None = None) -> Verification:
    """Return what a verification of a submission found; nothing of the submission is executed or written.

    Args:
        path: its folder or zip file.
        verifier: what to compute its scores with; None for its consistency alone.

    Raises:
        MissingFiles: there is no submission.
    """
    try:
        with opened(path) as submission:
            checks = [Check(name="files", state="ok"), *claims.checks(submission)]
            found = rescoring.Rescored()
            state = "consistent"
            if verifier is not None and all(check.state != "FAILED" for check in checks):
                state = _against_benchmark(submission, verifier, checks, found)
            return verification(
                submission.digest,
                submission.manifest.name,
                (*checks, *found.checks),
                eegrecon.__version__,
                state=state,
                rows=tuple(found.rows),
            )
    except MissingFiles:
        raise
    except DataError as error:
        return verification("", "", (Check(name="files", state="FAILED", text=str(error)),), eegrecon.__version__)


def _against_benchmark(
    submission: Submission, verifier: Verifier, checks: list[Check], found: rescoring.Rescored
) -> str:
    """Check a submission against the verifier's benchmark and compute its scores again; return the state.

    Without the data set the submission stays as consistent as it is.
    """
    request = None

    def of_benchmark() -> str:
        nonlocal request
        request = requested(submission.result, verifier)
        return "; ".join(differences(submission.result, request))

    _add(checks, "benchmark", of_benchmark)
    if request is None or _failed(checks):
        return "failed"
    if lacks_data(submission.result, request):
        text = f"the run read {submission.result.dataset} from files; name their folder with --data"
        checks.append(Check(name="declared trials", state="not checked", text=text))
        return "consistent"
    try:
        truth = truth_of(request, verifier)
    except MissingFiles as error:
        checks.append(Check(name="declared trials", state="not checked", text=str(error)))
        return "consistent"
    _add(checks, "declared trials", lambda: _undeclared(submission, truth))
    if _failed(checks):
        return "failed"
    computed = rescoring.rescored(submission, truth)
    found.checks, found.rows = computed.checks, computed.rows
    return "re-scored" if any(check.state == "ok" for check in found.checks) else "consistent"


def _failed(checks: Sequence[Check]) -> bool:
    return checks[-1].state == "FAILED"


def _add(checks: list[Check], name: str, problem_of: Callable[[], str]) -> None:
    """Add a check that fails for a problem, or for the error of what is wrong with a submission."""
    try:
        problem = problem_of()
    except (DataError, UsageError) as error:
        if isinstance(error, Refused):
            raise
        problem = str(error)
    checks.append(Check(name=name, state="FAILED" if problem else "ok", text=problem))


def _undeclared(submission: Submission, truth: Truth) -> str:
    """Return where the trials are not the declared ones of the benchmark, or have other classes; empty if they are."""
    for (label, subject, seed), trials in submission.trials.items():
        where = f"{label!r}, subject {subject}, seed {seed}"
        if subject not in truth.tests or seed not in submission.result.seeds:
            return f"{TRIALS} has {where}, which is not declared"
        test = truth.test(subject)
        declared = test.arrays["trial"]
        missing, odd = np.setdiff1d(declared, trials.trial), np.setdiff1d(trials.trial, declared)
        if len(missing) or len(odd) or len(trials.trial) != len(declared):
            return (
                f"{where}: {len(missing)} of {len(declared)} declared test trials are missing, and {len(odd)} are not "
                "declared"
            )
        classes = test.metadata["classes"]
        label_of = {int(t): classes[int(c)] for t, c in zip(declared, test.arrays["label"], strict=True)}
        if any(label_of[int(t)] != name for t, name in zip(trials.trial, trials.label, strict=True)):
            return f"{where}: a trial has another class than in the data set"
        picture_of = {int(t): int(p) for t, p in zip(declared, test.arrays["picture"], strict=True)}
        if trials.identified and any(
            picture_of[int(t)] != int(p) for t, p in zip(trials.trial, trials.picture, strict=True)
        ):
            return f"{where}: a trial has another picture than in the data set"
    return ""
