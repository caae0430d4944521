"""A real recording, which is beside the project or where EEGRECON_REAL says, and the mark of tests that need it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from jobs import ROOT
from PIL import Image

FOLDER = Path(os.environ.get("EEGRECON_REAL") or ROOT.parent / "shared" / "real")
RECORDING = FOLDER / "eeglab_data.set"
needs_recording = pytest.mark.skipif(
    not RECORDING.is_file(), reason=f"the real recording is not in {FOLDER} (EEGRECON_REAL)"
)


def own_data(folder: Path) -> Path:
    """Write a folder of own data: the recording, of whose events the stimulus and the response are two classes."""
    folder.mkdir()
    for name in ("eeglab_data.set", "eeglab_data.fdt"):
        (folder / name).symlink_to(FOLDER / name)
    (folder / "stimuli.csv").write_text("event,picture,class\nsquare,square.png,square\nrt,key.png,key press\n")
    for name in ("square", "key"):
        Image.new("RGB", (8, 8)).save(folder / f"{name}.png")
    return folder
