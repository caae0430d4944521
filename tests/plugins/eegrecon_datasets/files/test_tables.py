from __future__ import annotations

from pathlib import Path

import pytest

from eegrecon import DataError
from eegrecon_datasets.files.tables import read_table


def test_one_column_is_returned_by_another(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text('\ufeffvalue,other,key\n"one, two",x,a\nthree,y,b\n', encoding="utf-8")
    assert read_table(path, "key", "value") == {"a": "one, two", "b": "three"}


def test_a_missing_table_is_none(tmp_path: Path) -> None:
    assert read_table(tmp_path / "table.csv", "key", "value") is None


@pytest.mark.parametrize(
    ("content", "fact"),
    [
        (b"key,other\na,b\n", "value"),
        (b"key,value\na,b\nc,\n", "line 3"),
        (b"key,value\n\xff\xfe,b\n", "UTF-8"),
        (b"", "value"),
    ],
)
def test_another_kind_of_file_is_named(tmp_path: Path, content: bytes, fact: str) -> None:
    (tmp_path / "table.csv").write_bytes(content)
    with pytest.raises(DataError, match=rf"table\.csv.*{fact}"):
        read_table(tmp_path / "table.csv", "key", "value")
