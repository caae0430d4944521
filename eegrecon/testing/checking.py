"""Running the checks on a component."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, Literal

from eegrecon.errors import EegreconError, MissingFiles, UsageError, named, raised_in, unknown
from eegrecon.interfaces.components import Component
from eegrecon.registry.building import kind_of
from eegrecon.registry.catalog import KINDS
from eegrecon.testing.checks import audits, configuration, datasets, fitting, pictures, prediction, scores
from eegrecon.testing.suite import Case, Check, CheckFailed, Skipped

_MODULES = (configuration, fitting, prediction, pictures, scores, datasets, audits)
CHECKS: tuple[Check, ...] = tuple(
    value for module in _MODULES for value in vars(module).values() if isinstance(value, Check)
)
FOUNDATIONS = ("weights", "outputs")  # checks without whose outcome later ones are skipped
PASSED = "passed"
Outcome = str | Exception


@dataclass(frozen=True)
class Checked:
    """What one check found: ``passed``, ``skipped: why``, or the exception; and the seconds that it took."""

    check: Check
    outcome: Outcome
    seconds: float

    @property
    def state(self) -> Literal["passed", "FAILED", "skipped"]:
        """The outcome in one word."""
        if isinstance(self.outcome, Exception):
            return "FAILED"
        return "passed" if self.outcome == PASSED else "skipped"

    @property
    def message(self) -> str:
        """What to change, or why it was skipped."""
        return "" if self.state == "passed" else str(self.outcome).removeprefix("skipped: ")


def checks_of(kind: str, only: Sequence[str] = ()) -> tuple[Check, ...]:
    """Return the checks of a kind of component, in the order in which they run.

    Args:
        kind: the kind.
        only: names of checks; empty for all.

    Raises:
        UnknownName: a check of that name does not exist for this kind.
    """
    found = tuple(check for check in CHECKS if kind in check.kinds)
    names = [check.name for check in found]
    for name in only:
        if name not in names:
            raise unknown(f"check of {kind}s", name, names, "--only")
    return tuple(check for check in found if not only or check.name in only)


def check_component(
    cls: type[Component], *, kind: str | None = None, only: Sequence[str] = ()
) -> dict[str, str | Exception]:
    """Return the outcome of every check by name: ``"passed"``, ``"skipped: why"``, or the exception.

    No test runner is needed. The checks use ``cls.small()``, on toy data. An exception is a `CheckFailed` whose
    message says what to change.

    Args:
        cls: the class of a component.
        kind: its kind; by default the one that it derives from.
        only: names of checks; empty for all.

    Raises:
        UsageError: the class derives from no kind of component, or a name is unknown.
    """
    return {found.check.name: found.outcome for found in checked(cls, kind, only)}


def checked(cls: type[Component], kind: str | None = None, only: Sequence[str] = ()) -> Iterator[Checked]:
    """Yield the outcome of every check of a component as soon as it is known."""
    kind = kind or _kind_of(cls)
    if kind not in KINDS:
        raise unknown("kind", kind, KINDS, "--kind")
    unknown_exemptions = sorted(set(cls.exempt) - {check.name for check in checks_of(kind)})
    with tempfile.TemporaryDirectory(prefix="eegrecon-check-") as folder:
        case = Case(cls, kind, Path(folder))
        for check in checks_of(kind, only):
            start = perf_counter()
            outcome = _outcome(check, case)
            if check.name == "contract" and outcome == PASSED and unknown_exemptions:
                names = ", ".join(unknown_exemptions)
                outcome = case.failed("exempt", f"names checks that there are not ({names})", "leave them out")
            yield Checked(check, outcome, perf_counter() - start)


def _kind_of(cls: type[Component]) -> str:
    if not (isinstance(cls, type) and issubclass(cls, tuple(KINDS.values()))):
        raise UsageError(f"{cls!r} is the class of no component; derive it from eegrecon.Encoder or another kind")
    return kind_of(cls)


def _outcome(check: Check, case: Case) -> Outcome:
    if check.name in case.cls.exempt:
        return f"skipped: declared exempt, {case.cls.exempt[check.name]}"
    try:
        check.function(case)
    except Skipped as skipped:
        return f"skipped: {skipped}"
    except MissingFiles as error:
        return f"skipped: it needs files, {error}"
    except EegreconError as error:
        return error
    except Exception as error:
        name = f"{case.cls.__module__}.{case.cls.__qualname__}"
        failed = CheckFailed(
            f"{name} raised {type(error).__name__} in {_place(error)}: {error}; repair it, or with --debug see where"
        )
        failed.__cause__ = error
        return failed
    return PASSED


def _place(error: BaseException) -> str:
    """Return file, line and function in which an exception was raised, outside of eegrecon if possible."""
    file, line, function = raised_in(error)
    return f"{named(file)}, line {line}, {function}"


def component_checks(cls: type[Component], *, kind: str | None = None) -> Callable[[Any], Any]:
    """Return a decorator that runs a pytest function once for every check of a component.

    The function takes one argument, ``check``, and calls it::

        @component_checks(MyEncoder)
        def test_my_encoder(check):
            check()
    """
    import pytest

    kind = kind or _kind_of(cls)

    def bound(name: str) -> Callable[[], None]:
        def run() -> None:
            outcome = check_component(cls, kind=kind, only=before(name))[name]
            if isinstance(outcome, Exception):
                raise outcome
            if outcome != PASSED:
                pytest.skip(outcome.removeprefix("skipped: "))

        return run

    def before(name: str) -> list[str]:  # a mistake in fit or in the method that predicts fails one test
        return [other for other in FOUNDATIONS if other in names[: names.index(name)]] + [name]

    names = [check.name for check in checks_of(kind)]
    return pytest.mark.parametrize("check", [pytest.param(bound(name), id=name) for name in names])
