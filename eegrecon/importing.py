"""Published checkpoints into the store, so that whoever has them goes straight to evaluation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from eegrecon import contract_checks
from eegrecon.ablation import FULL
from eegrecon.addresses import content_digest
from eegrecon.api import Session
from eegrecon.data import Arrays
from eegrecon.errors import DataError, UsageError
from eegrecon.stages import Stage

_FITS = ("fit", "align-fit")


def import_checkpoints(session: Session, files: Sequence[str], *, replace: bool = False) -> list[str]:
    """Put what checkpoints hold in the place of the stages that *Full* would train; say what went where.

    Every row that reads such a stage says beside its numbers that the weights were not trained here.

    Args:
        session: the benchmark, with one subject.
        files: the checkpoints.
        replace: put them in the place of what the store has.

    Raises:
        UsageError: not exactly one subject, or a stage is in the store already.
        MissingFiles: a file is not there.
        DataError: a file is none of the method's, of other sizes, or fits no stage.
    """
    if len(session.subjects) != 1:
        raise UsageError(
            "checkpoints of a subject's encoder and aligner belong to that subject; name one with --subject"
        )
    said = []
    for file in files:
        found = list(_fitting(session, file))
        if not found:
            raise DataError(
                f"{file} holds no weights for any stage of {session.declared.name}, profile {session.profile}"
            )
        for stage, _ in found:
            if session.store.has(stage.kind, stage.key) and not replace:
                raise UsageError(f"{stage.name} is in the store already; --replace puts {file} in its place")
        for stage, weights in found:
            session.store.discard(stage.kind, stage.key)
            note = (
                f"{stage.name}: weights imported from {Path(file).name} ({content_digest(file)[:8]}), not trained "
                "here; on which trials they were trained and chosen is not known"
            )
            meta = {"name": stage.name, "seconds": 0.0, "notes": [note], "logs": [], "said": {}}
            session.store.put(stage.kind, stage.key, weights, meta)
            whose = "all subjects" if stage.whose is None else f"subject {stage.whose}"
            said.append(
                f"{stage.name} ({whose}): {sum(array.size for array in weights.values()):,} numbers from {file}"
            )
    return said


def _fitting(session: Session, file: str) -> Iterator[tuple[Stage, Arrays]]:
    """Yield the stages that a checkpoint holds weights for, and the weights."""
    row = next(row for row in session.graph.rows if row.variant.label == FULL)
    for key in row.stages:
        stage = session.graph.stages[key]
        if stage.kind in _FITS and (weights := stage.component.imported(file)):
            yield stage, contract_checks.weights(stage.component, "fit", weights)
