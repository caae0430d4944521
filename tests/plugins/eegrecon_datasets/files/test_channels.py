from __future__ import annotations

from pathlib import Path

import pytest

from eegrecon import DataError
from eegrecon_datasets.files.channels import read_channel_names


def test_names_are_read_in_their_order_without_blank_lines(tmp_path: Path) -> None:
    (tmp_path / "channels.txt").write_text("Fz\n\n Cz \nPz")
    assert read_channel_names(tmp_path / "channels.txt") == ("Fz", "Cz", "Pz")


def test_a_repeated_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / "channels.txt").write_text("Fz\nCz\nFz\n")
    with pytest.raises(DataError, match=r"channels\.txt .*Fz"):
        read_channel_names(tmp_path / "channels.txt")
