"""Which trials are shown, and their pictures, as rules say."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jobs import MakeJob
from PIL import Image

from eegrecon import Result
from eegrecon.reporting.cells import TableColumn
from eegrecon.reporting.html.examples import Choice, choose, encoded
from eegrecon.reporting.html.material import Material, load_material


def chosen(values: list[list[float]], better: str = "higher", identities: list[list[int]] | None = None) -> Choice:
    cells = [
        [{"m.c": value, "trial": identities[c][t] if identities else t} for t, value in enumerate(of_cell)]
        for c, of_cell in enumerate(values)
    ]
    return choose(TableColumn("m", "c", better, "m/c", 1), cells)


def test_the_best_the_median_and_the_worst_trials_are_chosen_whatever_subject_they_are_of() -> None:
    ranked = np.arange(30) / 30
    order = np.random.default_rng(0).permutation(30)
    values = [ranked[order[:15]].tolist(), ranked[order[15:]].tolist()]
    found = chosen(values)
    of_group = {group: [values[c][t] * 30 for c, t in places] for group, places in found.groups.items()}
    assert of_group == {
        "best": pytest.approx([29, 28, 27, 26]),
        "median": pytest.approx([16, 15, 14, 13]),
        "worst": pytest.approx([3, 2, 1, 0]),
    }
    assert (found.ranked, found.best_shared) == (30, 1)
    lower = chosen(values, "lower")
    assert lower.groups["best"] == found.groups["worst"][::-1]


def test_equal_trials_stand_in_the_order_of_their_opaque_identity() -> None:
    found = chosen([[1.0, 1.0], [1.0, 0.0]], identities=[[9, 2], [5, 1]])
    assert found.groups == {"best": [(0, 1)], "median": [(1, 0)], "worst": [(1, 1)]}
    assert found.best_shared == 3


@pytest.mark.parametrize(("n", "each"), [(1, 1), (2, 1), (3, 1), (8, 2), (12, 4)])
def test_no_trial_is_in_two_groups(n: int, each: int) -> None:
    found = chosen([[float(value) for value in range(n)]])
    places = [place for group in found.groups.values() for place in group]
    assert len(places) == len(set(places)) == (3 * each if n >= 3 else 1)


def test_without_a_score_of_trials_the_first_ones_are_chosen() -> None:
    found = choose(None, [[{}] * 5, [{}] * 5])
    assert found.groups == {"first": [(0, 0), (0, 1), (0, 2), (0, 3), (0, 4), (1, 0), (1, 1), (1, 2)]}


def opened(picture: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(picture)))


def test_a_small_picture_keeps_its_pixels_and_a_large_one_is_made_smaller() -> None:
    small = np.random.default_rng(0).integers(0, 255, (32, 16, 3), np.uint8)
    np.testing.assert_array_equal(np.asarray(opened(encoded(small, (32, 16)))), small)
    large = opened(encoded(np.full((512, 512, 3), 99, np.uint8), (192, 192)))
    assert (large.format, large.size) == ("JPEG", (192, 192))


@pytest.fixture
def ran(make_job: MakeJob, tmp_path: Path) -> tuple[Result, Material]:
    result = make_job(ablate=("power",), seeds=2).run()
    return result, load_material(tmp_path / "run")


def test_a_run_keeps_the_pictures_of_every_row_of_the_first_seed(ran: tuple[Result, Material]) -> None:
    result, material = ran
    found = material.examples
    assert found is not None
    assert (found.metric, found.column, found.seed) == ("right", "right", 0)  # the toy has no identification
    labels = [row.label for row in result.rows if "caption" not in row.label]  # its test pictures have no captions
    assert list(found.rows) == labels
    assert [example.group for example in found.trials] == ["best"] * 4 + ["median"] * 4 + ["worst"] * 4
    trials = result.trials()
    for label in labels:
        for place, example in enumerate(found.trials):
            picture = np.asarray(opened(found.rows[label][place]))
            np.testing.assert_array_equal(picture, generated(result, trials, label, example.subject, example.index))
    classes = ("red", "green", "blue")
    for place, example in enumerate(found.trials):
        true = np.asarray(opened(found.truth[place])).mean(axis=(0, 1))
        assert classes[int(np.argmax(true))] == example.label


def generated(result: Result, trials: list[dict[str, Any]], label: str, subject: int, index: int) -> np.ndarray:
    """Return a generated picture of the first seed from the store, found by the lines of the trials."""
    of_cell = [t for t in trials if (t["row"], t["subject"], t["seed"]) == (label, subject, 0)]
    (row,) = [place for place, trial in enumerate(of_cell) if trial["index"] == index]
    cells = list(dict.fromkeys((t["subject"], t["seed"]) for t in trials if t["row"] == label))
    return np.asarray(result.pictures(label)[cells.index((subject, 0))][row, 0])
