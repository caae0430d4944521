from __future__ import annotations

import subprocess
import sys

import eegrecon_metrics

MODULES = sorted({target.partition(":")[0] for target in eegrecon_metrics.eegrecon_components().values()})
HEAVY = {"torch", "torchvision", "torch_fidelity", "timm", "scipy", "sklearn", "PIL", "pydantic"}


def test_components_are_imported_without_heavy_libraries() -> None:
    imports = "; ".join(f"import {module}" for module in MODULES)
    code = f"{imports}; import sys; print(*({HEAVY!r} & set(sys.modules)))"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert printed.stdout.split() == []
