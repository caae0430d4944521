"""Names in the published BrainVis checkpoints, and how their shapes determine the sizes of the networks.

Names are those of RomGai/BrainVis at 129b8c2.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor, nn

DEAD = ("channelmapping.", "dimmapping.")  # unused layers of the published time branch
_JOINT = ("", "pretrained_model.", "align.pretrained_model.")


@dataclass(frozen=True)
class Section:
    """One network within a published file."""

    name: str
    mark: str  # a tensor that only this network has
    roots: tuple[str, ...]  # prefixes of its names
    prefixes: tuple[str, ...]  # possible prefixes within a file
    pieces: tuple[tuple[str, str], ...]  # of names: this package's, published
    defining: tuple[str, ...]  # tensors whose shapes determine the sizes
    build: Callable[[Mapping[str, Tensor]], nn.Module]  # the network of these sizes, without memory


def published(name: str, section: Section) -> str:
    """Return the published name for a name of this package."""
    for ours, theirs in section.pieces:
        name = name.replace(ours, theirs)
    return name


def full_name(part: Mapping[str, tuple[str, Any]]) -> str:
    """Return the prefix of a section's names in its file."""
    short, (name, _) = next(iter(part.items()))
    return name.removesuffix(short)


def _time(tensors: Mapping[str, Tensor]) -> nn.Module:
    import torch
    from torch import nn

    from eegrecon.training import count_modules
    from eegrecon_brainvis.networks.time import MaskedModel, TimeSize

    width, channels, unit = tensors["input_projection.weight"].shape
    units = len(tensors["position.pe.weight"])
    size = TimeSize(channels, units, unit, width, count_modules(tensors, "encoder.TRMs"), heads=1, dropout=0.0)
    with torch.device("meta"):
        network = MaskedModel(size, count_modules(tensors, "reg.layers"), len(tensors["tokenizer.center.bias"]))
        network.add_module("head", nn.Linear(width, len(tensors["predict_head.bias"])))
    return network


def _frequency(tensors: Mapping[str, Tensor]) -> nn.Module:
    import torch

    from eegrecon_brainvis.networks.frequency import FrequencyNetwork

    channels, hidden = tensors["lstm.weight_ih_l0"].shape[1], tensors["lstm.weight_hh_l0"].shape[1]
    with torch.device("meta"):
        return FrequencyNetwork(channels, hidden, len(tensors["output.bias"]), len(tensors["classifier.bias"]))


def _joint(tensors: Mapping[str, Tensor]) -> nn.Module:
    import torch
    from torch import nn

    classes, width = tensors["fc01.weight"].shape
    with torch.device("meta"):
        return nn.ModuleDict({"head": nn.Linear(width, classes)})


def _alignment(tensors: Mapping[str, Tensor]) -> nn.Module:
    import torch

    from eegrecon_brainvis.networks.alignment import AlignmentNetwork

    wide, inputs = tensors["fc01.weight"].shape
    with torch.device("meta"):
        return AlignmentNetwork(inputs, (wide, len(tensors["fc02.bias"])), len(tensors["fc6.bias"]))


_BLOCK = (
    ("attention.query.", "attn.linear_layers.0."),
    ("attention.key.", "attn.linear_layers.1."),
    ("attention.value.", "attn.linear_layers.2."),
    ("attention.output.", "attn.output_linear."),
    ("feedforward.widen.", "ffn.linear1."),
    ("feedforward.narrow.", "ffn.linear2."),
    ("attended.scale", "skipconnect1.a"),
    ("attended.norm.", "skipconnect1.norm."),
    ("fed.scale", "skipconnect2.a"),
    ("fed.norm.", "skipconnect2.norm."),
)

SECTIONS = (  # outer ones first: alignment and joint encoder both call a layer fc01
    Section(
        name="alignment",
        mark="fc6.weight",
        roots=("fc0", "fc6."),
        prefixes=("", "align."),
        pieces=(*((f"layers.{layer}.", f"fc0{layer + 1}.") for layer in range(5)), ("output.", "fc6.")),
        defining=("fc01.weight", "fc02.bias", "fc6.bias"),
        build=_alignment,
    ),
    Section(
        name="joint",
        mark="fc01.weight",
        roots=("fc01.",),
        prefixes=_JOINT,
        pieces=(("head.", "fc01."),),
        defining=("fc01.weight",),
        build=_joint,
    ),
    Section(
        name="time",
        mark="input_projection.weight",
        roots=("",),
        prefixes=(*(f"{joint}pretrained_model_time." for joint in _JOINT), ""),
        pieces=(
            ("trunk.units.", "input_projection."),
            ("trunk.position", "position.pe.weight"),
            ("trunk.encoder.", "encoder.TRMs."),
            ("momentum.", "momentum_encoder.TRMs."),
            ("regressor.", "reg.layers."),
            ("tokenizer.", "tokenizer.center."),
            ("head.", "predict_head."),
            *_BLOCK,
        ),
        defining=("input_projection.weight", "position.pe.weight", "tokenizer.center.bias", "predict_head.bias"),
        build=_time,
    ),
    Section(
        name="frequency",
        mark="lstm.weight_ih_l0",
        roots=("",),
        prefixes=(*(f"{joint}pretrained_model_freq." for joint in _JOINT), ""),
        pieces=(("head.", "classifier."),),
        defining=("lstm.weight_ih_l0", "lstm.weight_hh_l0", "output.bias", "classifier.bias"),
        build=_frequency,
    ),
)
