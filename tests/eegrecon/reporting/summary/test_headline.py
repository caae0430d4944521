from __future__ import annotations

from records import result, row, score

from eegrecon import Result
from eegrecon.reporting.summary.headline import headline
from eegrecon.reporting.tables import table_of

BRAINVIS = {
    "accuracy": ("top-1", "top-3", "top-5", "macro F1"),
    "token-retrieval": ("retrieval top-1", "retrieval top-5", "median rank"),
    "identification": ("identification",),
    "inception-score": ("IS",),
    "fid": ("FID",),
}


def headline_of(metrics: dict[str, tuple[str, ...]], *named: str) -> list[str]:
    scores = [
        score(0.5, metric=metric, column=column, identity=f"{metric}/{column}")
        for metric, columns in metrics.items()
        for column in columns
    ]
    found: Result = result(row("Full", *scores), headline=named)
    return [f"{column.metric}.{column.name}" for column in headline(found, table_of(found).headings)]


def test_there_is_one_column_of_each_family() -> None:
    assert headline_of(BRAINVIS) == [
        "accuracy.top-1", "token-retrieval.median rank", "identification.identification", "fid.FID",
    ]  # fmt: skip


def test_a_family_is_shown_by_the_column_that_there_is() -> None:
    assert headline_of({"a": ("macro F1",), "i": ("IS",)}) == ["a.macro F1", "i.IS"]


def test_a_metric_of_no_family_is_shown_by_its_first_column_after_the_others() -> None:
    metrics = {"structure": ("class error", "tilt error"), "accuracy": ("top-1", "top-3")}
    assert headline_of(metrics) == ["accuracy.top-1", "structure.class error"]


def test_the_columns_that_a_benchmark_names_come_first_and_alone() -> None:
    assert headline_of(BRAINVIS, "fid.FID", "accuracy.top-3", "ssim.SSIM") == ["fid.FID", "accuracy.top-3"]


def test_names_that_the_run_lacks_leave_the_rule() -> None:
    assert headline_of({"accuracy": ("top-1",)}, "ssim.SSIM") == ["accuracy.top-1"]
