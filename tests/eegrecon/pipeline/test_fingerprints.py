from __future__ import annotations

import importlib.util
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jobs import Job, MakeJob

from eegrecon import Component, DataError, Recordings
from eegrecon.evaluation.stages import STAGES as EVALUATION_STAGES
from eegrecon.pipeline.fingerprints import CORE_CODE, describe
from eegrecon.pipeline.stages import STAGES


def test_a_resource_enters_by_the_digest_of_its_content(make_job: MakeJob, monkeypatch: pytest.MonkeyPatch) -> None:
    job = make_job()
    encoder = job.request.full.encoder
    monkeypatch.setattr(type(encoder), "reads", lambda self: {"kind": "digest-of-content"})
    described = describe(encoder, job.catalog.name_of, lambda nested: None)
    assert described["fields"]["kind"] == {"reads": "digest-of-content"}


def test_the_core_code_of_every_kind_of_stage_is_part_of_its_key() -> None:
    kinds = {**STAGES, **EVALUATION_STAGES}
    assert CORE_CODE.keys() == kinds.keys()
    for kind, stage in kinds.items():
        assert stage.compute.__module__.removeprefix("eegrecon.") in CORE_CODE[kind]
    for name in {name for names in CORE_CODE.values() for name in names}:
        assert importlib.util.find_spec(f"eegrecon.{name}") is not None


@dataclass(frozen=True)
class Reading(Component):
    """A component that does not say which files it reads."""

    file: str = ""
    files: tuple[str, ...] = ()
    place: Path | None = None


@pytest.mark.parametrize(
    "of", [lambda p: {"file": str(p)}, lambda p: {"files": ("no", str(p))}, lambda p: {"place": p}]
)
def test_a_file_that_a_field_names_enters_by_its_content_by_default(of: Any, tmp_path: Path) -> None:
    def described(folder: str, content: str) -> Any:
        path = tmp_path / folder / "deep"
        path.parent.mkdir(exist_ok=True)
        path.write_text(content)
        return [describe(Reading(**of(named)), lambda cls: "reading")["fields"] for named in (path, path.parent)]

    first = described("one", "a")
    assert described("two", "a") == first
    assert all(new != old for new, old in zip(described("one", "b"), first, strict=True))


def test_a_file_that_a_field_names_and_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "socket").symlink_to("/proc/self/mem")  # exists, and cannot be read from its beginning
    with pytest.raises(DataError, match=r"socket.*Reading\.file"):
        describe(Reading(str(tmp_path / "socket")), lambda cls: "reading")


def test_eeg_that_is_replaced_in_its_folder_is_read_again(
    make_job: MakeJob, toy: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load, folder = toy.Toy.load, tmp_path / "data"
    folder.mkdir()
    (folder / "toy.txt").touch()

    def loading(self: Any, *given: Any) -> Recordings:
        found: Recordings = load(self, *given)
        return replace(found, test=replace(found.test, eeg=np.load(Path(self.folder, "eeg.npy"))))

    def right(eeg: np.ndarray) -> float:
        np.save(folder / "eeg.npy", eeg)
        job: Job = make_job(data=str(folder), control=("none",), audit=("none",), subjects=(1,))
        return next(float(score.value) for score in job.run().rows[0].scores if score.metric == "right")

    monkeypatch.setattr(toy.Toy, "load", loading)
    label = np.arange(36, 60) % 3
    assert right(np.repeat(np.eye(3)[label][:, :, None], 8, axis=2)) == 1.0
    assert right(np.random.default_rng(0).standard_normal((24, 3, 8))) < 0.8
