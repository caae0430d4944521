"""Weights of judges: where they lie, whether they are the published ones, and how they are read.

Nothing is downloaded: a file that is not there is asked for by name, size and place.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import zipfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from eegrecon import DataError, MissingFiles, locate


@dataclass(frozen=True)
class PublishedFile:
    """A file of weights that its authors offer for download."""

    name: str  # the file's name ends in the first eight digits of its SHA-256, as torch.hub has it
    url: str
    megabytes: int

    @property
    def sha256(self) -> str:
        """First digits of the file's SHA-256."""
        return self.name.rpartition(".")[0].rpartition("-")[2]

    def find(self, weights: str) -> Path:
        """Return the file at the address given, or in torch's own cache folder where none is given.

        Raises:
            MissingFiles: it is not there.
        """
        place = hub_folder() / self.name
        found = locate(weights) if weights else place
        if found is not None and found.is_file():
            return found
        wanted = weights or str(place)
        raise MissingFiles(
            f"no weights at {wanted}: {self.name} ({self.megabytes} MB) is needed; fetch it from {self.url} and put it "
            f"at {place}, or set the judge's field 'weights' to where it lies"
        )

    def identity(self, weights: str) -> str:
        """Nothing for the published bytes (or none yet); else the start of the file's own SHA-256 after a hyphen."""
        try:
            path = self.find(weights)
        except MissingFiles:
            return ""
        digest = _sha256(str(path.resolve()), path.stat().st_mtime_ns)
        return "" if digest.startswith(self.sha256) else f"-{digest[:8]}"


@dataclass(frozen=True)
class PublishedFolder:
    """A model that its authors offer on the Hugging Face hub."""

    hub: str  # its id there
    files: tuple[str, ...]  # those that are read
    megabytes: int

    def find(self, model: str) -> Path:
        """Return the folder at the address given, or of the published model in the hub's cache.

        Raises:
            MissingFiles: it is not there, or a file of it is not.
        """
        folder = locate(model) if model else None
        if folder is None:
            folder = _cached(model or self.hub, self.files)
        lacking = list(self.files) if folder is None else [name for name in self.files if not (folder / name).is_file()]
        if folder is not None and not lacking:
            return folder
        raise MissingFiles(
            f"no model at {model or self.hub}: {' and '.join(lacking)} not found ({self.megabytes} MB for {self.hub}); "
            f"fetch it with `hf download {model or self.hub}`, or set the judge's field 'model' to a folder with them"
        )


def _cached(hub: str, files: tuple[str, ...]) -> Path | None:
    """Folder of a model in the hub's cache, if all of its files are there. Nothing is fetched."""
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        found = [path for name in files if isinstance(path := try_to_load_from_cache(hub, name), str)]
    except HFValidationError:  # it is no id at all, but a path that does not exist
        return None
    return Path(found[0]).parent if len(found) == len(files) else None


def hub_folder() -> Path:
    """Folder where torch.hub keeps checkpoints, without importing torch."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", "~/.cache"), "torch")
    return Path(os.environ.get("TORCH_HOME", cache), "hub", "checkpoints").expanduser()


def state_dict(path: Path) -> dict[str, Any]:
    """Read tensors by name, memory-mapped where the format allows it. Nothing in the file is executed.

    Raises:
        DataError: the file is damaged, holds something else than tensors, or wants to run code.
    """
    import torch
    from safetensors import SafetensorError

    try:
        state = _read(path)
    except (pickle.UnpicklingError, SafetensorError, RuntimeError, EOFError, OSError, ValueError) as error:
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise DataError(
            f"{path} cannot be read as weights ({reason}); it is damaged, or it holds more than tensors, which is "
            "refused because reading it could run code: fetch the file again"
        ) from error
    if not isinstance(state, dict) or not all(isinstance(tensor, torch.Tensor) for tensor in state.values()):
        raise DataError(f"{path} does not hold tensors by name but a {type(state).__name__}; a state dict is needed")
    return dict(state)


def _read(path: Path) -> Any:
    if path.suffix == ".safetensors":
        from safetensors.torch import load_file

        return load_file(path)
    import torch

    return torch.load(path, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(path))


@lru_cache(maxsize=16)
def _sha256(path: str, changed: int) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
