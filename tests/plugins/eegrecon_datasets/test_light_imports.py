from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import eegrecon_datasets

ROOT = Path(eegrecon_datasets.__file__).parent
HEAVY = {
    "torch", "torchvision", "torch_fidelity", "timm", "transformers", "diffusers", "scipy", "sklearn", "PIL",
    "pydantic", "mne",
}  # fmt: skip


def test_all_modules_are_imported_without_heavy_libraries() -> None:
    files = [file.relative_to(ROOT.parent).with_suffix("") for file in ROOT.rglob("*.py")]
    modules = [".".join(file.parts).removesuffix(".__init__") for file in files]
    assert "eegrecon_datasets.eegcvpr40.dataset" in modules
    code = "; ".join(f"import {module}" for module in modules) + f"; import sys; print(*({HEAVY!r} & set(sys.modules)))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.split() == []
