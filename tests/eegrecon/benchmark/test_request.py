from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from explanations import Explains
from jobs import TOY, Job, MakeJob

from eegrecon import DataError, MissingFiles, UnknownName, UsageError
from eegrecon.benchmark.controls import DEFAULT_CONTROLS


def test_a_data_folder_is_read_by_the_data_set_that_recognises_it(make_job: MakeJob, tmp_path: Path) -> None:
    (tmp_path / "toy.txt").touch()
    dataset = make_job(data=str(tmp_path)).request.full.dataset
    assert dataset.folder == str(tmp_path)  # type: ignore[attr-defined]


def test_a_data_folder_that_nothing_recognises_is_reported_with_its_content(make_job: MakeJob, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "else.txt").touch()
    with pytest.raises(DataError, match=r"data.*else.txt"):
        _ = make_job(data=str(folder)).request


def test_a_data_folder_that_does_not_exist_is_named(make_job: MakeJob, tmp_path: Path) -> None:
    with pytest.raises(MissingFiles, match="absent"):
        _ = make_job(data=str(tmp_path / "absent")).request


def test_an_unknown_protocol_is_reported_with_the_nearest_name(make_job: MakeJob) -> None:
    with pytest.raises(UnknownName, match=r"dataset.toy.*'within-images'.*'within-image'"):
        _ = make_job(protocol="within-images").request
    assert make_job(protocol="within-image").request.full.dataset.protocol == "within-image"


def test_an_unknown_subject_is_reported_with_those_that_exist(make_job: MakeJob) -> None:
    with pytest.raises(UsageError, match="subject 7 .*: 1, 2"):
        _ = make_job(subjects=(1, 7)).request


def test_a_subject_that_is_named_twice_counts_once(make_job: MakeJob) -> None:
    assert make_job(subjects=(2, 1, 2, 2)).request.subjects == (2, 1)
    assert make_job(set=("subjects=[1, 1]",)).request.subjects == (1,)


EMPTY: dict[str, Any] = {
    "profile": "", "table": "", "ablate": ("",), "grid": ("",), "sweep": ("",), "set": (" ",), "control": ("",),
    "audit": ("",), "protocol": "", "data": "", "out": "", "recompute": ("",),
}  # fmt: skip


@pytest.mark.parametrize("name", EMPTY)
def test_an_empty_value_is_refused_instead_of_taken_for_the_default(
    name: str, make_job: MakeJob, explains: Explains
) -> None:
    with pytest.raises(UsageError, match=f"--{name}.*empty") as error:
        _ = make_job(**{name: EMPTY[name]}).request
    if name == "data":
        explains("Usage", "the value of an option is empty", error.value)


def test_each_seed_follows_the_seed_of_the_benchmark(make_job: MakeJob) -> None:
    assert make_job(seeds=3, set=("seed=5",)).request.seeds == (5, 6, 7)


def controls_of(job: Job) -> tuple[str, ...]:
    return tuple(variant.control for variant in job.variants if variant.control)


def test_a_table_has_its_own_controls_unless_controls_are_asked_for(make_job: MakeJob, tmp_path: Path) -> None:
    file = tmp_path / "toy.toml"
    file.write_text((TOY / "toy.toml").read_text() + '[table.1]\ncontrol = ["noise"]\n')
    asked = {"benchmark": str(file), "table": "1"}
    assert controls_of(make_job(**asked)) == ("noise",)
    assert controls_of(make_job(**asked, control=DEFAULT_CONTROLS)) == DEFAULT_CONTROLS
    assert controls_of(make_job(benchmark=str(file))) == DEFAULT_CONTROLS


def test_no_audit_together_with_audits_is_refused(make_job: MakeJob) -> None:
    with pytest.raises(UsageError, match="--audit all,none"):
        _ = make_job(audit=("all", "none")).request


def test_a_device_that_does_not_exist_is_refused_by_name(make_job: MakeJob, explains: Explains) -> None:
    with pytest.raises(UsageError, match="'banana'.*--device") as raised:
        _ = make_job(device="banana").request
    explains("Usage", "`eegrecon bench --device banana`", raised.value)


@pytest.fixture
def with_baselines(tmp_path: Path) -> str:
    """The toy's benchmark file with two baselines, the second one impossible, and a table."""
    file = tmp_path / "toy.toml"
    rows = [
        'label = "gentle"\nset = { "encoder.slope" = 0.25 }',
        'label = "empty"\nset = { "generator.tokens" = false, "generator.label" = false }',
    ]
    tables = '[table.1]\ntitle = "of the paper"\nablate = ["slope"]\n'
    file.write_text("\n".join([(TOY / "toy.toml").read_text(), *(f"[[baseline]]\n{row}\n" for row in rows), tables]))
    return str(file)


def test_a_baseline_is_a_row_of_the_default_table_before_the_controls(make_job: MakeJob, with_baselines: str) -> None:
    job = make_job(benchmark=with_baselines, ablate=("slope",), control=("shuffle",))
    labels = ["Full", "w/o slope", "gentle", "empty", "control: EEG shuffled across test trials"]
    assert [variant.label for variant in job.variants] == labels
    gentle = job.variants[2]
    assert gentle.settings == (("encoder.slope", 0.25),)
    assert [variant.baseline for variant in job.variants] == [False, False, True, True, False]
    assert gentle.benchmark is not None
    assert gentle.benchmark.encoder.slope == 0.25  # type: ignore[attr-defined]
    assert "nothing to fill from" in job.variants[3].refused


@pytest.mark.parametrize(
    ("settings", "aligner"), [((), True), (("aligner=none", "generator=none"), False), (("generator=none",), True)]
)
def test_a_baseline_has_no_aligner_where_the_method_has_none(
    make_job: MakeJob, tmp_path: Path, settings: tuple[str, ...], aligner: bool
) -> None:
    file = tmp_path / "toy.toml"
    baseline = '[[baseline]]\nlabel = "tight"\nset = { "encoder" = "drawn", "aligner.loose" = false }\n'
    file.write_text((TOY / "toy.toml").read_text() + baseline)
    job = make_job(benchmark=str(file), control=("none",), set=settings)
    tight = job.variants[1].benchmark
    assert tight is not None
    assert type(tight.encoder).__name__ == "DrawnEncoder"
    assert (tight.aligner is not None) == aligner
    assert (tight.generator is None) == ("generator=none" in settings)


def test_a_table_of_the_paper_has_no_baselines(make_job: MakeJob, with_baselines: str) -> None:
    job = make_job(benchmark=with_baselines, table="1", control=("none",))
    assert [variant.label for variant in job.variants] == ["Full", "w/o slope"]


def test_a_headline_column_that_its_metric_lacks_is_reported(make_job: MakeJob, tmp_path: Path) -> None:
    file = tmp_path / "b.toml"
    file.write_text('headline = ["right.rihgt"]\n' + (TOY / "toy.toml").read_text())
    with pytest.raises(UnknownName, match="'rihgt' .*b.toml, headline.*'right'"):
        _ = make_job(benchmark=str(file)).request
