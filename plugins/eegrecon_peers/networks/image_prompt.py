"""An image prompt: attention of a denoiser to tokens of a picture's embedding, beside its attention to the text.

Source: IP-Adapter, Ye et al., arXiv:2308.06721, section 3.2 (decoupled cross-attention).
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import torch
from diffusers.models.attention_processor import AttnProcessor2_0, IPAdapterAttnProcessor2_0
from diffusers.models.embeddings import ImageProjection, MultiIPAdapterImageProjection
from torch import Tensor, nn

from eegrecon_peers.networks.steered import Branch


class ImagePrompt(Branch):
    """Tokens of a picture's embedding, and keys and values of them in every cross-attention of a denoiser.

    Keys and values start as those of the text.
    """

    def __init__(self, unet: Any, width: int, tokens: int) -> None:
        super().__init__()
        self.projection = ImageProjection(width, unet.config.cross_attention_dim, tokens)
        self.places = [name for name, _ in unet.named_modules() if name.endswith(".attn2")]
        self.processors = nn.ModuleList(_processor(unet.get_submodule(name), tokens) for name in self.places)

    def attached(self, unet: Any) -> Any:
        """Return a copy of the denoiser that attends to the image prompt as well."""
        copied = deepcopy(unet)
        ours = {f"{name}.processor": one for name, one in zip(self.places, self.processors, strict=True)}
        copied.set_attn_processor({name: ours.get(name) or AttnProcessor2_0() for name in copied.attn_processors})
        copied.encoder_hid_proj = MultiIPAdapterImageProjection([self.projection])
        copied.register_to_config(encoder_hid_dim_type="ip_image_proj")
        return copied

    def steering(self, sample: Tensor, time: Any, tokens: Tensor, condition: Tensor) -> dict[str, Any]:
        """Return the embeddings (n, 1, width) of pictures, as the attached denoiser takes them."""
        return {"added_cond_kwargs": {"image_embeds": [condition]}}

    def unguided(self, condition: Tensor) -> Tensor:
        """Return zeros: no image prompt."""
        return torch.zeros_like(condition)


def _processor(attention: Any, tokens: int) -> IPAdapterAttnProcessor2_0:
    inner, width = attention.to_k.weight.shape
    processor = IPAdapterAttnProcessor2_0(inner, width, num_tokens=(tokens,))
    processor.to_k_ip[0].load_state_dict({"weight": attention.to_k.weight.detach().float()})
    processor.to_v_ip[0].load_state_dict({"weight": attention.to_v.weight.detach().float()})
    return processor
