"""Every check fails a component with the fault that it looks for, and says what to change."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path

import faulty
import pytest
from faulty import FAULTS

from eegrecon import Arrays, Component, ComponentError, Run, Training, UnknownName, UsageError
from eegrecon.registry.building import kind_of
from eegrecon.registry.discovery import find
from eegrecon.testing import (
    CheckFailed,
    ToyAccuracy,
    ToyDistance,
    ToyEncoder,
    ToyIdentification,
    ToyJudge,
    check_component,
    component_checks,
)
from eegrecon.testing.checking import CHECKS

BY_FILE = {"light-import"}  # tested with a plugin in a file


def test_every_check_has_a_component_that_fails_it() -> None:
    assert {check.name for check in CHECKS} == {*FAULTS, *BY_FILE}
    assert len({check.name for check in CHECKS}) == len(CHECKS)
    for check in CHECKS:
        assert check.name in BY_FILE or kind_of(FAULTS[check.name][0]) in check.kinds


@pytest.mark.parametrize("name", [check.name for check in CHECKS if check.name not in BY_FILE])
def test_a_component_with_a_fault_fails_the_check_that_looks_for_it(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(faulty.NamesOnly, "FOLDER", tmp_path, raising=False)
    cls, says = FAULTS[name]
    outcome = check_component(cls, only=[name])[name]
    assert isinstance(outcome, Exception), outcome
    assert re.search(says, str(outcome)), outcome
    assert cls.__name__ in str(outcome)
    assert "; " in str(outcome)


def test_a_plugin_that_imports_a_heavy_library_fails(tmp_path: Path) -> None:
    file = tmp_path / "heavy.py"
    file.write_text(
        "import scipy\nfrom eegrecon import hookimpl\nfrom eegrecon.testing import ToyEncoder\n"
        "class Heavy(ToyEncoder): pass\n@hookimpl\ndef eegrecon_components():\n    return {'encoder.heavy': Heavy}\n"
    )
    outcome = check_component(find([file]).get("encoder", "heavy"), only=["light-import"])["light-import"]
    assert isinstance(outcome, CheckFailed)
    assert re.search(r"whose import imports scipy.*inside the methods", str(outcome))


SOUND = [
    ToyEncoder, ToyAccuracy, ToyIdentification, ToyDistance, ToyJudge, faulty.Colours, faulty.InMemory, faulty.Constant
]  # fmt: skip


@pytest.mark.parametrize("cls", SOUND)
def test_a_component_without_fault_passes_or_is_told_what_does_not_apply(cls: type) -> None:
    outcomes = check_component(cls)
    assert all(str(outcome).startswith(("passed", "skipped: ")) for outcome in outcomes.values()), outcomes
    assert list(outcomes) == [check.name for check in CHECKS if kind_of(cls) in check.kinds]


def test_a_faulty_component_passes_the_checks_that_do_not_concern_its_fault() -> None:
    outcomes = check_component(faulty.TestStatistics)
    failed = {name for name, outcome in outcomes.items() if isinstance(outcome, Exception)}
    assert failed == {"no-test-statistics", "subset"}  # a third of the trials has other statistics, too


def test_a_generator_that_draws_noise_in_the_order_of_the_trials_fails_and_is_told_what_to_draw_from() -> None:
    outcomes = check_component(faulty.Painter)
    failed = {name for name, outcome in outcomes.items() if isinstance(outcome, Exception)}
    assert failed == {"permutation", "subset"}
    assert re.search(r"generate returns other pictures.*run.seed, conditions.trial", str(outcomes["permutation"]))
    assert outcomes["weights"] == "skipped: it is not fitted"


def test_an_aligner_that_standardises_by_the_test_trials_fails() -> None:
    outcomes = check_component(faulty.Line)
    failed = {name for name, outcome in outcomes.items() if isinstance(outcome, Exception)}
    assert failed == {"no-test-statistics", "subset"}
    assert "align returns other tokens" in str(outcomes["no-test-statistics"])


def test_where_fit_raises_the_cause_is_reported_once() -> None:
    outcomes = check_component(faulty.Broken)
    failed = {name: outcome for name, outcome in outcomes.items() if isinstance(outcome, Exception)}
    assert list(failed) == ["weights"]
    assert re.search(r"Broken raised RuntimeError in faulty.py, line \d+, fit: no luck", str(failed["weights"]))
    assert outcomes["outputs"] == "skipped: weights failed"
    assert outcomes["permutation"] == "skipped: weights failed"


@pytest.mark.parametrize(
    ("cls", "says"),
    [
        (faulty.TooFewScores, r"returned float32 \(48, 3\) as logits"),
        (faulty.ATuple, r"returned a tuple.*Features\(embedding, logits\)"),
        (faulty.Misspelt, r"raised NameError in faulty.py, line \d+, encode: .*'featurs'"),
    ],
)
def test_a_mistake_in_encode_is_reported_once(cls: type[Component], says: str) -> None:
    outcomes = check_component(cls)
    failed = {name: outcome for name, outcome in outcomes.items() if isinstance(outcome, Exception)}
    assert list(failed) == ["outputs"]
    assert re.search(says, str(failed["outputs"]))
    assert {outcomes[name] for name in ("same-seed", "subset", "no-test-statistics")} == {"skipped: outputs failed"}

    @component_checks(cls)
    def test(check: object) -> None: ...

    (mark,) = test.pytestmark
    checks = {parameter.id: parameter.values[0] for parameter in mark.args[1]}
    with pytest.raises(ComponentError, match=says):
        checks["outputs"]()
    with pytest.raises(pytest.skip.Exception, match="outputs failed"):
        checks["same-seed"]()


def test_a_mistake_in_encode_is_reported_by_the_only_check_that_runs() -> None:
    (outcome,) = check_component(faulty.Misspelt, only=["same-seed"]).values()
    assert "NameError" in str(outcome)


def test_an_encoder_that_fails_for_a_single_trial_is_told_so_and_why_first() -> None:
    outcomes = check_component(faulty.Standardising)
    first = next(outcome for outcome in outcomes.values() if isinstance(outcome, Exception))
    assert re.search(
        r"encode fails for a single trial and not for 48 \(.*(not finite|RuntimeWarning).*deviation of the training",
        str(first),
    )


@pytest.mark.parametrize(
    ("cls", "check", "says"),
    [
        (faulty.ManyTrials, "no-test-statistics", "when the other trials change.*of the training trials"),
        (faulty.ManyTrials, "subset", "for a third of the trials.*by itself"),
        (faulty.FirstBatch, "no-test-statistics", "a new process that predicted other trials first.*in the module"),
        (faulty.FirstBatchCached, "no-test-statistics", "a new process that predicted other trials first.*a cache"),
    ],
)
def test_statistics_of_many_trials_and_of_an_earlier_call_are_found(
    cls: type[Component], check: str, says: str
) -> None:
    assert re.search(says, str(check_component(cls)[check]))


def test_state_in_a_module_of_a_plugin_is_found_and_the_module_is_left_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "keeping.py"
    file.write_text(
        "from eegrecon import Features, hookimpl\nfrom eegrecon.testing import ToyEncoder\nKEPT = {}\n"
        "class Keeping(ToyEncoder):\n    def encode(self, weights, signals, run):\n"
        "        found = super().encode(weights, signals, run)\n"
        "        mean = KEPT.setdefault('m', found.embedding.mean(axis=0))\n"
        "        return Features(found.embedding - mean, found.logits)\n"
        "@hookimpl\ndef eegrecon_components():\n    return {'encoder.keeping': Keeping}\n"
    )
    cls = find([file]).get("encoder", "keeping")
    outcome = check_component(cls)["no-test-statistics"]
    assert "predicted other trials first" in str(outcome)
    assert sys.modules[cls.__module__].Keeping is cls


def test_a_training_that_does_not_end_is_ended_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eegrecon.testing.suite.PATIENCE", 0.0)

    @dataclass(frozen=True)
    class Endless(ToyEncoder):
        """Trains for ever."""

        def fit(self, data: Training, run: Run) -> Arrays:
            with run.progress(100, "epochs") as progress:
                while True:
                    progress.advance()

    outcome = check_component(Endless, only=["weights"])["weights"]
    assert isinstance(outcome, CheckFailed)
    assert "override small()" in str(outcome)


def test_an_exempt_check_is_skipped_with_the_declared_reason() -> None:
    @dataclass(frozen=True)
    class Exempt(faulty.TestStatistics):
        """Declares it."""

        exempt = {"no-test-statistics": "the published method does so", "subset": "the same"}  # noqa: RUF012

    outcomes = check_component(Exempt)
    assert outcomes["no-test-statistics"] == "skipped: declared exempt, the published method does so"
    assert not any(isinstance(outcome, Exception) for outcome in outcomes.values())


def test_an_exemption_from_an_unknown_check_is_a_fault() -> None:
    @dataclass(frozen=True)
    class Misspelt(ToyEncoder):
        """Declares a check that there is not."""

        exempt = {"permutations": "no"}  # noqa: RUF012

    assert "permutations" in str(check_component(Misspelt, only=["contract"])["contract"])


def test_an_unknown_check_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UnknownName, match="permutations.*did you mean 'permutation'"):
        check_component(ToyEncoder, only=["permutations"])


@pytest.mark.parametrize("cls", [int, ToyEncoder(), Component])
def test_what_is_no_class_of_a_component_is_refused(cls: type) -> None:
    with pytest.raises(UsageError, match="derive it from eegrecon.Encoder"):
        check_component(cls)


@component_checks(ToyEncoder)
def test_a_component_is_checked_by_pytest(check: object) -> None:
    assert callable(check)
    check()


def test_by_pytest_a_fault_fails_and_what_does_not_apply_is_skipped() -> None:
    @component_checks(faulty.TestStatistics)
    def test(check: object) -> None: ...

    (mark,) = test.pytestmark
    checks = {parameter.id: parameter.values[0] for parameter in mark.args[1]}
    checks["outputs"]()
    with pytest.raises(CheckFailed, match="no_test|other trials change"):
        checks["no-test-statistics"]()
    with pytest.raises(pytest.skip.Exception, match="no part"):
        checks["parts"]()
