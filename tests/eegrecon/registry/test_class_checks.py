from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import pytest
from explanations import Explains
from jobs import Command

from eegrecon import (
    Arrays,
    Audit,
    Circumstances,
    Column,
    Component,
    Count,
    Dataset,
    Encoder,
    Features,
    Judge,
    Learner,
    Metric,
    Opinion,
    Outcome,
    Recordings,
    Run,
    Score,
    Signals,
    Training,
    part,
)
from eegrecon.interfaces.audits import Evidence
from eegrecon.registry.class_checks import problems
from eegrecon.registry.discovery import find


class Sound(Encoder):
    """The methods of an encoder."""

    def fit(self, data: Training, run: Run) -> Arrays:
        return {}

    def encode(self, weights: Arrays, signals: Signals, run: Run) -> Features:
        raise NotImplementedError


class SoundMetric(Metric):
    """The methods of a metric."""

    def identity(self, outcome: Outcome) -> str:
        return "x"

    def score(self, outcome: Outcome, run: Run) -> Mapping[str, Score]:
        return {}


NEEDS = frozenset({"features"})
COLUMNS = (Column("x", "higher"),)


class NoDataclass(Sound):
    width: int = 1


@dataclass
class NotFrozen(Sound):
    width: int = 1


@dataclass(frozen=True, eq=False)
class NotEqual(Sound):
    width: int = 1


@dataclass(frozen=True)
class Base(Sound):
    width: int = 1


class Forgotten(Base):
    depth: int = 1


@dataclass(frozen=True)
class Abstract(Encoder):
    def fit(self, data: Training, run: Run) -> Arrays:
        return {}


@dataclass(frozen=True)
class FewArguments(Sound):
    def fit(self, data: Training) -> Arrays:  # type: ignore[override]
        return {}


@dataclass(frozen=True)
class NoMethod(Sound):
    check = "fine"  # type: ignore[assignment]


@dataclass(frozen=True)
class NoClassMethod(Base):
    def small(self) -> Component:  # type: ignore[override]
        return self


@dataclass(frozen=True)
class NoProperty(Judge):
    def classes(self) -> tuple[str, ...]:  # type: ignore[override]
        return ()

    def look(self, pictures: Any, run: Run) -> Mapping[str, Any]:
        return {}


@dataclass(frozen=True)
class WrongScope(Sound):
    scope = "everyone"  # type: ignore[assignment]


@dataclass(frozen=True)
class ScopeAsField(Sound):
    scope: str = "pool"  # type: ignore[assignment,misc]


@dataclass(frozen=True)
class UnstorableField(Sound):
    file: Path = Path()


@dataclass(frozen=True)
class WrongDefault(Sound):
    epochs: Count = 0


@dataclass(frozen=True)
class NoneByDefault(Sound):
    inner: Learner = None  # type: ignore[assignment]


@dataclass(frozen=True)
class ImpossiblePart(Sound):
    inner: Base = part("inner", default=Base(), without=None)


@dataclass(frozen=True)
class NoNeeds(SoundMetric):
    columns: ClassVar = COLUMNS


@dataclass(frozen=True)
class NeedsOfFields(SoundMetric):
    columns: ClassVar = COLUMNS
    tokens: bool = False

    @property
    def needs(self) -> Any:
        return frozenset({"tokens" if self.tokens else "features"})


@dataclass(frozen=True)
class WrongNeeds(SoundMetric):
    needs = frozenset({"pictures"})  # type: ignore[arg-type]
    columns: ClassVar = COLUMNS


@dataclass(frozen=True)
class TextAsNeeds(SoundMetric):
    needs = "features"  # type: ignore[assignment]
    columns: ClassVar = COLUMNS


@dataclass(frozen=True)
class NoColumns(SoundMetric):
    needs: ClassVar = NEEDS


@dataclass(frozen=True)
class NamesAsColumns(SoundMetric):
    needs: ClassVar = NEEDS
    columns = ("accuracy",)  # type: ignore[assignment]


@dataclass(frozen=True)
class EqualColumns(SoundMetric):
    needs: ClassVar = NEEDS
    columns: ClassVar = (*COLUMNS, *COLUMNS)


@dataclass(frozen=True)
class UnknownDirection(SoundMetric):
    needs: ClassVar = NEEDS
    columns: ClassVar = (Column("x", "bigger"),)  # type: ignore[arg-type]


@dataclass(frozen=True)
class NoJudge(SoundMetric):
    needs: ClassVar = NEEDS
    columns: ClassVar = COLUMNS
    judge: str = "eye"  # type: ignore[assignment]


@dataclass(frozen=True)
class RequiredJudge(SoundMetric):
    needs: ClassVar = NEEDS
    columns: ClassVar = COLUMNS
    judge: Judge


@dataclass(frozen=True)
class NoProtocol(Dataset):
    def subjects(self) -> tuple[int, ...]:
        return (1,)

    def load(self, subject: int, run: Run) -> Recordings:
        raise NotImplementedError


class SoundAudit(Audit):
    """The methods of an audit."""

    def measure(self, evidence: Evidence, run: Run) -> Arrays:
        return {}

    def conclude(self, measured: Sequence[Arrays], known: Circumstances) -> Opinion:
        return Opinion("PASS", "")


@dataclass(frozen=True)
class NoQuestion(SoundAudit):
    pass


@dataclass(frozen=True)
class AuditWithSettings(SoundAudit):
    question = "Is it?"
    threshold: float


FAULTS = [
    (NoDataclass, Encoder, "dataclass"),
    (NotFrozen, Encoder, "frozen=True"),
    (NotEqual, Encoder, "eq=False"),
    (Forgotten, Encoder, "depth"),
    (Abstract, Encoder, "encode"),
    (FewArguments, Encoder, "fit.*data, run"),
    (NoMethod, Encoder, "check.*'fine'"),
    (NoClassMethod, Encoder, "small.*@classmethod"),
    (NoProperty, Judge, "classes.*@property"),
    (WrongScope, Encoder, "scope.*'everyone'.*'subject' or 'pool'"),
    (ScopeAsField, Encoder, "scope.*ClassVar"),
    (UnstorableField, Encoder, "file.*Path"),
    (WrongDefault, Encoder, "epochs.* 0; .*at least 1"),
    (NoneByDefault, Encoder, "inner.*None.*Learner"),
    (ImpossiblePart, Encoder, "without.*inner.*None.*Base"),
    (NoNeeds, Metric, "needs.*'features'.*'generated'"),
    (WrongNeeds, Metric, "needs.*'pictures'.*'generated'"),
    (TextAsNeeds, Metric, "needs.*'features'"),
    (NoColumns, Metric, "columns"),
    (NamesAsColumns, Metric, "columns.*'accuracy'.*Column"),
    (EqualColumns, Metric, "2 .*columns.*'x'"),
    (UnknownDirection, Metric, "'bigger'.*'lower'"),
    (NoJudge, Metric, "judge.*text.*Judge"),
    (RequiredJudge, Metric, r"judge.*None.*Judge.*field\(\)"),
    (NoProtocol, Dataset, "protocol: str"),
    (NoQuestion, Audit, "question"),
    (AuditWithSettings, Audit, "threshold"),
]


@pytest.mark.parametrize(("cls", "contract", "message"), FAULTS, ids=[cls.__name__ for cls, _, _ in FAULTS])
def test_a_fault_of_a_class_is_named_with_what_the_contract_asks_for(
    cls: type[Component], contract: type[Component], message: str
) -> None:
    assert re.search(message, "; ".join(problems(cls, contract)), re.DOTALL)


def test_every_shipped_class_fulfils_its_contract() -> None:
    catalog = find()
    assert all(catalog.get(*key.split(".", 1)) for key in catalog.components)


def test_a_metric_that_declares_no_judge_has_none() -> None:
    @dataclass(frozen=True)
    class Judgeless(SoundMetric):
        needs: ClassVar = NEEDS
        columns: ClassVar = COLUMNS

    assert problems(Judgeless, Metric) == ()
    assert Judgeless().judge is None


def test_optional_arguments_fields_for_properties_and_nested_defaults_are_allowed() -> None:
    @dataclass(frozen=True)
    class Liberal(Judge):
        classes: tuple[str, ...] = ("a", "b")
        inner: Learner | None = field(default_factory=Base)

        def look(self, pictures: Any, run: Run, *, quick: bool = False) -> Mapping[str, Any]:
            return {}

    assert problems(Liberal, Judge) == ()
    assert problems(NeedsOfFields, Metric) == ()


METRIC = """
from dataclasses import dataclass
from eegrecon import Metric

@dataclass
class Bad(Metric):
    columns = ("accuracy",)

    def score(self, outcome):
        return {}

def eegrecon_components():
    return {"metric.bad": Bad}
"""


def test_all_faults_of_a_class_are_reported_when_its_file_is_given(
    command: Command, tmp_path: Path, explains: Explains
) -> None:
    (tmp_path / "bad.py").write_text(METRIC)
    printed = command("bench", "brainvis", "--plugin", "bad.py", "--dry-run", code=1).stderr
    for fact in ("metric.bad", "frozen=True", "identity", "score", "needs", "columns"):
        assert fact in printed
    explains("Components", "a class of a plugin does not fulfil the contract", printed)
