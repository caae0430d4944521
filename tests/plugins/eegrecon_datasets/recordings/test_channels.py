from __future__ import annotations

from pathlib import Path

import pytest

from eegrecon import DataError
from eegrecon_datasets.recordings.channels import channel_names, montage_with


def test_names_come_from_a_file_or_from_a_montage(tmp_path: Path) -> None:
    (tmp_path / "channels.txt").write_text("Cz\nFz\n")
    assert channel_names(str(tmp_path / "channels.txt")) == ("Cz", "Fz")
    assert len(channel_names("biosemi128")) == 128


def test_a_montage_with_all_channels_is_found_and_none_is_made_up() -> None:
    assert {"Fp1", "Oz"} <= set(montage_with(("fp1.", "OZ")).ch_names)
    assert "A1" in montage_with(tuple(channel_names("biosemi128"))).ch_names
    with pytest.raises(DataError, match="mne.channels.get_builtin_montages"):
        montage_with(("Cz", "no-such-channel"))
