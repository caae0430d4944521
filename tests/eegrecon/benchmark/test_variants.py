from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jobs import TOY, Job, MakeJob

from eegrecon import InvalidConfiguration, UnknownName, UsageError
from eegrecon.benchmark.variants import Part, find_part, parts


def removed_parts(job: Job) -> dict[str, tuple[str, ...]]:
    return {variant.label: variant.removed for variant in job.variants if not variant.control}


def test_parts_are_found_wherever_components_nest(make_job: MakeJob) -> None:
    paths = [part.path for part in parts(make_job().request.full)]
    assert paths == [
        "encoder.power",
        "encoder.power.gain",
        "encoder.slope",
        "aligner.loose",
        "generator.tokens",
        "generator.label",
    ]


def test_each_requested_part_gives_a_variant_without_it(make_job: MakeJob) -> None:
    job = make_job(ablate=("power", "slope"))
    assert removed_parts(job) == {
        "Full": (),
        "w/o power branch": ("encoder.power",),
        "w/o slope": ("encoder.slope",),
    }
    without = next(variant for variant in job.variants if variant.removed == ("encoder.slope",)).benchmark
    assert without is not None
    assert without.encoder.slope == 0.5  # type: ignore[attr-defined]


def test_a_plus_gives_one_variant_without_both_parts(make_job: MakeJob) -> None:
    job = make_job(ablate=("slope+loose",))
    assert removed_parts(job)["w/o slope + looseness"] == ("aligner.loose", "encoder.slope")


def test_all_removes_each_part_once(make_job: MakeJob) -> None:
    assert len(removed_parts(make_job(ablate=("all",)))) == 1 + 6


def test_a_variant_requested_twice_appears_once(make_job: MakeJob) -> None:
    assert len(removed_parts(make_job(ablate=("slope", "all", "encoder.slope")))) == 1 + 6


REPLACING = """
import sys
from dataclasses import dataclass
from eegrecon import hookimpl, part

toy = sys.modules["eegrecon_file_toy"]

@dataclass(frozen=True)
class Flat(toy.Branch):
    strength: float = 1.0

    def fit(self, data, run):
        return {"weights": self.strength * super().fit(data, run)["weights"]}

@dataclass(frozen=True)
class Replacing(toy.MeanEncoder):
    power: toy.Branch = part("learned weights", default=toy.Branch(), without=Flat(gain=None, strength=2.0))

@hookimpl
def eegrecon_components():
    return {"encoder.replacing": Replacing}
"""


def test_a_part_may_be_replaced_by_a_component_even_an_unregistered_one(make_job: MakeJob, tmp_path: Path) -> None:
    (tmp_path / "replacing.py").write_text(REPLACING)
    plugins = (str(TOY / "toy.py"), str(tmp_path / "replacing.py"))
    settings = ("encoder=replacing", "encoder.power.gain.strength=3.0")
    asked = {"ablate": ("power", "power+slope"), "control": ("none",), "audit": ("none",), "subjects": (1,)}
    job = make_job(plugins=plugins, set=settings, **asked)
    without: Any = job.variants[1].benchmark
    assert (type(without.encoder.power).__name__, without.encoder.power.gain) == ("Flat", None)
    assert without.encoder.power.strength == 2.0
    result = job.run()
    assert [row.failed or bool(row.refused) for row in result.rows] == [False, False, False]
    assert result.rows[1].configuration["encoder"]["power"]["strength"] == 2.0
    assert "learned weights" in result.rows[2].label


def test_an_unknown_part_is_reported_with_the_nearest_name(make_job: MakeJob) -> None:
    with pytest.raises(UnknownName, match="'slop'.*'slope'"):
        _ = make_job(ablate=("slop",)).variants


def test_an_unknown_part_is_reported_with_the_option_that_named_it(make_job: MakeJob) -> None:
    with pytest.raises(UnknownName, match=r"'powre'.*--grid"):
        _ = make_job(grid=("powre", "loose")).variants


def test_a_part_inside_a_removed_part_is_refused(make_job: MakeJob) -> None:
    with pytest.raises(InvalidConfiguration, match=r"encoder.power.gain.*encoder.power\b"):
        _ = make_job(ablate=("power+gain",)).variants


def test_a_part_that_is_already_removed_is_refused(make_job: MakeJob) -> None:
    with pytest.raises(InvalidConfiguration, match=r"encoder.slope.*already"):
        _ = make_job(ablate=("slope",), set=("encoder.slope=0.5",)).variants


def test_a_combination_that_a_component_refuses_is_refused_with_its_reason(make_job: MakeJob) -> None:
    with pytest.raises(InvalidConfiguration, match="nothing to fill from"):
        _ = make_job(ablate=("tokens+label",)).variants


def test_among_all_parts_a_refused_variant_carries_its_reason(make_job: MakeJob) -> None:
    job = make_job(ablate=("all",), set=("generator.label=false",))
    refused = next(variant for variant in job.variants if variant.removed == ("generator.tokens",))
    assert refused.benchmark is None
    assert "nothing to fill from" in refused.refused


def test_an_ambiguous_name_is_reported_with_every_path_that_it_may_mean() -> None:
    known = [Part("encoder.freq", "f", True, False), Part("aligner.freq", "g", True, False)]
    with pytest.raises(UsageError, match=r"encoder.freq or aligner.freq"):
        find_part("freq", known)
    assert find_part("aligner.freq", known).about == "g"


def test_a_grid_combines_nothing_or_one_part_of_each_axis(make_job: MakeJob) -> None:
    job = make_job(grid=("power,slope", "loose"), ablate=("loose",))
    assert set(removed_parts(job).values()) == {
        (), ("encoder.power",), ("encoder.slope",), ("aligner.loose",),
        ("aligner.loose", "encoder.power"), ("aligner.loose", "encoder.slope"),
    }  # fmt: skip
    assert len(removed_parts(job)) == 6


def test_in_a_grid_an_impossible_combination_is_a_variant_with_its_reason(make_job: MakeJob) -> None:
    job = make_job(grid=("tokens,power", "label,gain"))
    refused = {variant.removed: variant.refused for variant in job.variants if variant.benchmark is None}
    assert set(refused) == {("generator.label", "generator.tokens"), ("encoder.power", "encoder.power.gain")}
    assert "nothing to fill from" in refused["generator.label", "generator.tokens"]


def test_a_sweep_gives_a_variant_for_each_value_that_full_does_not_have(make_job: MakeJob) -> None:
    job = make_job(sweep=("encoder.slope=0.5,1.0,2.0", "encoder.widths=[1,2],[3]", "encoder.kind=plain,odd"))
    swept = {variant.settings: variant for variant in job.variants if variant.settings}
    assert [dict(settings) for settings in swept] == [
        {"encoder.slope": 0.5}, {"encoder.slope": 2.0}, {"encoder.widths": (3,)}, {"encoder.kind": "odd"}
    ]  # fmt: skip
    assert [variant.label for variant in swept.values()] == ["slope = 0.5", "slope = 2.0", "widths = [3]", "kind = odd"]
    built = next(iter(swept.values())).benchmark
    assert built is not None
    assert built.encoder.slope == 0.5  # type: ignore[attr-defined]


def test_swept_variants_have_rows_of_their_own_in_the_result(make_job: MakeJob) -> None:
    result = make_job(sweep=("encoder.slope=0.5,2.0",), ablate=("slope",), control=("none",)).run()
    assert [row.label for row in result.rows] == ["Full", "w/o slope", "slope = 0.5", "slope = 2.0"]
    assert result.rows[2].settings == {"encoder.slope": 0.5}
    assert sum(line["kind"] == "published" for line in result.table()) == 1  # of Full, not of the swept rows


@pytest.mark.parametrize("wrong", ["encoder.slope", "dataset.protocol=a,b", "encoder.slope="])
def test_a_sweep_that_cannot_be_read_or_changes_the_data_is_refused(wrong: str, make_job: MakeJob) -> None:
    with pytest.raises(UsageError, match=f"{wrong}.*encoder, aligner, generator"):
        _ = make_job(sweep=(wrong,)).variants


def test_a_field_of_the_data_that_changes_test_trials_alone_is_swept_without_another_training(
    make_job: MakeJob, toy: Any
) -> None:
    job = make_job(sweep=("dataset.averaged=2,4",), control=("none",), audit=("none",), subjects=(1,))
    toy.CALLS.clear()
    result = job.run()
    assert [row.label for row in result.rows] == ["Full", "averaged = 2", "averaged = 4"]
    assert toy.CALLS.count("fit encoder") == toy.CALLS.count("fit aligner") == 1
    assert toy.CALLS.count("encode") > 3  # of each row, and of the tokens
    features = [row.stages for row in result.rows]
    assert len({frozenset(stages) for stages in features}) == 3
    assert all(summary.p is None for row in result.rows[1:] for summary in row.summaries)  # other trials: not paired
    with pytest.raises(UsageError, match="the data's averaged"):
        _ = make_job(sweep=("dataset.folder=a,b",)).variants


OTHER = """
import sys
from dataclasses import dataclass
Toy = sys.modules["eegrecon_file_toy"]

@dataclass(frozen=True)
class Other(Toy.MeanEncoder):
    pass

def eegrecon_components():
    return {"encoder.other": Other}
"""


@pytest.fixture
def with_other(make_job: MakeJob, tmp_path: Path) -> MakeJob:
    """Make jobs of the toy benchmark with a second encoder to choose."""
    (tmp_path / "other.py").write_text(OTHER)
    plugins = (str(TOY / "toy.py"), str(tmp_path / "other.py"))
    return lambda **asked: make_job(plugins=plugins, control=("none",), audit=("none",), **asked)


def test_a_swept_component_is_named_with_its_place(with_other: MakeJob) -> None:
    for path in ("encoder", "encoder.use"):
        labels = [variant.label for variant in with_other(sweep=(f"{path}=mean,other",)).variants]
        assert labels == ["Full", "encoder = other"]
    nested = with_other(sweep=("encoder.power=none",)).variants
    assert [variant.label for variant in nested] == ["Full", "power = none"]


@pytest.mark.parametrize("text", ["encoder=other", "encoder.use=other"])
def test_full_with_another_component_says_so_and_has_no_published_rows(with_other: MakeJob, text: str) -> None:
    result = with_other(set=(text,), ablate=("slope",), subjects=(1,)).run()
    assert [row.label for row in result.rows] == ["Full (encoder = other)", "w/o slope"]
    assert all(line["kind"] != "published" for line in result.table())
    assert any("encoder = other" in note and "published" in note for note in result.notes)


def test_full_with_other_values_or_without_a_component_keeps_its_name_and_published_rows(with_other: MakeJob) -> None:
    for text in ("encoder=mean", "encoder.slope=2", "generator=none"):
        job = with_other(set=(text,))
        assert job.variants[0].label == "Full"
        assert job.request.selection.replaced() == {}
