"""Conversion of published BrainVis checkpoints into the weights of this package's components.

The published code (RomGai/BrainVis at 129b8c2) saves state dicts of its own classes: one for the alignment, which holds
the joint encoder, which holds both branches, and one for each of these alone. All can be read; nothing but tensors
is ever unpickled.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from eegrecon import Arrays, Component, DataError, MissingFiles
from eegrecon_brainvis.published.names import DEAD, SECTIONS, Section, full_name, published

if TYPE_CHECKING:
    from torch import Tensor

_NAMED = 20  # tensors listed in a message


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """The content of a published file, as weights of the components of this package.

    A mapping is empty where the file has nothing for the component.
    """

    pretrain: Arrays = field(default_factory=dict)  # of LatentMaskedModel
    time: Arrays = field(default_factory=dict)  # of TimeBranch
    frequency: Arrays = field(default_factory=dict)  # of FrequencyBranch
    encoder: Arrays = field(default_factory=dict)  # of BrainVisEncoder
    aligner: Arrays = field(default_factory=dict)  # of Interpolation
    notes: tuple[str, ...] = ()  # what was left out, and why


@lru_cache(maxsize=1)  # every component reads its share of the same file
def read_checkpoint(path: str | Path, tokens: int = 77) -> Checkpoint:
    """Return the content of a published state dict.

    Args:
        path: a ``.pth`` or ``.pt`` file (read with ``weights_only=True``) or a ``.safetensors`` file.
        tokens: number of tokens in the alignment network's output, which the file does not record.

    Raises:
        MissingFiles: there is no such file.
        DataError: it is no state dict, contains code, or its names and shapes are not those of a BrainVis model; the
            message lists the tensors that are missing, unknown or of another shape.
    """
    return convert(_tensors(Path(path)), str(path), tokens)


def matching_weights(
    weights: Arrays, component: Component, path: str, shapes: Mapping[str, tuple[int | None, ...]]
) -> Arrays:
    """Return weights of a checkpoint after checking that they have a component's size; empty ones are returned as such.

    Args:
        weights: the checkpoint's weights for the component.
        component: its fields define the size.
        path: the checkpoint, for the message.
        shapes: expected shapes of some arrays by name; None where a size is free.

    Raises:
        DataError: an array is missing or of another shape.
    """
    for name, wanted in shapes.items() if weights else ():
        shape = weights[name].shape if name in weights else None
        if shape is None or any(size not in (None, actual) for size, actual in zip(wanted, shape, strict=True)):
            form = " x ".join("any" if size is None else str(size) for size in wanted)
            content = "has none" if shape is None else f"has {' x '.join(map(str, shape))}"
            raise DataError(
                f"{path} does not fit {type(component).__name__}: it needs {name} of {form}, the file {content}; set "
                "the component's sizes to those of the checkpoint, or use another checkpoint"
            )
    return weights


def convert(state: Mapping[str, Tensor], where: str, tokens: int = 77) -> Checkpoint:
    """Return the content of a published state dict in memory; otherwise as ``read_checkpoint``."""
    divided = _divide(state)
    if not divided:
        raise DataError(
            f"{where} has no network of BrainVis (its first names: {', '.join(list(state)[:3])}); "
            "expected the state dict of its time, frequency, joint or alignment model"
        )
    known = {name for part in divided.values() for name, _ in part.values()}
    problems = [*_nested(divided), *(f"unknown: {name}" for name in state if name not in known)]
    renamed: dict[str, dict[str, Tensor]] = {section.name: {} for section in SECTIONS}
    for section, part in divided.items():
        renamed[section.name], more = _renamed(section, part)
        problems += more
    if problems:
        named = "; ".join(problems[:_NAMED]) + (f"; and {len(problems) - _NAMED} more" if problems[_NAMED:] else "")
        raise DataError(f"{where} does not fit the BrainVis model: {named}. Check which model and version wrote it")
    dead = [tensor for part in divided.values() for name, (_, tensor) in part.items() if name.startswith(DEAD)]
    return _assembled({name: _arrays(part) for name, part in renamed.items()}, dead, tokens, where)


def _tensors(path: Path) -> dict[str, Tensor]:
    """Read named tensors, and nothing else, from a file."""
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    if not path.is_file():
        raise MissingFiles(f"there is no checkpoint {path}; give the path of a published .pth or .safetensors file")
    try:
        state: Any = (
            load_file(path)
            if path.suffix == ".safetensors"
            else torch.load(path, map_location="cpu", weights_only=True)
        )
    except pickle.UnpicklingError as error:
        raise DataError(
            f"{path} contains more than tensors and is not read, because that could run code; "
            "save its state_dict() alone with torch.save, or as .safetensors"
        ) from error
    except (SafetensorError, RuntimeError, EOFError, OSError) as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise DataError(f"{path} cannot be read as a checkpoint ({reason}); download it again") from error
    if not isinstance(state, Mapping) or not all(isinstance(value, torch.Tensor) for value in state.values()):
        raise DataError(f"{path} has a {type(state).__name__}, not named tensors; save the model's state_dict()")
    return {str(name): value for name, value in state.items()}


def _divide(state: Mapping[str, Tensor]) -> dict[Section, dict[str, tuple[str, Tensor]]]:
    """Divide a state dict into its networks: section -> short name -> (name in the file, tensor)."""
    divided: dict[Section, dict[str, tuple[str, Tensor]]] = {}
    free = dict(state)
    for section in SECTIONS:
        for prefix in section.prefixes:
            starts = tuple(prefix + root for root in section.roots)
            part = {name[len(prefix) :]: (name, tensor) for name, tensor in free.items() if name.startswith(starts)}
            if section.mark in part:
                divided[section] = part
                free = {name: tensor for name, tensor in free.items() if not name.startswith(starts)}
                break
    return divided


def _nested(divided: Mapping[Section, Mapping[str, tuple[str, Tensor]]]) -> list[str]:
    """Return what an outer network lacks of its inner ones."""
    held = {section.name: {name: tensor for name, (_, tensor) in part.items()} for section, part in divided.items()}
    if "alignment" in held and "joint" not in held:
        return ["missing: the joint encoder below pretrained_model (its fc01.weight)"]
    if "joint" in held:
        widths = {"time": "predict_head.weight", "frequency": "classifier.weight"}
        branches = [held[name][tensor].shape[1] for name, tensor in widths.items() if tensor in held.get(name, {})]
        head = held["joint"]["fc01.weight"]
        if sum(branches) != head.shape[1]:
            return [
                f"the joint head fc01 reads {head.shape[1]} features, the branches in the file have {sum(branches)}"
            ]
    return []


def _renamed(section: Section, part: Mapping[str, tuple[str, Tensor]]) -> tuple[dict[str, Tensor], list[str]]:
    """Return one network's tensors by this package's names, and the mismatches."""
    prefix = full_name(part)
    tensors = {name: tensor for name, (_, tensor) in part.items()}
    if lacking := [name for name in section.defining if name not in tensors]:
        return {}, [f"missing: {prefix}{name}" for name in lacking]
    expected = {
        published(name, section): (name, tensor) for name, tensor in section.build(tensors).state_dict().items()
    }
    problems = [f"missing: {prefix}{name}" for name in expected if name not in tensors]
    renamed = {}
    for name, tensor in tensors.items():
        if name in expected:
            ours, model = expected[name]
            renamed[ours] = tensor
            if model.shape != tensor.shape:
                problems.append(f"shape of {prefix}{name}: {tuple(tensor.shape)}, expected {tuple(model.shape)}")
        elif not name.startswith(DEAD):
            problems.append(f"unknown: {prefix}{name}")
    return renamed, problems


def _arrays(tensors: Mapping[str, Tensor]) -> dict[str, Any]:
    return {name: tensor.detach().float().cpu().numpy() for name, tensor in tensors.items()}


def _assembled(parts: Mapping[str, dict[str, Any]], dead: list[Tensor], tokens: int, where: str) -> Checkpoint:
    """Divide and nest renamed arrays as the components of this package store them."""
    from eegrecon.training import with_prefix

    time = {name: array for name, array in parts["time"].items() if name.startswith(("trunk.", "head."))}
    encoder = (
        {**with_prefix("time", time), **with_prefix("freq", parts["frequency"]), **parts["joint"]}
        if parts["joint"]
        else {}
    )
    aligner: dict[str, Any] = {}
    if parts["alignment"]:
        outputs = len(parts["alignment"]["output.bias"])
        if outputs % tokens:
            raise DataError(f"{where}: {outputs} outputs cannot be divided into {tokens} tokens; give the right number")
        aligner = {**with_prefix("alignment", parts["alignment"]), **with_prefix("encoder", encoder)}
        aligner["shape"] = np.array([tokens, outputs // tokens])
    lost = sum(tensor.numel() for tensor in dead)
    note = f"left out {lost:,} parameters that the published model never uses (channelmapping, dimmapping)"
    return Checkpoint(
        pretrain={name: array for name, array in parts["time"].items() if not name.startswith("head.")},
        time=time,
        frequency=parts["frequency"],
        encoder=encoder,
        aligner=aligner,
        notes=(note,) if lost else (),
    )
