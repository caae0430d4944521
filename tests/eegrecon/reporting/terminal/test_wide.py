from __future__ import annotations

import re

import pytest
from records import result, row, score

from eegrecon.reporting.terminal import wide


def printed(width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    """Return what a terminal of this width shows of a result with twelve columns."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", str(width))
    scores = [score(0.5, metric=f"m{k}", column=f"column-{k}") for k in range(12)]
    wide.print_result(result(row("Full", *scores), row("a row with a long label", *scores)))
    return re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out)


@pytest.mark.parametrize("width", [80, 1000])
def test_a_wide_table_is_divided_into_blocks_that_fit_with_every_column_once(
    width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = printed(width, monkeypatch, capsys)
    columns = re.findall(r"column-(\d+) ↑", text)
    assert columns == [str(k) for k in range(12)]
    blocks = [line for line in text.splitlines() if re.search(r"column-\d+ ↑", line)]
    assert (len(blocks) == 1) == (width == 1000)
    assert all(len(line) <= width for line in blocks)


def test_a_terminal_that_is_too_narrow_shows_one_column_in_a_block(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [line for line in printed(40, monkeypatch, capsys).splitlines() if "0.500" in line and "long" in line]
    assert len(lines) == 12
