"""At the paper's sizes the networks have the published numbers of parameters (counted without memory for them)."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from eegrecon_brainvis.components.frequency_branch import ConvolutionalFrequencyBranch
from eegrecon_brainvis.networks.alignment import AlignmentNetwork
from eegrecon_brainvis.networks.blocks import Block, Stack
from eegrecon_brainvis.networks.frequency import FrequencyNetwork
from eegrecon_brainvis.networks.joint import JointNetwork
from eegrecon_brainvis.networks.time import MaskedModel, TimeNetwork, TimeSize

PAPER = TimeSize(channels=128, units=110, unit=4, width=1024, blocks=8, heads=16, dropout=0.2)
DEAD = 804_761  # parameters of the published time branch that nothing reads; ours has none of them


def count(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


@pytest.fixture(autouse=True)
def _without_memory() -> object:
    with torch.device("meta"):
        yield


def test_a_block_the_encoder_and_the_regressor_are_of_published_size() -> None:
    assert count(Block(1024, 16, 0.2)) == 12_596_226
    assert count(Stack(8, 1024, 16, 0.2)) == 100_769_808
    assert count(Stack(4, 1024, 16, 0.1)) == 50_384_904


def test_the_time_branch_with_its_pre_training_is_of_published_size_less_the_dead_parameters() -> None:
    head = count(TimeNetwork(PAPER, classes=40).head)
    assert count(MaskedModel(PAPER, regressor_blocks=4, codewords=660)) + head == 253_280_996 == 254_085_757 - DEAD


def test_the_frequency_branch_is_of_published_size() -> None:
    assert count(FrequencyNetwork(channels=128, hidden=128, width=128, classes=40)) == 153_768


def test_the_convolutional_frequency_branch_has_as_many_as_published() -> None:
    branch = ConvolutionalFrequencyBranch()
    network = branch._build(channels=128, classes=40, bins=220)
    assert count(network) == 5_140_980
    assert round(count(network) / 1e6, 4) == 5.1410  # paper, table 7


def test_the_joint_head_is_of_published_size() -> None:
    assert count(JointNetwork({}, width=1024 + 128, classes=40, frozen=False)) == 46_120


def test_the_alignment_network_is_of_published_size() -> None:
    assert count(AlignmentNetwork(inputs=1024 + 128 + 40, widths=(4096, 1024), outputs=77 * 768)) == 263_954_176
