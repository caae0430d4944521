from __future__ import annotations

import subprocess
import sys

MODULES = [
    "accuracy",
    "identification",
    "inception_score",
    "frechet",
    "inception",
    "vision_transformer",
    "weights",
    "classes",
]
HEAVY = {"torch", "torchvision", "torch_fidelity", "timm", "scipy", "sklearn", "PIL", "pydantic"}


def test_components_are_imported_without_heavy_libraries() -> None:
    imports = "; ".join(f"import eegrecon_metrics.{module}" for module in MODULES)
    code = f"{imports}; import sys; print(*({HEAVY!r} & set(sys.modules)))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.split() == []
