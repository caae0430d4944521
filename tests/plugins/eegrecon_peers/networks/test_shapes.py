"""What networks make of their inputs: shapes, and what a part cannot see."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from eegrecon import InvalidConfiguration
from eegrecon_peers.networks.control import ControlBranch, SignalProjection
from eegrecon_peers.networks.image_prompt import ImagePrompt
from eegrecon_peers.networks.prior import PriorNetwork, sampled, schedule
from eegrecon_peers.networks.signals import MaskedAutoencoder, SignalSize, TokenMapper, pieces, sines
from eegrecon_peers.networks.steered import Branch, Steered

SIZE = SignalSize(channels=3, units=5, unit=4, width=8, blocks=1, heads=2, ratio=1.0)


@pytest.fixture
def unet() -> Any:
    from diffusers import UNet2DConditionModel

    torch.manual_seed(0)
    return UNet2DConditionModel(
        sample_size=8,
        block_out_channels=(8, 16),
        layers_per_block=1,
        norm_num_groups=4,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=16,
        attention_head_dim=4,
    ).requires_grad_(False)


def test_a_map_of_the_eeg_has_time_in_its_rows_and_zeros_beside_its_columns() -> None:
    with torch.device("meta"):
        published = SignalProjection(128, (320, 640, 1280, 2560), 320, (64, 64))
        assert published(torch.zeros(2, 128, 512)).shape == (2, 320, 64, 64)
    small = SignalProjection(3, (4, 8, 16), 8, (8, 6))
    mapped = small(torch.randn(2, 3, 40))
    assert mapped.shape == (2, 8, 8, 6)
    assert mapped[..., :2].abs().min() > 0
    assert not mapped[..., 2:].any()
    with pytest.raises(InvalidConfiguration, match=r"widths.*multiple of 8"):
        SignalProjection(3, (4, 8, 12), 8, (8, 6))


def test_a_control_branch_changes_nothing_before_it_is_trained_and_reads_the_eeg_afterwards(unet: Any) -> None:
    branch = ControlBranch(unet, 3, (8, 16), (8, 8))
    steered = Steered(unet, branch)
    latents, tokens, eeg = torch.randn(2, 4, 8, 8), torch.randn(2, 5, 16), torch.randn(2, 3, 40)
    steered.condition = eeg
    plain = unet(latents, 500, tokens).sample
    assert torch.equal(steered(latents, 500, tokens).sample, plain)
    for parameter in branch.parameters():
        if not parameter.any():
            torch.nn.init.constant_(parameter, 0.1)
    changed = steered(latents, 500, tokens).sample
    steered.condition = eeg.flip(0)
    other = steered(latents, 500, tokens).sample
    assert not torch.allclose(changed, plain)
    assert not torch.allclose(changed, other)


def test_a_timed_image_prompt_adds_its_projection_to_the_embedding_of_the_time_step(unet: Any) -> None:
    branch = ImagePrompt(unet, 6, 4, timed=True)
    assert branch.timed is not None
    plain = ImagePrompt(unet, 6, 4)
    plain.load_state_dict({name: value for name, value in branch.state_dict().items() if name != "timed.weight"})
    latents, tokens, picture = torch.randn(2, 4, 8, 8), torch.randn(2, 5, 16), torch.randn(2, 1, 6)
    timed, untimed = Steered(branch.attached(unet), branch), Steered(plain.attached(unet), plain)
    timed.condition = untimed.condition = picture
    torch.testing.assert_close(timed(latents, 500, tokens).sample, untimed(latents, 500, tokens).sample)
    torch.nn.init.normal_(branch.timed.weight)
    added = branch.timed(picture[:, 0])
    untimed.unet.time_embedding.register_forward_hook(lambda layer, given, embedding: embedding + added)
    torch.testing.assert_close(timed(latents, 500, tokens).sample, untimed(latents, 500, tokens).sample)


def test_with_guidance_the_half_without_prompt_has_no_image_prompt(unet: Any) -> None:
    branch = ImagePrompt(unet, 6, 4)
    steered = Steered(branch.attached(unet), branch)
    latents, tokens, picture = torch.randn(1, 4, 8, 8), torch.randn(1, 5, 16), torch.randn(1, 1, 6)
    steered.condition = picture
    both = steered(torch.cat([latents] * 2), 500, torch.cat([tokens] * 2)).sample
    alone = steered(latents, 500, tokens).sample
    steered.condition = torch.zeros_like(picture)
    without = steered(latents, 500, tokens).sample
    torch.testing.assert_close(both, torch.cat([without, alone]), atol=1e-5, rtol=1e-4)
    assert not torch.allclose(alone, without)
    assert "encoder_hid_proj.image_projection_layers.0.norm.weight" not in unet.state_dict()  # it was copied


def test_a_denoiser_is_refused_before_its_condition_is_set(unet: Any) -> None:
    with pytest.raises(ValueError, match="before its condition"):
        Steered(unet, Branch())(torch.zeros(1, 4, 8, 8), 1, torch.zeros(1, 5, 16))


def test_the_masked_autoencoder_sees_no_sample_of_a_masked_unit() -> None:
    torch.manual_seed(0)
    network = MaskedAutoencoder(SIZE, 8, 1)
    eeg, visible = torch.randn(2, 3, 20), torch.tensor([[0, 2], [1, 4]])
    encoded = network.encoder(eeg, visible)
    assert encoded.shape == (2, 2, 8)
    changed = eeg.clone()
    changed[0, :, 4:8], changed[1, :, 8:12] = 9.0, 9.0  # unit 1 of the first trial, unit 2 of the second
    assert torch.equal(network.encoder(changed, visible), encoded)
    changed[0, :, 8:12] = 9.0
    assert not torch.equal(network.encoder(changed, visible)[0], encoded[0])


def test_the_loss_of_masked_units_is_that_of_their_samples() -> None:
    network = MaskedAutoencoder(SIZE, 8, 1)
    torch.nn.init.zeros_(network.predict.weight)
    torch.nn.init.zeros_(network.predict.bias)
    eeg = torch.arange(5.0).repeat_interleave(4).expand(1, 3, 20)  # unit k has the value k
    draws = torch.Generator().manual_seed(3)
    masked = torch.rand(1, 5, generator=torch.Generator().manual_seed(3)).argsort(dim=1)[0, :2]
    assert network.loss(eeg, 0.4, draws).item() == pytest.approx(float((masked.float() ** 2).mean()))


def test_a_unit_has_its_own_samples_of_all_channels() -> None:
    eeg = torch.arange(2 * 2 * 6).reshape(2, 2, 6).float()
    assert pieces(eeg, 3, 2)[0, 1].tolist() == [2, 3, 8, 9]


def test_positions_are_sines_and_cosines_of_falling_rates() -> None:
    table = sines(4, 6)
    assert table[0].tolist() == [0, 0, 0, 1, 1, 1]
    assert float(table[3, 1]) == pytest.approx(float(torch.tensor(3 / 10_000 ** (1 / 3)).sin()), abs=1e-6)


def test_tokens_have_the_shape_of_the_text() -> None:
    assert TokenMapper(5, 8, (7, 6))(torch.zeros(2, 5, 8)).shape == (2, 7, 6)
    assert TokenMapper(1, 8, (7, 6))(torch.zeros(2, 1, 8)).shape == (2, 7, 6)  # an embedding as the only unit


class Known(PriorNetwork):
    """A prior that knows the clean embedding, so that every step can be worked out."""

    def __init__(self, clean: torch.Tensor) -> None:
        super().__init__(2, 3, (4, 2), 0.0)
        self.clean = clean

    def forward(self, noisy: Any, when: Any, condition: Any, kept: Any) -> Any:
        share = schedule().alphas_cumprod[when][:, None]
        return (noisy - share.sqrt() * self.clean) / (1 - share).sqrt()


def test_sampling_with_the_true_noise_ends_at_the_clean_embedding() -> None:
    clean = torch.tensor([[1.0, -2.0], [0.5, 3.0]])
    noise = torch.randn(11, 2, 2, generator=torch.Generator().manual_seed(0))
    found = sampled(Known(clean), torch.zeros(2, 3), noise, 10, 1.0)
    torch.testing.assert_close(found, clean, atol=1e-3, rtol=1e-3)


def test_sampling_clips_what_a_step_predicts_of_the_clean_embedding() -> None:
    noise = torch.randn(11, 2, 2, generator=torch.Generator().manual_seed(0))
    found = sampled(Known(torch.tensor([[9.0, -9.0], [1.0, -4.0]])), torch.zeros(2, 3), noise, 10, 1.0)
    torch.testing.assert_close(found, torch.tensor([[3.0, -3.0], [1.0, -3.0]]), atol=1e-3, rtol=1e-3)


def test_without_condition_the_prior_does_not_read_it() -> None:
    network = PriorNetwork(4, 3, (8, 4), 0.0).eval()
    noisy, when, kept = torch.randn(2, 4), torch.tensor([10, 500]), torch.tensor([0.0, 1.0])
    one, other = (network(noisy, when, condition, kept) for condition in (torch.zeros(2, 3), torch.ones(2, 3)))
    assert torch.equal(one[0], other[0])
    assert not torch.allclose(one[1], other[1])
