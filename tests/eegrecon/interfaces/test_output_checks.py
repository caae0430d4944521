"""Components that break the contract, data that are not what they should be, stores that cannot be used: each answered.

The toy method is changed in one place at a time; everything else of it works.
"""

from __future__ import annotations

import dataclasses
import errno
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from damage import damaged
from eegrecon import ComponentError, DataError, EegreconError, Features, Score
from jobs import MakeJob

Answered = Callable[[str, str, object], None]
TOY = Path(__file__).parent / "toy"


def nan(shape: tuple[int, ...], at: tuple[int, ...]) -> Any:
    array = np.zeros(shape)
    array[at] = np.nan
    return array


def wrote(self: Any, weights: Any, signals: Any, run: Any) -> Any:
    signals.trial[0] = 0


def learned_in_place(self: Any, data: Any, run: Any) -> Any:
    data.train.label[:] = 0


COMPONENTS: dict[str, tuple[str, str, Callable[..., Any], str]] = {
    "an encoder returns an embedding of too few trials": (
        "MeanEncoder", "encode", lambda *a: Features(np.zeros((3, 2)), None), r"\(3, 2\) as embedding.*\(24, any\)"
    ),
    "an encoder returns scores for another number of classes": (
        "MeanEncoder", "encode", lambda *a: Features(np.zeros((24, 2)), np.zeros((24, 4))), r"as logits.*\(24, 3\)"
    ),
    "an encoder returns scores that are not finite": (
        "MeanEncoder", "encode", lambda *a: Features(np.zeros((24, 2)), nan((24, 3), (5, 1))), r"1 of 72 .*\(5, 1\)"
    ),
    "an encoder returns something else than Features": (
        "MeanEncoder", "encode", lambda *a: np.zeros((24, 3)), r"Features\(embedding, logits\)"
    ),
    "an encoder returns a torch tensor": (
        "MeanEncoder", "encode", lambda *a: Features(torch.zeros(24, 3), None), "a torch.Tensor as embedding"
    ),
    "a component writes into the signals that it is given": ("MeanEncoder", "encode", wrote, "wrote into its inputs"),
    "a component writes into the training data": ("MeanEncoder", "fit", learned_in_place, "wrote into its inputs"),
    "a learner returns no mapping": ("Gain", "fit", lambda *a: [np.ones(3)], "a mapping of numpy arrays by name"),
    "a learner returns a tensor among its weights": (
        "Branch", "fit", lambda *a: {"weights": torch.ones(3)}, "a torch.Tensor as 'weights'"
    ),
    "a learner returns weights that are not finite": (
        "MeanEncoder", "fit", lambda *a: {"weights": np.array([1.0, np.inf, 1.0])}, r"weights with 1 of 3 values"
    ),
    "a component raises an error of its own": ("MeanEncoder", "fit", lambda *a: 1 / 0, "ZeroDivisionError"),
    "a conditioner embeds too few class names": (
        "Names", "coarse", lambda *a: np.zeros((2, 1, 3)), r"as targets.*\(3, any, any\)"
    ),
    "a conditioner embeds captions in another form than class names": (
        "Names", "fine", lambda *a: np.zeros((36, 2, 3)), r"as targets.*\(36, 1, 3\)"
    ),
    "an aligner returns tokens of too few trials": (
        "Straight", "align", lambda *a: np.zeros((1, 1, 3)), r"as tokens.*\(24, any, any\)"
    ),
    "an aligner returns whole numbers": (
        "Straight", "align", lambda *a: np.zeros((24, 1, 3), int), "int64 .*as tokens"
    ),
    "a generator makes pictures of another size": (
        "Fill", "generate", lambda *a: np.zeros((24, 1, 5, 8, 3), np.uint8), r"uint8 \(24, 1, 6, 8, 3\)"
    ),
    "a generator returns floating-point pictures": (
        "Fill", "generate", lambda *a: np.zeros((24, 1, 6, 8, 3)), "float64"
    ),
    "a judge returns no layers": ("Eye", "look", lambda *a: {}, r"arrays \(n, …\) by layer"),
    "a judge sees fewer pictures than it was shown": (
        "Eye", "look", lambda *a: {"logits": np.zeros((1, 3))}, r"as logits.*\(24, any\)"
    ),
    "a metric fills a column that it does not declare": (
        "Right", "score", lambda *a: {"left": Score(1.0, 1)}, r"a column 'left'.*\(right\)"
    ),
    "a metric returns a score that is not finite": (
        "Right", "score", lambda *a: {"right": Score(float("nan"), 24)}, "a Score with a finite value"
    ),
    "a metric returns scores for too few trials": (
        "Right", "score", lambda *a: {"right": Score(1.0, 24, np.ones(5))}, r"right per trial.*\(24\)"
    ),
}  # fmt: skip


@pytest.mark.parametrize("situation", COMPONENTS)
def test_a_component_that_breaks_the_contract_is_named(
    situation: str, make_job: MakeJob, explains: Explains, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, method, instead, said = COMPONENTS[situation]
    job = make_job(control=("none",), subjects=(1,))
    monkeypatch.setattr(getattr(toy(job), name), method, instead)
    with pytest.raises(ComponentError, match=said) as error:
        job.run()
    assert f"eegrecon_file_toy.{name}" in str(error.value)
    explains("Components", situation, error.value)


def toy(job: Job) -> Any:
    _ = job.catalog
    return sys.modules["eegrecon_file_toy"]


def changed(trials: Any, **what: Any) -> Any:
    return dataclasses.replace(trials, **what)


def at(values: Any, row: int, value: Any) -> Any:
    made = np.array(values)
    made[row] = value
    return made


def trained(recordings: Any, **what: Any) -> Any:
    return changed(recordings, training=changed(recordings.training, **what))


DATA: dict[str, tuple[Callable[[Any], Any], str]] = {
    "a test trial is in the training share": (
        lambda r: trained(r, train=changed(r.training.train, trial=at(r.training.train.trial, 3, r.test.trial[0]))),
        r"1 trials are in train and in test, for instance 36",
    ),
    "a test trial is in the pool of pre-training": (
        lambda r: changed(r, pool=changed(r.pool, val=changed(r.pool.val, trial=at(r.pool.val.trial, 0, 40)))),
        "1 trials are in pool val and in test, for instance 40",
    ),
    "a validation trial is trained on": (
        lambda r: trained(r, val=changed(r.training.val, trial=at(r.training.val.trial, 1, 7))),
        "1 trials are in train and in val, for instance 7",
    ),
    "a label beyond the classes": (
        lambda r: trained(r, train=changed(r.training.train, label=at(r.training.train.label, 4, 3))),
        "label 3 of trial 4 is beyond the 3",
    ),
    "a picture beyond those that travel with the trials": (
        lambda r: changed(r, test=changed(r.test, image=at(r.test.image, 2, 60))), "image 60 of trial 38 is beyond"
    ),
    "captions for another number of pictures": (lambda r: trained(r, captions=["red"]), "1 captions for 36 training"),
    "another number of channels than the montage names": (
        lambda r: trained(r, montage=changed(r.training.montage, channels=("a", "b"))), "EEG of 3 channels.*names 2"
    ),
    "EEG that is no number": (
        lambda r: changed(r, test=changed(r.test, eeg=nan(r.test.eeg.shape, (5, 1, 2)))),
        "test: the EEG of trial 41 is no number at channel b, sample 2",
    ),
    "EEG of the pool of pre-training that is no number": (
        lambda r: changed(r, pool=changed(r.pool, train=changed(r.pool.train, eeg=nan((60, 3, 8), (2, 0, 7))))),
        "pool train: the EEG of trial 2 is no number at channel a, sample 7",
    ),
    "no training trials": (
        lambda r: trained(r, train=few(r.training.train, [])), "the train share is empty"
    ),
    "no test trials": (lambda r: changed(r, test=few(r.test, [])), "has no test trials under this protocol"),
    "a field with too few values": (
        lambda r: changed(r, test=changed(r.test, subject=r.test.subject[:3])), r"subject has shape \(3,\) for 24"
    ),
}  # fmt: skip


def few(trials: Any, rows: list[int]) -> Any:
    named = {name: getattr(trials, name) for name in ("eeg", "subject", "trial", "label", "image")}
    return changed(trials, **{name: values[np.asarray(rows, int)] for name, values in named.items()})


def loading(job: Job, change: Callable[[Any], Any], monkeypatch: pytest.MonkeyPatch) -> None:
    load = toy(job).Toy.load
    monkeypatch.setattr(toy(job).Toy, "load", lambda *given: change(load(*given)))


@pytest.mark.parametrize("situation", DATA)
def test_data_that_are_not_what_they_should_be_are_named(
    situation: str, make_job: MakeJob, explains: Explains, monkeypatch: pytest.MonkeyPatch
) -> None:
    change, said = DATA[situation]
    job = make_job(control=("none",), subjects=(1,))
    loading(job, change, monkeypatch)
    with pytest.raises(DataError, match=said) as error:
        job.run()
    explains("Data", situation, error.value)


def test_data_that_select_on_test_and_say_so_are_let_through(
    make_job: MakeJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = make_job(control=("none",), subjects=(1,))
    loading(
        job,
        lambda r: changed(trained(r, val=changed(r.test, image=r.test.image * 0)), notes=("selected on test",)),
        monkeypatch,
    )
    assert "selected on test" in job.run().notes


def test_recordings_are_checked_once_however_often_a_subjects_turn_comes(
    make_job: MakeJob, calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from eegrecon import data_checks

    checked: list[int] = []
    check = data_checks.check
    monkeypatch.setattr(data_checks, "check", lambda *given: checked.append(given[2]) or check(*given))
    make_job(ablate=("slope", "loose"), set=("dataset.tape.subjects=3",)).run()
    assert len([call for call in calls if call.startswith("load")]) > 3  # only two subjects are kept in memory
    assert sorted(checked) == [1, 2, 3]


def test_a_class_without_training_trials_and_flat_channels_stand_beside_the_result(
    make_job: MakeJob, explains: Explains, monkeypatch: pytest.MonkeyPatch
) -> None:
    def change(recordings: Any) -> Any:
        train = recordings.training.train
        kept = few(train, [row for row in range(30) if train.label[row] != 2])
        eeg = np.array(kept.eeg)
        eeg[:4, 1] = 7.0
        return trained(recordings, train=changed(kept, eeg=eeg))

    job = make_job(control=("none",), subjects=(1,))
    loading(job, change, monkeypatch)
    notes = job.run().notes
    absent, flat = notes[-2:]
    assert absent == "1 test classes have no training trial (blue): 8 test trials cannot be recognised"
    assert flat == "channel b is flat in 4 of 20 train trials"
    explains("Data", "a class of the test set is absent from training (a note beside the table)", absent)
    explains("Data", "flat channels (a note beside the table)", flat)


@pytest.mark.parametrize(
    ("damage", "situation"),
    [
        ("flip", "a bit of an artefact has flipped"),
        ("truncate", "an artefact is cut short"),
        ("missing", "a file of an artefact is missing"),
        ("meta", "an artefact's description is no JSON"),
    ],
)
def test_a_damaged_artefact_is_named_set_aside_and_made_again(
    damage: str, situation: str, make_job: MakeJob, explains: Explains, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = make_job(control=("none",), subjects=(1,))
    first = job.run()
    key = next(key for key, stage in first.stages.items() if stage.kind == "generate")
    folder = job.store.path("generate", key)
    damaged(folder, damage)
    again = make_job(control=("none",), subjects=(1,))
    said: list[str] = []
    monkeypatch.setattr(again.console, "warn", said.append)
    result = again.run()
    assert [line.flat() if hasattr(line, "flat") else line for line in result.table()] == first.table()
    assert {stage.name for stage in result.stages.values() if not stage.hit} == {"generated"}
    (warning,) = said
    assert len(list((again.store.root / "damaged").iterdir())) == 1
    explains("The store", situation, warning[: warning.index(" is set aside as") + len(" is set aside as")] + " …")


def refusing(number: int) -> Callable[..., Any]:
    def refuse(*_: Any, **__: Any) -> Any:
        raise OSError(number, os.strerror(number))

    return refuse


def test_a_full_disk_is_said_with_the_path_and_the_space_needed(
    make_job: MakeJob, explains: Explains, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = make_job(control=("none",))
    monkeypatch.setattr("eegrecon.arrays._write_rows", refusing(errno.ENOSPC))
    with pytest.raises(EegreconError, match=r"cannot write .*: No space left on device; 0\.0 MB are needed") as error:
        job.run()
    assert not list(job.store.root.glob("*/.*")), "half an artefact was left"
    explains("The store", "the disk is full", error.value)


def test_a_store_that_cannot_be_written_still_gives_what_it_has(
    make_job: MakeJob, explains: Explains, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = make_job(control=("none",)).run()
    for change in ("eegrecon.store.tempfile.mkdtemp", "eegrecon.store.Path.mkdir"):
        monkeypatch.setattr(change, refusing(errno.EROFS))
    job = make_job(control=("none",))
    assert all(step.state == "in store" for step in job.planned())
    monkeypatch.setattr("eegrecon.api.write", lambda *_: None)  # the result's folder is elsewhere
    assert job.run().table() == first.table()
    with pytest.raises(EegreconError, match="Read-only file system") as error:
        make_job(control=("none",), set=("encoder.slope=3.0",)).run()
    explains("The store", "the store is read-only", error.value)


COUNTING = """
import sys, time
from dataclasses import dataclass
from pathlib import Path
from eegrecon import hookimpl

@dataclass(frozen=True)
class Counting(sys.modules["eegrecon_file_toy"].MeanEncoder):
    def fit(self, data, run):
        with Path("fitted").open("a") as file:
            file.write("fitted\\n")
        while not Path("go").exists():
            time.sleep(0.02)
        return super().fit(data, run)

@hookimpl
def eegrecon_components():
    return {"encoder.counting": Counting}
"""


def test_of_two_runs_at_once_the_second_waits_and_takes_what_the_first_made(tmp_path: Path) -> None:
    (tmp_path / "counting.py").write_text(COUNTING)
    environment = {**os.environ, "EEGRECON_HOME": str(tmp_path / "store")}
    command = [
        sys.executable, "-m", "eegrecon", "bench", str(TOY / "toy.toml"), "--plugin", str(TOY / "toy.py"), "--plugin",
        "counting.py", "--set", "encoder=counting", "--subjects", "1", "--json",
    ]  # fmt: skip
    runs = [
        subprocess.Popen(
            [*command, "--out", f"run{k}"], cwd=tmp_path, env=environment, text=True, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for k in range(2)
    ]  # fmt: skip
    deadline = time.monotonic() + 60
    while not (tmp_path / "fitted").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(1.0)  # let the other come to the same stage
    (tmp_path / "go").touch()
    outputs = [run.communicate() for run in runs]
    assert [run.returncode for run in runs] == [0, 0], outputs
    assert (tmp_path / "fitted").read_text() == "fitted\n"
    assert sum("another run is making fit" in errors for _, errors in outputs) <= 1
    first, second = (json.loads(text) for text, _ in outputs)
    assert first["rows"] == second["rows"]
