"""At published sizes the networks have the numbers of parameters that the layers add up to, counted by hand."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
import torch
from torch import nn

from eegrecon_peers.networks.control import ControlBranch, SignalProjection
from eegrecon_peers.networks.image_prompt import ImagePrompt
from eegrecon_peers.networks.prior import PriorNetwork
from eegrecon_peers.networks.signals import AlignedEncoder, MaskedAutoencoder, SignalEncoder, SignalSize, TokenMapper

PUBLISHED = SignalSize(channels=128, units=128, unit=4, width=1024, blocks=24, heads=16, ratio=1.0)


def count(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


def linear(inputs: int, outputs: int) -> int:
    return inputs * outputs + outputs


def block(width: int, hidden: int) -> int:
    """Two norms, attention with biases, a hidden layer."""
    return (
        2 * 2 * width + linear(width, 3 * width) + linear(width, width) + linear(width, hidden) + linear(hidden, width)
    )


@pytest.fixture(autouse=True)
def _without_memory() -> object:
    with torch.device("meta"):
        yield


@pytest.fixture
def unet() -> Any:
    """The denoiser of Stable Diffusion 1.5, whose configuration is the library's default but for its text width."""
    from diffusers import UNet2DConditionModel

    return UNet2DConditionModel(sample_size=64, cross_attention_dim=768)


def test_dreamdiffusions_encoder_has_24_blocks_on_units_of_4_samples() -> None:
    assert block(1024, 1024) == 6_301_696
    expected = linear(128 * 4, 1024) + 24 * block(1024, 1024) + 2 * 1024
    assert count(SignalEncoder(PUBLISHED)) == expected == 151_768_064
    head = linear(128, 1) + linear(1024, 768)
    assert count(AlignedEncoder(PUBLISHED, 768, 40)) == expected + head


def test_dreamdiffusions_autoencoder_has_a_narrower_decoder_of_8_blocks() -> None:
    decoder = linear(1024, 512) + 512 + 8 * block(512, 2048) + 2 * 512 + linear(512, 128 * 4)
    assert count(MaskedAutoencoder(PUBLISHED, 512, 8)) == 151_768_064 + decoder


def test_dreamdiffusions_mapper_makes_77_tokens_of_width_768_of_128_units() -> None:
    assert count(TokenMapper(128, 1024, (77, 768))) == linear(128, 64) + linear(64, 77) + linear(1024, 768) == 800_461


def test_gwits_control_branch_is_the_denoisers_encoder_with_a_convolution_of_zeros_at_each_skip(unet: Any) -> None:
    branch = ControlBranch(unet, 128, (320, 640, 1280, 2560), (64, 64))
    copied = count(unet.conv_in) + count(unet.time_embedding) + count(unet.down_blocks) + count(unet.mid_block)
    skips = 4 * linear(320, 320) + 3 * linear(640, 640) + 6 * linear(1280, 1280)  # 12 skips and the middle
    projection = 3 * 128 * 320 + 320
    for width, wider in pairwise((320, 640, 1280, 2560)):
        projection += 3 * width * width + width + 3 * width * wider + wider
    assert count(branch) == copied + skips + projection
    assert count(SignalProjection(128, (320, 640, 1280, 2560), 320, (64, 64))) == projection == 19_483_520


def test_the_image_prompt_has_4_tokens_and_keys_and_values_in_16_attentions(unet: Any) -> None:
    prompt = ImagePrompt(unet, 1024, 4)
    inner = [320] * 2 + [640] * 2 + [1280] * 2 + [1280] + [1280] * 3 + [640] * 3 + [320] * 3
    assert len(prompt.places) == len(inner) == 16
    tokens = linear(1024, 4 * 768) + 2 * 768
    assert count(prompt) == tokens + 2 * 768 * sum(inner) == 22_319_616
    assert round(count(prompt) / 1e6) == 22  # million, arXiv:2308.06721, abstract


def test_the_prior_has_steps_down_to_64_numbers_and_back() -> None:
    widths = (1024, 512, 256, 128, 64)
    expected = linear(1024, 1024) + 2 * 1024 + linear(1024, 1024)
    for before, after in (*pairwise(widths), *pairwise(widths[::-1])):
        time = linear(512, before) + linear(before, before)
        expected += time + linear(1024, before) + linear(before, after) + 2 * after
    assert count(PriorNetwork(1024, 1024, widths, 0.1)) == expected
