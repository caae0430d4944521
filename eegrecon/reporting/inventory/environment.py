"""Versions of libraries and of the machine, on which numbers can depend although no key contains them."""

from __future__ import annotations

import importlib.metadata
import os
import platform

_LIBRARIES = (
    "eegrecon", "numpy", "scipy", "torch", "torchvision", "diffusers", "transformers", "open-clip-torch",
    "torch-fidelity", "safetensors", "pillow",
)  # fmt: skip


def environment() -> dict[str, str]:
    """Return the versions of libraries, of Python and of the machine, by name."""
    versions = {}
    for name in _LIBRARIES:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            versions[name] = "not installed"
    machine = {"python": platform.python_version(), "system": platform.platform(), "machine": platform.machine()}
    return {**versions, **machine, "cores": str(os.cpu_count())}
