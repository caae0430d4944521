"""The package registers its components cheaply, with the paper's settings as defaults."""

from __future__ import annotations

import importlib
import subprocess
import sys
from dataclasses import is_dataclass

import eegrecon_brainvis
from eegrecon_brainvis.components.aligner import Interpolation
from eegrecon_brainvis.components.encoder import BrainVisEncoder
from eegrecon_brainvis.components.frequency_branch import FrequencyBranch
from eegrecon_brainvis.components.generator import Cascade
from eegrecon_brainvis.components.pretraining import LatentMaskedModel
from eegrecon_brainvis.components.time_branch import TimeBranch


def test_every_name_leads_to_a_component() -> None:
    registered = eegrecon_brainvis.eegrecon_components()
    assert set(registered) == {
        "aligner.brainvis",
        "conditioner.clip-text",
        "encoder.brainvis",
        "generator.brainvis",
        "learner.brainvis-frequency",
        "learner.brainvis-frequency-cnn",
        "learner.brainvis-lmm",
        "learner.brainvis-time",
    }
    for address in registered.values():
        module, _, name = address.partition(":")
        assert is_dataclass(getattr(importlib.import_module(module), name))


def test_listing_the_components_loads_no_heavy_library() -> None:
    program = (
        "import importlib, sys, eegrecon_brainvis\n"
        "for address in eegrecon_brainvis.eegrecon_components().values():\n"
        "    importlib.import_module(address.partition(':')[0])\n"
        "print([name for name in ('torch', 'diffusers', 'transformers', 'scipy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_defaults_are_the_papers() -> None:
    pretrain = LatentMaskedModel()
    assert (pretrain.width, pretrain.blocks, pretrain.heads, pretrain.unit) == (1024, 8, 16, 4)
    assert (pretrain.codewords, pretrain.regressor_blocks, pretrain.mask, pretrain.momentum) == (660, 4, 0.75, 0.99)
    assert TimeBranch().pretrain == pretrain
    assert (FrequencyBranch().hidden, FrequencyBranch().width) == (128, 128)
    assert BrainVisEncoder().time == TimeBranch()
    assert Interpolation().widths == (4096, 1024)
    cascade = Cascade()
    assert (cascade.steps, cascade.guidance, cascade.size) == (50, 1.0, (512, 512))
    assert (cascade.strength, cascade.refine_guidance, cascade.refine_steps) == (0.85, 7.5, 100)
