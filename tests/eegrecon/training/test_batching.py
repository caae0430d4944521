from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from eegrecon import ComponentError, Ints
from eegrecon.testing import PlainRun
from eegrecon.training import AdaptiveBatches


def limited(limit: int) -> Callable[[Ints], int]:
    def work(rows: Ints) -> int:
        if len(rows) > limit:
            raise MemoryError("out of memory")
        return int(rows.sum())

    return work


def test_rows_are_computed_once_each_and_in_order(run: PlainRun) -> None:
    batches = AdaptiveBatches(4, "judge", run)
    assert batches.each(np.arange(10), lambda rows: rows.tolist()) == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert run.notes == []


def test_where_memory_runs_out_batches_are_halved_for_good_with_a_note(run: PlainRun) -> None:
    batches = AdaptiveBatches(8, "judge", run)
    assert sum(batches.each(np.arange(20), limited(3))) == sum(range(20))
    assert batches.size == 2
    assert len(run.notes) == 2
    assert all("judge" in note for note in run.notes)
    assert "4" in run.notes[0]
    assert "2" in run.notes[1]
    batches.each(np.arange(20), limited(3))
    assert len(run.notes) == 2


def test_a_single_row_that_does_not_fit_is_an_error(
    run: PlainRun, explains: Callable[[str, str, object], None]
) -> None:
    with pytest.raises(ComponentError, match="memory ran out for a single row of the judge on cpu") as error:
        AdaptiveBatches(3, "judge", run).each(np.arange(3), limited(0))
    explains("Memory", "one picture or trial alone is too much", error.value)


def test_a_batch_that_does_not_fit_leaves_a_note(run: PlainRun, explains: Callable[[str, str, object], None]) -> None:
    AdaptiveBatches(64, "training of the time branch", run).each(np.arange(64), limited(32))
    explains("Memory", "a batch is too much (a note beside the table)", run.notes[0])


def test_other_errors_are_not_taken_for_lack_of_memory(run: PlainRun) -> None:
    def wrong(rows: Ints) -> None:
        raise RuntimeError("shapes do not fit")

    with pytest.raises(RuntimeError, match="shapes"):
        AdaptiveBatches(4, "judge", run).each(np.arange(4), wrong)
