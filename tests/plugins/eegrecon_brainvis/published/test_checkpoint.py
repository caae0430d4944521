"""The importer of published checkpoints: what it reads, what it refuses, and how it says so."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from eegrecon import DataError, MissingFiles
from eegrecon_brainvis.published.checkpoint import convert, read_checkpoint

JOINT = "align.pretrained_model."


def cut(weights: Any, prefix: str) -> dict[str, torch.Tensor]:
    return {name.removeprefix(prefix): tensor.clone() for name, tensor in weights.items() if name.startswith(prefix)}


def test_a_pth_and_a_safetensors_file_give_the_same_weights(golden: Any, tmp_path: Path) -> None:
    torch.save(dict(golden.weights), tmp_path / "a.pth")
    save_file({name: tensor.contiguous() for name, tensor in golden.weights.items()}, tmp_path / "a.safetensors")
    first, second = (read_checkpoint(tmp_path / f"a.{form}", tokens=1) for form in ("pth", "safetensors"))
    assert first.aligner.keys() == second.aligner.keys()
    assert all(np.array_equal(first.aligner[name], second.aligner[name]) for name in first.aligner)


def test_every_published_tensor_arrives_or_is_named_as_dead(golden: Any) -> None:
    read = convert(golden.weights, "golden", tokens=1)
    dead = {name for name in golden.weights if "channelmapping" in name or "dimmapping" in name}
    arrived = set(read.pretrain) | {f"head.{kind}" for kind in ("weight", "bias")}
    outer = [name for name in read.aligner if name.startswith("alignment.")]
    joint = [name for name in read.encoder if name.startswith(("freq.", "head."))]
    assert len(arrived) + len(outer) + len(joint) == len(golden.weights) - len(dead)
    lost = sum(golden.weights[name].numel() for name in dead)
    assert f"{lost:,} parameters" in read.notes[0]


def test_a_branch_saved_alone_gives_the_same_weights_as_within_the_whole(golden: Any) -> None:
    whole = convert(golden.weights, "whole", tokens=1)
    time = convert(cut(golden.weights, f"{JOINT}pretrained_model_time."), "time")
    frequency = convert(cut(golden.weights, f"{JOINT}pretrained_model_freq."), "frequency")
    joint = convert(cut(golden.weights, JOINT), "joint")
    for ours, theirs in ((time.time, whole.time), (time.pretrain, whole.pretrain), (joint.encoder, whole.encoder)):
        assert ours.keys() == theirs.keys()
        assert all(np.array_equal(ours[name], theirs[name]) for name in ours)
    assert frequency.frequency.keys() == whole.frequency.keys()
    assert not time.encoder
    assert not frequency.time
    assert not joint.aligner


@pytest.mark.parametrize(
    "lost",
    [
        "fc03.bias",
        "pretrained_model.fc01.bias",
        "pretrained_model.pretrained_model_time.encoder.TRMs.1.attn.linear_layers.2.weight",
        "pretrained_model.pretrained_model_freq.output.weight",
        "pretrained_model.pretrained_model_time.position.pe.weight",
    ],
)
def test_a_missing_tensor_is_named_as_the_file_would_name_it(golden: Any, lost: str) -> None:
    state = {name: tensor for name, tensor in golden.weights.items() if name != f"align.{lost}"}
    with pytest.raises(DataError, match=f"missing: align.{lost}"):
        convert(state, "some.pth", tokens=1)


def test_a_whole_branch_missing_from_the_joint_encoder_is_noticed(golden: Any) -> None:
    state = {name: tensor for name, tensor in golden.weights.items() if "pretrained_model_freq" not in name}
    with pytest.raises(DataError, match="joint head fc01 reads"):
        convert(state, "some.pth", tokens=1)


def test_a_missing_joint_head_is_noticed_though_the_alignment_has_a_layer_of_that_name(golden: Any) -> None:
    state = {name: tensor for name, tensor in golden.weights.items() if not name.startswith(f"{JOINT}fc01")}
    with pytest.raises(DataError, match=r"missing: the joint encoder below .*fc01\.weight"):
        convert(state, "some.pth", tokens=1)


def test_an_unknown_tensor_is_named(golden: Any) -> None:
    state = {**golden.weights, f"{JOINT}pretrained_model_time.novelty": torch.zeros(1), "other": torch.zeros(1)}
    with pytest.raises(DataError) as refused:
        convert(state, "some.pth", tokens=1)
    assert "unknown: align.pretrained_model.pretrained_model_time.novelty" in str(refused.value)
    assert "unknown: other" in str(refused.value)


def test_a_tensor_of_another_shape_is_named_with_both_shapes(golden: Any) -> None:
    name = f"{JOINT}pretrained_model_time.mask_token"
    width = golden.sizes["width"]
    with pytest.raises(DataError, match=rf"shape of {name}: \({width + 1},\), expected \({width},\)"):
        convert({**golden.weights, name: torch.zeros(width + 1)}, "some.pth", tokens=1)


def test_weights_of_something_else_are_refused() -> None:
    with pytest.raises(DataError, match="no network of BrainVis"):
        convert({"conv1.weight": torch.zeros(1)}, "some.pth")


def test_outputs_that_cannot_be_divided_into_the_tokens_are_refused(golden: Any) -> None:
    made = len(golden.weights["align.fc6.bias"])
    with pytest.raises(DataError, match=f"{made} outputs cannot be divided into {made + 1} tokens"):
        convert(golden.weights, "some.pth", tokens=made + 1)


class Trap:
    """What a malicious file holds: unpickling it would run a function."""

    def __init__(self, witness: Path) -> None:
        self.witness = witness

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return Path.touch, (self.witness,)


def test_a_file_that_wants_to_run_code_is_refused_and_runs_none(tmp_path: Path) -> None:
    torch.save({"weight": Trap(tmp_path / "ran")}, tmp_path / "trap.pth")
    with pytest.raises(DataError, match="could run code"):
        read_checkpoint(tmp_path / "trap.pth")
    assert not (tmp_path / "ran").exists()
    pickle.loads(pickle.dumps(Trap(tmp_path / "ran")))
    assert (tmp_path / "ran").exists()  # the trap works; it is the importer that does not spring it


@pytest.mark.parametrize(("name", "content"), [("a.pth", b"nothing"), ("a.safetensors", b"nothing"), ("b.pth", b"")])
def test_a_file_that_is_no_checkpoint_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=name):
        read_checkpoint(tmp_path / name)


def test_a_whole_model_or_a_list_is_refused(tmp_path: Path) -> None:
    torch.save([torch.zeros(1)], tmp_path / "list.pth")
    with pytest.raises(DataError, match="a list, not named tensors"):
        read_checkpoint(tmp_path / "list.pth")


def test_a_path_where_nothing_stands_is_said() -> None:
    with pytest.raises(MissingFiles, match="nowhere.pth"):
        read_checkpoint("nowhere.pth")
