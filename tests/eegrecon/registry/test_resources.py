from __future__ import annotations

import resource
from pathlib import Path

import numpy as np
import pytest
from explanations import Explains

from eegrecon import EegreconError
from eegrecon.resources import disk_array


def test_the_space_of_an_array_on_the_disk_is_reserved(tmp_path: Path) -> None:
    array = disk_array(tmp_path / "a", np.float16, (1000, 300))
    assert (tmp_path / "a").stat().st_blocks * 512 >= 600_000
    array[-1] = 1
    array.flush()
    read = np.fromfile(tmp_path / "a", np.float16)
    assert read.size == 300_000
    assert read.sum() == 300


def test_an_array_that_the_disk_has_no_space_for_is_an_error_at_once(tmp_path: Path, explains: Explains) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(EegreconError, match=rf"{tmp_path}/fine.*EEGRECON_HOME") as error:
            disk_array(tmp_path / "fine", np.float16, (1000, 1000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "2.0 MB" in str(error.value)
    assert not (tmp_path / "fine").exists()
    explains("The store", "there is no space for the pictures or tokens of a stage", error.value)
