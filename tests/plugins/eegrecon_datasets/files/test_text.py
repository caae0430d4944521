from __future__ import annotations

from pathlib import Path

import pytest

from eegrecon import DataError
from eegrecon_datasets.eegcvpr40.splits import read_presentation_order
from eegrecon_datasets.files.channels import read_channel_names
from eegrecon_datasets.files.text import read_lines

MARK = b"\xef\xbb\xbf"  # of UTF-8, at the beginning of a file


def test_the_mark_of_utf_8_is_no_part_of_the_first_line(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_bytes(MARK + b"a\r\nb\r\n")
    assert read_lines(path) == ["a", "b"]
    assert read_channel_names(path) == ("a", "b")
    assert read_presentation_order(path, ["b", "a"]).tolist() == [1, 0]


def test_a_text_in_another_encoding_is_named(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("Fp\u00fc", encoding="latin-1")
    with pytest.raises(DataError, match=r"list\.txt.*UTF-8"):
        read_lines(tmp_path / "list.txt")
