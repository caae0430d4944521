"""An image prompt: attention of a denoiser to tokens of a picture's embedding, beside its attention to the text.

Source: IP-Adapter, Ye et al., arXiv:2308.06721, section 3.2 (decoupled cross-attention); unCLIP, Ramesh et al.,
arXiv:2204.06125, section 2.1 (the embedding in that of the time step).
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

    Keys and values start as those of the text. A ``timed`` one also adds a projection of the embedding to that of the
    time step, which starts at zero.
    """

    def __init__(self, unet: Any, width: int, tokens: int, *, timed: bool = False) -> None:
        super().__init__()
        self.projection = ImageProjection(width, unet.config.cross_attention_dim, tokens)
        self.places = [name for name, _ in unet.named_modules() if name.endswith(".attn2")]
        self.processors = nn.ModuleList(_processor(unet.get_submodule(name), tokens) for name in self.places)
        self.timed = _zero(width, unet.time_embedding.linear_2.out_features) if timed else None

    def attached(self, unet: Any) -> Any:
        """Return a copy of the denoiser that attends to the image prompt as well."""
        copied = deepcopy(unet)
        ours = {f"{name}.processor": one for name, one in zip(self.places, self.processors, strict=True)}
        copied.set_attn_processor({name: ours.get(name) or AttnProcessor2_0() for name in copied.attn_processors})
        copied.encoder_hid_proj = MultiIPAdapterImageProjection([self.projection])
        copied.register_to_config(encoder_hid_dim_type="ip_image_proj")
        if self.timed is not None:
            copied.class_embedding = self.timed  # what the library adds to the embedding of the time step
        return copied

    def steering(self, sample: Tensor, time: Any, tokens: Tensor, condition: Tensor) -> dict[str, Any]:
        """Return the embeddings (n, 1, width) of pictures, as the attached denoiser takes them."""
        timed = {} if self.timed is None else {"class_labels": condition[:, 0]}
        return {"added_cond_kwargs": {"image_embeds": [condition]}, **timed}

    def unguided(self, condition: Tensor) -> Tensor:
        """Return zeros: no image prompt."""
        return torch.zeros_like(condition)


def _zero(width: int, out: int) -> nn.Linear:
    """Return a linear layer without bias that gives zeros."""
    layer = nn.Linear(width, out, bias=False)
    nn.init.zeros_(layer.weight)
    return layer


def _processor(attention: Any, tokens: int) -> IPAdapterAttnProcessor2_0:
    inner, width = attention.to_k.weight.shape
    processor = IPAdapterAttnProcessor2_0(inner, width, num_tokens=(tokens,))
    processor.to_k_ip[0].load_state_dict({"weight": attention.to_k.weight.detach().float()})
    processor.to_v_ip[0].load_state_dict({"weight": attention.to_v.weight.detach().float()})
    return processor
