from __future__ import annotations

from pathlib import Path

import numpy as np
from jobs import TOY, MakeJob


def test_a_row_has_the_notes_of_its_stages_also_when_they_come_from_the_store(make_job: MakeJob) -> None:
    first, again = make_job().run(), make_job().run()
    for result in (first, again):
        assert result.rows[0].notes == ("straight lines only",)
        assert result.notes == ("a toy",)


def test_a_result_reports_the_versions_with_which_cached_stages_were_computed(make_job: MakeJob) -> None:
    first = make_job(control=("none",)).run()
    assert first.environment["numpy"] == np.__version__
    store = make_job().store
    key = next(key for key, stage in first.stages.items() if stage.name == "encoder")
    earlier = store.get("fit", key)
    assert earlier is not None
    assert earlier.meta["environment"]["numpy"] == np.__version__
    arrays = {name: np.array(array) for name, array in earlier.arrays.items()}
    store.discard("fit", key)
    store.put("fit", key, arrays, {**earlier.meta, "environment": {"numpy": "1.0", "braindecode": "0.8"}})
    again = make_job(control=("none",)).run()
    assert again.stages[key].hit
    assert again.environment["numpy"] == f"1.0, {np.__version__}"
    assert again.environment["braindecode"] == "0.8"
    assert again.environment["python"] == first.environment["python"]


def test_a_row_names_its_outputs_that_hardly_vary_over_trials(make_job: MakeJob) -> None:
    rows = make_job(set=("encoder.slope=0.0",), control=("predicted-label",)).run().rows
    assert rows[0].constant == ("embedding", "logits", "tokens")  # the pictures have noise
    assert rows[1].constant == ("embedding", "logits")


def test_a_control_that_gives_every_trial_the_same_is_not_marked_for_it(make_job: MakeJob) -> None:
    rows = make_job(control=("all",)).run().rows
    assert {row.label: row.constant for row in rows if row.constant} == {}


def test_a_result_has_the_headline_of_its_benchmark_and_says_which_rows_are_baselines(
    make_job: MakeJob, tmp_path: Path
) -> None:
    file = tmp_path / "b.toml"
    baseline = '[[baseline]]\nlabel = "gentle"\nset = { "encoder.slope" = 0.25 }\n'
    file.write_text("\n".join(['headline = ["colour.same colour"]', (TOY / "toy.toml").read_text(), baseline]))
    result = make_job(benchmark=str(file), control=("none",), audit=("none",)).run()
    assert result.headline == ("colour.same colour",)
    assert [(row.label, row.baseline) for row in result.rows] == [("Full", False), ("gentle", True)]


def test_a_row_tells_the_numbers_that_its_encoder_aligner_and_generator_learned(make_job: MakeJob) -> None:
    job = make_job(ablate=("power",), control=("none",))
    result = job.run()
    for row in result.rows:
        kinds = {"encoder": "fit", "aligner": "align-fit"}  # not the branch inside the encoder
        learned = [(kinds[stage.name], key) for key in row.stages if (stage := result.stages[key]).name in kinds]
        stored = [job.store.get(kind, key) for kind, key in learned]
        numbers = sum(array.size for found in stored if found for array in found.arrays.values())
        assert row.parameters == numbers / (len(result.subjects) * len(result.seeds))
    assert result.rows[0].parameters


READER = ("encoder=linear-reader", "aligner=none", "generator=none")


def test_an_encoder_that_an_audit_holds_too_counts_as_well(make_job: MakeJob) -> None:
    """Its stage has the name that the audit gave it."""
    audited = make_job(set=READER, control=("none",), audit=("linear-baseline",)).run()
    alone = make_job(set=READER, control=("none",), audit=("none",)).run()
    assert audited.rows[0].parameters == alone.rows[0].parameters
