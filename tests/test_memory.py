from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from eegrecon import ComponentError, Ints, Pieces
from eegrecon.testing import PlainRun


def limited(limit: int) -> Callable[[Ints], int]:
    def work(rows: Ints) -> int:
        if len(rows) > limit:
            raise MemoryError("out of memory")
        return int(rows.sum())

    return work


def test_rows_are_worked_on_once_each_and_in_order(run: PlainRun) -> None:
    pieces = Pieces(4, "judge", run)
    assert pieces.each(np.arange(10), lambda rows: rows.tolist()) == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert run.notes == []


def test_where_memory_runs_out_pieces_are_halved_for_good_and_it_is_said(run: PlainRun) -> None:
    pieces = Pieces(8, "judge", run)
    assert sum(pieces.each(np.arange(20), limited(3))) == sum(range(20))
    assert pieces.size == 2
    assert run.notes == [
        "memory ran out in the judge: worked on 4 at a time from there on",
        "memory ran out in the judge: worked on 2 at a time from there on",
    ]
    pieces.each(np.arange(20), limited(3))
    assert len(run.notes) == 2


def test_a_single_row_that_is_too_much_is_answered(run: PlainRun, answered: Callable[[str, str, object], None]) -> None:
    with pytest.raises(ComponentError, match="memory ran out for a single row of the judge on cpu") as error:
        Pieces(3, "judge", run).each(np.arange(3), limited(0))
    answered("Memory", "one picture or trial alone is too much", error.value)


def test_where_a_batch_is_too_much_a_note_stands_beside_the_result(
    run: PlainRun, answered: Callable[[str, str, object], None]
) -> None:
    Pieces(64, "training of the time branch", run).each(np.arange(64), limited(32))
    answered("Memory", "a batch is too much (a note beside the table)", run.notes[0])


def test_other_errors_are_not_taken_for_lack_of_memory(run: PlainRun) -> None:
    def wrong(rows: Ints) -> None:
        raise RuntimeError("shapes do not fit")

    with pytest.raises(RuntimeError, match="shapes"):
        Pieces(4, "judge", run).each(np.arange(4), wrong)
