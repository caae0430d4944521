from __future__ import annotations

import sys
from pathlib import Path

import pytest

from eegrecon import DataError, MissingFiles
from eegrecon_datasets.files.parquet import read_parquet

REMEDY = "fetch it again"


def test_columns_are_read_as_lists(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow", reason="parquet tables need pyarrow")
    from pyarrow import parquet

    table = pyarrow.table({"a": [1, 2], "b": ["x", None], "c": [True, False]})
    parquet.write_table(table, tmp_path / "t.parquet")
    assert read_parquet(tmp_path / "t.parquet", ("b", "a"), REMEDY) == {"b": ["x", None], "a": [1, 2]}
    with pytest.raises(DataError, match=r"t\.parquet has the columns a, b, c, but d is needed"):
        read_parquet(tmp_path / "t.parquet", ("a", "d"), REMEDY)
    (tmp_path / "t.parquet").write_bytes(b"no table")
    with pytest.raises(DataError, match=r"t\.parquet is damaged or no parquet table"):
        read_parquet(tmp_path / "t.parquet", ("a",), REMEDY)
    with pytest.raises(MissingFiles, match=r"none\.parquet does not exist"):
        read_parquet(tmp_path / "none.parquet", ("a",), REMEDY)


def test_a_missing_pyarrow_is_named_with_its_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "t.parquet").write_bytes(b"PAR1")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingFiles, match=r"pip install 'eegrecon\[parquet\]'"):
        read_parquet(tmp_path / "t.parquet", ("a",), REMEDY)
