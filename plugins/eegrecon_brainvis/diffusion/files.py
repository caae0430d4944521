"""The files of a Stable Diffusion: where they are, whether they are complete and belong together.

A model is a folder in diffusers' format, an id of the Hugging Face hub whose files are in the hub's cache, or a
single-file checkpoint. Nothing is downloaded: missing files are listed with their size and place.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from eegrecon import DataError, Finding, MissingFiles
from eegrecon.resources import content_digest, hub_folder, locate

STABLE_DIFFUSION = "stable-diffusion-v1-5/stable-diffusion-v1-5"  # the paper's model: 77 tokens of width 768
SUBFOLDERS = ("scheduler", "text_encoder", "tokenizer", "unet", "vae")
_FILES = {  # of a folder, with the MB of Stable Diffusion 1.5 in float32
    "model_index.json": 0,
    "scheduler/scheduler_config.json": 0,
    "text_encoder/config.json": 0,
    "text_encoder/model.safetensors": 492,
    "tokenizer/merges.txt": 1,
    "tokenizer/vocab.json": 1,
    "unet/config.json": 0,
    "unet/diffusion_pytorch_model.safetensors": 3438,
    "vae/config.json": 0,
    "vae/diffusion_pytorch_model.safetensors": 335,
}
_SINGLE = (".safetensors", ".ckpt", ".pt", ".pth")


def model_path(address: str) -> Path:
    """Return the folder or the single file that an address names.

    Raises:
        MissingFiles: it is absent or incomplete; the message lists the missing files with size and place.
        DataError: it is no Stable Diffusion, or its parts do not fit together.
    """
    path = locate(address) or hub_folder(address)
    if path is None:
        raise MissingFiles(
            f"the diffusion model {address!r} is neither a folder nor a file here, and the Hugging Face hub's cache "
            f"has no model of this id; it needs {_listed(_FILES)}. {_remedy(address)}"
        )
    folder = path if path.is_dir() else configuration(path)
    if lacking := [name for name in _FILES if not _has(folder, name, weights=path.is_dir())]:
        raise MissingFiles(
            f"{folder} is not a complete Stable Diffusion: it lacks {_listed(lacking)}. {_remedy(address)}"
        )
    _check_kind(folder)
    return path


def configuration(file: Path) -> Path:
    """Return the folder with the configuration of a single-file checkpoint, which has nothing but weights.

    It is the folder of the same name beside the file, or else the published Stable Diffusion in the hub's cache.

    Raises:
        MissingFiles: neither exists.
    """
    if file.suffix not in _SINGLE:
        raise MissingFiles(f"{file} is neither a folder nor a checkpoint ({', '.join(_SINGLE)}); name one of them")
    beside = file.with_suffix("")
    cached = beside if beside.is_dir() else hub_folder(STABLE_DIFFUSION)
    if cached is None:
        small = [name for name in _FILES if not _is_weights(name)]
        raise MissingFiles(
            f"the checkpoint {file} needs the model's small files beside it: make a folder {beside} with "
            f"{', '.join(small)}, for instance with `hf download {STABLE_DIFFUSION} --include '*.json' '*.txt' "
            f"--local-dir {beside}`"
        )
    return cached


def model_digest(address: str, subfolders: Sequence[str] = SUBFOLDERS) -> str:
    """Return a digest of some subfolders of a model; for one of the hub its id and commit, the folder's name.

    Raises:
        MissingFiles: it is absent or incomplete.
        DataError: it is another kind of model.
    """
    path = model_path(address)
    if path.is_file():
        return f"{content_digest(path)} {content_digest(configuration(path) / 'tokenizer')}"
    if locate(address) is None:
        return f"hub:{address}@{path.name}"
    return " ".join(content_digest(path / name) for name in subfolders if (path / name).is_dir())


def findings(address: str) -> Iterator[Finding]:
    """Yield a finding for every file of a model."""
    path = locate(address) or hub_folder(address)
    folder = path if path is None or path.is_dir() else path.with_suffix("")
    if path is not None and path.is_file():
        yield Finding(True, f"checkpoint {path} ({path.stat().st_size / 1e6:.0f} MB)")
        if not folder or not folder.is_dir():
            folder = hub_folder(STABLE_DIFFUSION)
    lacking = False
    for name, megabytes in _FILES.items():
        if path is not None and path.is_file() and _is_weights(name):
            continue
        there = folder is not None and _has(folder, name, weights=True)
        size = f" ({megabytes} MB for Stable Diffusion 1.5)" if megabytes else ""
        lacking = lacking or not there
        yield Finding(there, f"{name}{size} of {address}{f' found in {folder}' if there else ' is missing'}")
    if lacking:
        yield Finding(False, _remedy(address))
    try:
        if folder is not None and all(_has(folder, name, weights=False) for name in _FILES):
            _check_kind(folder)
    except DataError as error:
        yield Finding(False, str(error))


def _is_weights(name: str) -> bool:
    return name.endswith(".safetensors")


def _has(folder: Path, name: str, *, weights: bool) -> bool:
    """Whether a folder has a file, or its weights in another form (sharded, half precision, .bin)."""
    if not _is_weights(name):
        return (folder / name).is_file() or (
            name.startswith("tokenizer/") and (folder / "tokenizer/tokenizer.json").is_file()
        )
    return not weights or any(any((folder / name).parent.glob(f"*{ending}")) for ending in (".safetensors", ".bin"))


def _listed(names: Sequence[str] | dict[str, int]) -> str:
    return ", ".join(f"{name} ({_FILES[name]} MB)" if _FILES[name] else name for name in names)


def _remedy(address: str) -> str:
    hub = address if address.count("/") == 1 and not Path(address).suffix else STABLE_DIFFUSION
    return (
        f"Fetch it with `hf download {hub}` (4.3 GB for Stable Diffusion 1.5), or set `generator.model` to a folder in "
        "diffusers' form or a single-file checkpoint that you have; sizes are those of Stable Diffusion 1.5"
    )


def _read(folder: Path, name: str) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads((folder / name).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{folder / name} cannot be read ({error}); fetch it again") from error
    return content


def _check_kind(folder: Path) -> None:
    """Check that a model is a Stable Diffusion whose parts fit together.

    Raises:
        DataError: it is another pipeline, or text encoder, denoiser and tokenizer do not fit together.
    """
    kind = _read(folder, "model_index.json").get("_class_name")
    if kind != "StableDiffusionPipeline":
        raise DataError(f"{folder} holds a {kind}; the cascade needs a StableDiffusionPipeline: name another model")
    text = _read(folder, "text_encoder/config.json")
    wanted, width = _read(folder, "unet/config.json").get("cross_attention_dim"), text.get("hidden_size")
    if wanted != width:
        raise DataError(
            f"the model in {folder} does not fit together: its denoiser takes tokens of width {wanted}, its "
            f"text encoder returns tokens of width {width}; name a model whose parts belong together"
        )
    tokenizer = folder / "tokenizer" / "tokenizer_config.json"
    length = _read(folder, "tokenizer/tokenizer_config.json").get("model_max_length") if tokenizer.is_file() else None
    places = text.get("max_position_embeddings", length)
    if length is not None and places != length:
        raise DataError(
            f"the model in {folder} does not fit together: its tokenizer returns {length} tokens, its text encoder "
            f"takes {places}; name a model whose parts belong together"
        )
