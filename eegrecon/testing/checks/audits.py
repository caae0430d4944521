"""Checks of audits: what they return, and that they find what they look for."""

from __future__ import annotations

import typing

import numpy as np

from eegrecon.interfaces import output_checks
from eegrecon.interfaces.audits import Circumstances, Evidence, Opinion, Verdict
from eegrecon.interfaces.data import Arrays
from eegrecon.testing.suite import Case, Skipped, check, difference, unchanged
from eegrecon.testing.toy_data import toy_evidence

LARGE = 1e5  # numbers in a measurement
_KNOWN = Circumstances(configurations=1)


def _measured(case: Case, evidence: Evidence) -> Arrays:
    return output_checks.weights(case.component, "measure", case.component.measure(evidence, case.run()))


def _opinion(case: Case, measured: list[Arrays], known: Circumstances = _KNOWN) -> Opinion:
    returned = case.component.conclude(measured, known)
    verdicts = typing.get_args(Verdict)
    if not isinstance(returned, Opinion) or returned.verdict not in verdicts or not returned.evidence.strip():
        raise case.failed(
            "conclude", f"returned {returned!r}", f"return Opinion(one of {', '.join(verdicts)}, evidence)"
        )
    return returned


@check("audit")
def verdict(case: Case) -> None:
    """``measure`` returns small arrays, the same every time, and ``conclude`` an opinion."""
    first, second = _measured(case, toy_evidence()), _measured(case, toy_evidence())
    name, largest = difference(first, second)
    if largest > 0:
        raise case.failed("measure", f"returned another {name} the second time", "draw from run.seed")
    if sum(np.size(array) for array in first.values()) > LARGE:
        raise case.failed("measure", "returned more than 100,000 numbers", "return what conclude() needs, summed up")
    _opinion(case, [first])
    _opinion(case, [first, second])


@check("audit")
def positive_control(case: Case) -> None:
    """The audit does not pass its own positive control, evidence with the fault that it looks for."""
    changed = case.cls.positive_control(toy_evidence())  # type: ignore[attr-defined]
    if changed is None:
        raise Skipped("it declares no positive_control(): return evidence with the fault that it looks for")
    evidence, known = changed
    opinion = _opinion(case, [_measured(case, evidence)], known)
    if opinion.verdict not in ("WARN", "FAIL"):
        raise case.failed(
            "conclude",
            f"says {opinion.verdict} of its own positive control ({opinion.evidence})",
            "make the test more sensitive, or the control stronger",
        )


@check("audit")
def evidence_unchanged(case: Case) -> None:
    """``measure`` does not write into the evidence, which other audits receive."""
    evidence = toy_evidence()
    with unchanged(case, "measure", evidence=evidence):
        _measured(case, evidence)
