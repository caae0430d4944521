from __future__ import annotations

import csv
import io

from records import result, row, score, summary

from eegrecon.reporting import renderers
from eegrecon.reporting.tables import table_of


def csv_lines(*rows: object) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(renderers.comma_separated(table_of(result(*rows))))))  # type: ignore[arg-type]


def test_markdown_has_a_line_per_row_and_n_in_the_heading() -> None:
    text = renderers.markdown(table_of(result(row("Full", score(0.5)), row("w/o x", score(0.25)))))
    assert "| | top ↑ (n 10) |" in text
    assert "| w/o x | 0.250 (-0.250) |" in text


def test_markdown_has_intervals_and_marks_differences_that_survive_correction() -> None:
    changes = {"difference": -0.1, "difference_interval": (-0.2, -0.05)}
    rows = [row("Full", score(0.5), summaries=(summary(),))]
    rows += [row(f"p {p}", score(0.4), summaries=(summary(p_corrected=p, **changes),)) for p in (0.04, 0.06)]
    text = renderers.markdown(table_of(result(*rows)))
    assert "| Full | 0.500 [0.300, 0.500] |" in text
    assert "| p 0.04 | 0.400 [0.300, 0.500] (-0.100* [-0.200, -0.050]) |" in text
    assert "| p 0.06 | 0.400 [0.300, 0.500] (-0.100 [-0.200, -0.050]) |" in text


def test_csv_has_exact_values_and_identities() -> None:
    value = 0.1234567890123
    line = csv_lines(row("Full", score(value)))[1]
    assert float(line["value"]) == value
    assert line["identity"] == "m/n10"


def test_csv_has_the_reason_of_a_missing_value() -> None:
    line = csv_lines(row("Full", score(0.5)), row("w/o g", blank={"m": "there is no generator"}))[-1]
    assert line["reason"] == "there is no generator"
    assert line["value"] == ""


def test_latex_has_values_intervals_and_marks_and_escapes_special_characters() -> None:
    without = summary(difference=-0.2, p=0.01, p_corrected=0.04)
    table = table_of(result(row("Full", score(0.6)), row("w/o 5 % & x_1", score(0.4), summaries=(without,))))
    text = renderers.latex(table)
    body = text[text.index(r"\toprule") : text.index(r"\bottomrule")]
    lines = [line for line in body.splitlines() if line.endswith(r" \\")]
    assert all(line.replace(r"\&", "").count("&") == 1 for line in lines)
    assert r"w/o 5 \% \& x\_1 & 0.400* \\" in lines
    assert r" & \scriptsize [0.300, 0.500] \\" in lines
    assert r" & top $\uparrow$ (n = 10) \\" in lines
