"""What a verification says of honest and of dishonest submissions of the toy benchmark."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jobs import MakeJob
from PIL import Image
from submissions import contents, edited, sealed, with_lines, zipped

from eegrecon import load
from eegrecon.leaderboard.submission.packing import About, pack
from eegrecon.leaderboard.verification.record import Verification
from eegrecon.leaderboard.verification.truth import Verifier
from eegrecon.leaderboard.verification.verifying import verify
from eegrecon.pipeline.storage.store import Store

SCORED = {
    "right.right", "colour.same colour", "accuracy.top-1", "accuracy.macro F1", "identification.identification",
    "inception-score.IS", "fid.FID", "kid.KID", "ssim.SSIM",
}  # fmt: skip


def states(found: Verification) -> dict[str, str]:
    return {check.name: check.state for check in found.checks}


def failed(found: Verification, name: str, *facts: str) -> None:
    """The verification fails by this name alone, with these facts."""
    assert found.state == "failed"
    assert [check.name for check in found.failed] == [name], [check.model_dump() for check in found.failed]
    assert [fact for fact in facts if fact not in found.failed[0].text] == []


def test_an_honest_submission_is_re_scored_with_the_numbers_of_the_run(
    toy_folder: Path, verifier: Verifier, tmp_path: Path
) -> None:
    for path in (toy_folder / "submission", zipped(toy_folder / "submission", tmp_path / "s.zip")):
        found = verify(path, verifier)
        assert (found.state, found.failed) == ("re-scored", ())
    by_name = states(found)
    assert {name for name in SCORED if by_name[f"score: {name} of Full"] == "ok"} == SCORED
    for row, claimed in zip(found.rows, load(toy_folder / "run").rows, strict=True):
        again = {(summary.metric, summary.column): summary for summary in row.summaries}
        for summary in claimed.summaries:
            if (summary.metric, summary.column) in again:
                computed = again[summary.metric, summary.column]
                assert computed.value == pytest.approx(summary.value, rel=1e-6)
                assert computed.interval == pytest.approx(summary.interval, rel=1e-6)
                if summary.null is None:
                    assert computed.null is None
                else:
                    assert computed.null == pytest.approx(summary.null, rel=1e-6)


def test_without_a_verifiers_benchmark_it_is_consistent_and_not_re_scored(toy_folder: Path) -> None:
    found = verify(toy_folder / "submission")
    assert (found.state, found.failed, found.rows) == ("consistent", (), ())
    assert states(found)["intervals"] == "ok"


def test_without_the_data_set_it_is_consistent_and_not_re_scored(
    toy_folder: Path, verifier: Verifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    from eegrecon import MissingFiles
    from eegrecon.leaderboard.verification import verifying

    def absent(*_: Any) -> None:
        raise MissingFiles("no recordings in DIR; give --data")

    monkeypatch.setattr(verifying, "truth_of", absent)
    found = verify(toy_folder / "submission", verifier)
    assert found.state == "consistent"
    assert states(found)["declared trials"] == "not checked"


def test_verifying_writes_nothing_of_a_submission(toy_folder: Path, verifier: Verifier, tmp_path: Path) -> None:
    """The store keeps the benchmark's own test trials, and neither pictures nor views of a submission."""
    before = contents(toy_folder / "submission")
    own = replace(verifier, store=replace(verifier.store, root=tmp_path / "store"))
    assert verify(toy_folder / "submission", own).state == "re-scored"
    assert contents(toy_folder / "submission") == before
    assert {path.name for path in (tmp_path / "store").iterdir() if path.is_dir()} <= {
        "prepare",
        "test",
        "locks",
        "scratch",
    }
    assert {path.name for path in tmp_path.iterdir()} == {"store"}


def higher(score: dict[str, Any]) -> None:
    score["value"] *= 1.5 if score["better"] == "higher" else 0.5


def claimed(submission: Path, metric: str, change: Callable[[dict[str, Any]], None]) -> None:
    """Change every claimed number of a metric in the first row."""

    def edit(value: dict[str, Any]) -> None:
        row = value["rows"][0]
        for score in row["scores"]:
            if score["metric"] == metric:
                change(score)
        for summary in row["summaries"]:
            if summary["metric"] == metric:
                own = [s["value"] for s in row["scores"] if (s["metric"], s["column"]) == (metric, summary["column"])]
                summary["value"] = float(np.mean(own))

    edited(submission / "result.json", edit)


def test_a_tampered_score_is_not_the_mean_of_its_trials(submission: Path) -> None:
    claimed(submission, "accuracy", higher)
    failed(verify(sealed(submission)), "claims", "subject 1", "trials have the mean")


@pytest.mark.parametrize("metric", ["fid", "kid", "inception-score"])
def test_a_tampered_score_of_a_set_is_found_by_re_scoring(metric: str, submission: Path, verifier: Verifier) -> None:
    claimed(submission, metric, higher)
    assert verify(sealed(submission)).state == "consistent"  # it has no value by trial
    found = verify(submission, verifier)
    assert found.state == "failed"
    assert {check.name.partition(".")[0] for check in found.failed} == {f"score: {metric}"}
    assert "is claimed" in found.failed[0].text
    assert "was computed" in found.failed[0].text


def test_a_score_that_is_tampered_with_in_its_trials_too_is_found_by_re_scoring(
    submission: Path, verifier: Verifier
) -> None:
    def half_right(lines: list[dict[str, str]]) -> list[dict[str, str]]:
        return [line | ({"right.right": "0.5"} if line["row"] == "Full" else {}) for line in lines]

    def claim(score: dict[str, Any]) -> None:
        score["value"] = 0.5

    with_lines(submission / "trials.csv", half_right)
    claimed(submission, "right", claim)

    def edit(value: dict[str, Any]) -> None:
        value["rows"][0]["summaries"] = [
            summary for summary in value["rows"][0]["summaries"] if summary["metric"] != "right"
        ]

    edited(submission / "result.json", edit)
    assert verify(sealed(submission)).state == "consistent"
    failed(verify(submission, verifier), "score: right.right of Full", "0.5 is claimed", "1 was computed")


def test_a_tampered_interval_fails(submission: Path, verifier: Verifier) -> None:
    """A narrow interval would win ranks."""

    def edit(value: dict[str, Any]) -> None:
        for summary in value["rows"][0]["summaries"]:
            if summary["column"] == "top-1":
                summary["interval"] = [summary["value"] - 1e-3, summary["value"] + 1e-3]

    edited(submission / "result.json", edit)
    failed(verify(sealed(submission)), "intervals", "top-1 of 'Full'")


def test_a_tampered_interval_of_a_set_is_found_by_re_scoring(submission: Path, verifier: Verifier) -> None:
    def edit(value: dict[str, Any]) -> None:
        for summary in value["rows"][0]["summaries"]:
            if summary["column"] == "FID":
                summary["interval"] = [summary["value"] - 1e-3, summary["value"] + 1e-3]

    edited(submission / "result.json", edit)
    assert verify(sealed(submission)).state == "consistent"
    failed(verify(submission, verifier), "score: fid.FID of Full", "interval")


def repainted(file: Path, change: Callable[[np.ndarray], np.ndarray]) -> None:
    """Change the pixels of a picture, stored without compression, so that its length does not tell."""
    with Image.open(file) as image:
        changed = change(np.array(image))
    content = io.BytesIO()
    Image.fromarray(changed).save(content, "PNG", compress_level=0)
    file.write_bytes(content.getvalue())


def test_a_tampered_picture_has_another_hash(submission: Path) -> None:
    file = submission / "pictures" / "0-1-0-0.png"
    repainted(file, lambda pixels: pixels)
    assert verify(sealed(submission)).state == "consistent"
    repainted(file, lambda pixels: 255 - pixels)  # of the same length
    failed(verify(submission), "pictures", "altered: the SHA-256 of pictures/0-1-0-0.png")


def test_a_tampered_picture_with_a_new_hash_has_other_scores(submission: Path, verifier: Verifier) -> None:
    repainted(submission / "pictures" / "0-1-0-0.png", lambda pixels: np.roll(pixels, 1, axis=2))  # other colours
    assert verify(sealed(submission)).state == "consistent"
    found = verify(submission, verifier)
    names = {check.name for check in found.failed}
    assert found.state == "failed"
    assert {"score: colour.same colour of Full", "score: identification.identification of Full"} <= names
    assert all(name.endswith("of Full") for name in names)
    assert not any("accuracy" in name for name in names)


def test_pictures_of_one_subject_for_another_are_found(submission: Path, verifier: Verifier) -> None:
    one, other = (submission / "pictures" / f"0-{subject}-0-0.png" for subject in (1, 2))
    first = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(first)
    found = verify(sealed(submission), verifier)
    assert "score: colour.same colour of Full" in {check.name for check in found.failed}


def test_a_missing_trial_of_one_row_fails(submission: Path) -> None:
    with_lines(submission / "trials.csv", lambda lines: lines[:-1])
    found = verify(sealed(submission))
    assert "trials" in {check.name for check in found.failed}
    assert any("lacks 1 trials" in check.text for check in found.failed)


def test_a_trial_that_is_missing_everywhere_is_not_that_of_the_benchmark(submission: Path, verifier: Verifier) -> None:
    """Whoever leaves out a hard trial has to leave it out of pictures and scores too."""

    def without_the_last(lines: list[dict[str, str]]) -> list[dict[str, str]]:
        trials = {line["trial"] for line in lines if line["subject"] == "1"}
        return [line for line in lines if line["trial"] != max(trials)]

    edited(submission / "manifest.json", lambda value: value.update(pictures=[]))
    for file in (submission / "pictures").iterdir():
        file.unlink()
    with_lines(submission / "trials.csv", without_the_last)

    def edit(value: dict[str, Any]) -> None:
        for row in value["rows"]:
            row["scores"] = [score for score in row["scores"] if score["metric"] == "fid"]
            row["summaries"] = []

    edited(submission / "result.json", edit)
    assert verify(sealed(submission)).state == "consistent"
    failed(verify(submission, verifier), "declared trials", "1 of 24 declared test trials are missing")


@pytest.mark.parametrize(
    ("column", "value", "fact"), [("label", "red", "another class"), ("picture", "7", "another picture")]
)
def test_another_truth_is_found(column: str, value: str, fact: str, submission: Path, verifier: Verifier) -> None:
    with_lines(submission / "trials.csv", lambda lines: [line | {column: value} for line in lines])
    edited(submission / "result.json", lambda record: [row.update(summaries=[]) for row in record["rows"]])
    failed(verify(sealed(submission), verifier), "declared trials", fact)


def test_a_prediction_that_its_class_scores_do_not_give_fails(submission: Path) -> None:
    with_lines(submission / "trials.csv", lambda lines: [line | {"predicted": "blue"} for line in lines])
    failed(verify(sealed(submission)), "predictions", "'Full', subject 1")


@pytest.mark.parametrize(
    ("edit", "fact"),
    [
        (lambda value: value.update(version="2"), "version '2'"),
        (lambda value: value.update(digest="0" * 32), "digest"),
        (lambda value: value.update(profile="huge"), "'huge'"),
        (lambda value: value.update(protocol="other"), "'other'"),
        (lambda value: value["rows"][0]["configuration"]["dataset"]["tape"].update(trials=30), "tape.trials"),
        (lambda value: value.update(benchmark="brainvis"), "benchmark 'brainvis'"),
    ],
)
def test_a_result_of_another_benchmark_is_refused(
    edit: Callable[[dict[str, Any]], None], fact: str, submission: Path, verifier: Verifier
) -> None:
    edited(submission / "result.json", edit)
    failed(verify(sealed(submission), verifier), "benchmark", fact)


def test_a_subject_that_is_left_out_is_missing(submission: Path, verifier: Verifier) -> None:
    for file in (submission / "pictures").iterdir():
        if file.name.split("-")[1] == "2":
            file.unlink()
    with_lines(submission / "trials.csv", lambda lines: [line for line in lines if line["subject"] == "1"])

    def edit(value: dict[str, Any]) -> None:
        value["subjects"] = [1]
        for row in value["rows"]:
            row["scores"] = [score for score in row["scores"] if score["subject"] == 1]
            row["summaries"] = []

    edited(submission / "result.json", edit)
    failed(verify(sealed(submission), verifier), "benchmark", "declared subjects 2 are missing")


def test_chosen_seeds_are_refused(submission: Path, verifier: Verifier) -> None:
    for file in (submission / "pictures").iterdir():
        row, subject, _, number = file.name.split("-")
        file.rename(file.with_name(f"{row}-{subject}-7-{number}"))
    with_lines(submission / "trials.csv", lambda lines: [line | {"seed": "7"} for line in lines])

    def edit(value: dict[str, Any]) -> None:
        value["seeds"] = [7]
        for row in value["rows"]:
            for score in row["scores"]:
                score["seed"] = 7

    edited(submission / "result.json", edit)
    failed(verify(sealed(submission), verifier), "benchmark", "seeds")


def test_more_samples_than_disclosed_fail(submission: Path) -> None:
    edited(submission / "manifest.json", lambda value: value["disclosures"].update(samples_per_trial=5))
    failed(verify(submission), "disclosures", "5 samples per trial are disclosed")


@pytest.mark.parametrize("field", [{"better": "lower"}, {"identity": "right/n999"}, {"chance": 0.9}])
def test_what_a_number_means_is_not_taken_from_the_claim(
    field: dict[str, Any], submission: Path, verifier: Verifier
) -> None:
    def edit(value: dict[str, Any]) -> None:
        for score in value["rows"][0]["scores"]:
            if score["metric"] == "right":
                score.update(field)
        for summary in value["rows"][0]["summaries"]:
            if summary["metric"] == "right":
                summary.update({name: value for name, value in field.items() if name == "identity"})

    edited(submission / "result.json", edit)
    failed(verify(sealed(submission), verifier), "score: right.right of Full")


def test_an_invented_metric_fails(submission: Path, verifier: Verifier) -> None:
    def edit(value: dict[str, Any]) -> None:
        first = value["rows"][0]["scores"][0]
        value["rows"][0]["scores"].append(first | {"metric": "mine", "column": "best"})

    edited(submission / "result.json", edit)
    failed(verify(sealed(submission), verifier), "score: mine.best of Full", "no metric 'mine'")


def test_a_result_that_cannot_be_shown_fails_by_that_name(submission: Path) -> None:
    def edit(value: dict[str, Any]) -> None:
        value["rows"][1]["summaries"][0].update(trainings=1, difference=None)
        value["rows"][1]["control"] = None
        value["rows"][0]["summaries"] = []
        value["rows"][0]["scores"] = [score for score in value["rows"][0]["scores"] if score["metric"] == "fid"]

    edited(submission / "result.json", edit)
    found = verify(sealed(submission))
    assert found.state in ("failed", "consistent")  # and never an error of Python
    assert all(check.name == "result" for check in found.failed)


def test_a_benchmark_that_is_not_installed_and_not_named_is_refused(submission: Path, verifier: Verifier) -> None:
    """The path of a file in a result is not opened."""
    failed(verify(submission, replace(verifier, benchmark=None)), "benchmark", "'toy'", "--benchmark")
    edited(submission / "result.json", lambda value: value.update(benchmark="/etc/passwd.toml"))
    failed(verify(sealed(submission), replace(verifier, benchmark=None)), "benchmark", "/etc/passwd.toml")


def test_a_method_without_pictures_is_re_scored_from_its_class_scores(
    make_job: MakeJob, toy_folder: Path, verifier: Verifier, tmp_path: Path
) -> None:
    job = make_job(
        benchmark=str(toy_folder / "toy.toml"),
        set=("generator=none", "aligner=none"),
        control=("none",),
        audit=("none",),
    )
    result = job.run()
    pack(result.folder, tmp_path / "s.zip", About("A classifier", "none", "none"), job.store, "0.1.0")
    found = verify(tmp_path / "s.zip", verifier)
    assert found.state == "re-scored"
    assert {name for name, state in states(found).items() if name.startswith("score: ") and state == "ok"} == {
        f"score: {name} of {result.rows[0].label}" for name in ("right.right", "accuracy.top-1", "accuracy.macro F1")
    }


def test_a_run_of_an_older_version_is_packed_and_its_intervals_are_not_checked(
    toy_folder: Path, verifier: Verifier, tmp_path: Path
) -> None:
    """Its result does not say which average a score is, and its trials do not say which picture they saw."""
    run = Path(shutil.copytree(toy_folder / "run", tmp_path / "run"))

    def older(value: dict[str, Any]) -> None:
        for row in value["rows"]:
            for score in row["scores"]:
                del score["of"], score["without"]

    edited(run / "result.json", older)
    with_lines(run / "trials.csv", lambda lines: [{k: v for k, v in line.items() if k != "picture"} for line in lines])
    pack(run, tmp_path / "s.zip", About("Older", "none", "none"), Store(toy_folder / "store"), "0.1.0")
    found = verify(tmp_path / "s.zip", verifier)
    assert found.state == "re-scored"
    assert states(found)["intervals"] == "not checked"
