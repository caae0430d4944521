"""GWIT's control branch: EEG as a picture of features, and a copy of the denoiser's encoder that reads it.

Source: GWIT, Lopez et al., arXiv:2410.02780, section II; sizes of the published code.
"""

from __future__ import annotations

import inspect
from itertools import pairwise
from typing import Any

from diffusers import ControlNetModel
from torch import Tensor, nn
from torch.nn import functional

from eegrecon import InvalidConfiguration
from eegrecon.training import standardised
from eegrecon_peers.networks.steered import Branch


class SignalProjection(nn.Module):
    """EEG to a map of features with the size of the latents, by convolutions over time.

    Each step after the first halves the time. The last width is a multiple of the map's channels; time becomes the
    rows of the map and the multiple its columns, of which the others are zero. Times that are not as many as rows are
    averaged to them, which the published sizes (512 samples, 64 rows) do not need.
    """

    def __init__(self, channels: int, widths: tuple[int, ...], features: int, size: tuple[int, int]) -> None:
        super().__init__()
        if widths[-1] % features or widths[-1] // features > size[1]:
            raise InvalidConfiguration(
                f"the last of the widths {list(widths)} of the control branch is to be a multiple of {features}, the "
                f"channels of the denoiser, and at most {features * size[1]}; set generator.widths"
            )
        self.features, self.size = features, size
        self.first = nn.Conv1d(channels, widths[0], 3)
        steps: list[nn.Module] = []
        for width, wider in pairwise(widths):
            steps += [nn.Conv1d(width, width, 3, padding=1), nn.SiLU()]
            steps += [nn.Conv1d(width, wider, 3, stride=2, padding=1), nn.SiLU()]
        self.steps = nn.Sequential(*steps)

    def forward(self, eeg: Tensor) -> Tensor:
        """(n, channels, samples) -> (n, features, rows, columns)."""
        height, width = self.size
        encoded = self.steps(functional.silu(self.first(eeg)))  # (n, columns * features, times)
        if encoded.shape[2] != height:
            encoded = functional.adaptive_avg_pool1d(encoded, height)
        folded = encoded.reshape(len(eeg), self.features, -1, height).transpose(2, 3)
        return functional.pad(folded, (0, width - folded.shape[3]))


class ControlBranch(Branch):
    """A trainable copy of the denoiser's encoder that reads the EEG and adds to its skip connections (ControlNet).

    What it adds starts at zero. Channels are standardised in front of it.
    """

    def __init__(
        self, unet: nn.Module, channels: int, widths: tuple[int, ...], size: tuple[int, int], eeg: Any = None
    ) -> None:
        super().__init__()
        self.control = copied_encoder(unet)
        features = self.control.config.block_out_channels[0]
        projection = SignalProjection(channels, widths, features, size)
        self.control.controlnet_cond_embedding = standardised(projection, channels, eeg)

    def steering(self, sample: Tensor, time: Any, tokens: Tensor, condition: Tensor) -> dict[str, Any]:
        """Return residuals of the skip connections and of the middle, from EEG (n, channels, samples)."""
        down, middle = self.control(sample, time, tokens, controlnet_cond=condition, return_dict=False)
        return {"down_block_additional_residuals": down, "mid_block_additional_residual": middle}


def copied_encoder(unet: Any) -> Any:
    """Return a ControlNet with a copy of a denoiser's encoder, in float32, whose reader of conditions is a dummy."""
    named = inspect.signature(ControlNetModel.__init__).parameters
    shared = {name: value for name, value in unet.config.items() if name in named}
    control = ControlNetModel(**shared, conditioning_embedding_out_channels=(1,))
    state, own = unet.state_dict(), control.state_dict()
    control.load_state_dict({name: state[name] for name in own if name in state}, strict=False)
    return control
