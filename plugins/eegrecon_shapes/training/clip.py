"""Train the tiny CLIP on pictures and captions; its text tower, frozen, becomes the pipeline's text encoder.

A caption may fit several pictures of a batch (a class name fits every twelfth), so the target of each row is shared
evenly by all that fit.

``python -m eegrecon_shapes.training.clip both`` writes ``weights/clip`` and ``weights/stable-diffusion/text_encoder``;
``… vision`` trains the vision tower from scratch beside the frozen text tower, so that the denoiser's text encoder
stays as it is.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import numpy as np
import open_clip
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from transformers import CLIPTextConfig, CLIPTextModel

from eegrecon_shapes.training.loop import WEIGHTS, Pace, batches, sample, train
from eegrecon_shapes.training.tokenizer import POSITIONS, tokenizer
from eegrecon_shapes.world.captions import sentence
from eegrecon_shapes.world.pictures import ATTRIBUTES, Attributes

PICTURES = 36_000
BATCH = 192
SEEDS = {"both": 21, "vision": 22}
PACES = {"both": Pace(steps=1_500, rate=2e-3, decay=0.02), "vision": Pace(steps=4_000, rate=2e-3, decay=0.02)}
SHARES = {"both": (0.7, 0.1), "vision": (0.5, 0.3)}  # of captions: whole, class name alone; the rest are partial
CONFIG: dict[str, Any] = {
    "embed_dim": 64,
    "vision_cfg": {"image_size": 32, "layers": 2, "width": 64, "head_width": 16, "patch_size": 8},
    "text_cfg": {
        "context_length": POSITIONS, "vocab_size": 631, "width": 64, "heads": 4, "layers": 3,
        "hf_tokenizer_name": "eegrecon-shapes",  # any name: open_clip then reads the tokenizer beside the weights
    },
}  # fmt: skip
PREPROCESS = {
    "mean": [0.5] * 3, "std": [0.5] * 3, "interpolation": "bicubic", "resize_mode": "shortest",
}  # fmt: skip


def told(attributes: Attributes, whole: float, alone: float, rng: np.random.Generator) -> np.ndarray:
    """Which attributes each caption says, (n, 6) bool: all (share `whole`), only the shape (`alone`), or some."""
    n = len(attributes)
    kind = rng.random(n)[:, None]
    said = (kind < whole) | ((kind >= whole + alone) & (rng.random((n, len(ATTRIBUTES))) < 0.5))
    said[:, 0] = True
    return said


def said_captions(attributes: Attributes, said: np.ndarray) -> list[str]:
    """The captions that say just that; a lone shape as the bare class name."""
    texts = []
    for row, mask in enumerate(said):
        words = {name: value for name, value in attributes.words(row).items() if mask[list(ATTRIBUTES).index(name)]}
        texts.append(words["shape"] if len(words) == 1 else sentence(words))
    return texts


def ids(texts: list[str]) -> Tensor:
    """Token ids (n, 16)."""
    encoded = tokenizer()(texts, padding="max_length", max_length=POSITIONS, truncation=True, return_tensors="pt")
    tokens: Tensor = encoded.input_ids
    return tokens


def text_tower(clip: nn.Module) -> CLIPTextModel:
    """The same text tower in the form of transformers."""
    text = CONFIG["text_cfg"]
    last = text["vocab_size"] - 1
    config = CLIPTextConfig(
        vocab_size=text["vocab_size"], hidden_size=text["width"], intermediate_size=4 * text["width"],
        projection_dim=CONFIG["embed_dim"], num_hidden_layers=text["layers"], num_attention_heads=text["heads"],
        max_position_embeddings=POSITIONS, hidden_act="gelu", bos_token_id=last - 1, eos_token_id=last,
        pad_token_id=last,
    )  # fmt: skip
    tower = CLIPTextModel(config)
    names = {name.removeprefix("text_model."): name for name in tower.state_dict()}
    tower.load_state_dict({names[name]: value for name, value in _renamed(clip.state_dict()).items()}, strict=False)
    missing = set(names) - set(_renamed(clip.state_dict())) - {"embeddings.position_ids"}
    if missing:
        raise RuntimeError(f"text tower: no weights for {sorted(missing)}; the layout of transformers has changed")
    return tower


def _renamed(state: dict[str, Tensor]) -> dict[str, Tensor]:
    out = {
        "embeddings.token_embedding.weight": state["token_embedding.weight"],
        "embeddings.position_embedding.weight": state["positional_embedding"],
        "final_layer_norm.weight": state["ln_final.weight"],
        "final_layer_norm.bias": state["ln_final.bias"],
    }
    parts = {
        "ln_1": "layer_norm1", "ln_2": "layer_norm2", "mlp.c_fc": "mlp.fc1", "mlp.c_proj": "mlp.fc2",
        "attn.out_proj": "self_attn.out_proj",
    }  # fmt: skip
    for layer in range(CONFIG["text_cfg"]["layers"]):
        mine, theirs = f"transformer.resblocks.{layer}.", f"encoder.layers.{layer}."
        for kind in ("weight", "bias"):
            out |= {f"{theirs}{new}.{kind}": state[f"{mine}{old}.{kind}"] for old, new in parts.items()}
            packed = state[f"{mine}attn.in_proj_{kind}"].chunk(3)
            out |= {f"{theirs}self_attn.{x}_proj.{kind}": packed[i].contiguous() for i, x in enumerate("qkv")}
    return out


def untrained() -> open_clip.CLIP:
    """Return the untrained network."""
    return open_clip.CLIP(CONFIG["embed_dim"], CONFIG["vision_cfg"], CONFIG["text_cfg"])


def with_shipped_text() -> open_clip.CLIP:
    """Return a network with the shipped text tower, frozen, and an untrained vision tower."""
    clip = untrained()
    shipped = load_file(WEIGHTS / "clip" / "open_clip_model.safetensors")
    text = {name: value.float() for name, value in shipped.items() if not name.startswith("visual.")}
    clip.load_state_dict(text, strict=False)
    for name, value in clip.named_parameters():
        value.requires_grad_(name.startswith("visual.") or name == "logit_scale")
    return clip


def write(clip: nn.Module) -> None:
    """Write both forms in float16, from the same rounded numbers."""
    folder = WEIGHTS / "clip"
    folder.mkdir(parents=True, exist_ok=True)
    clip.half()
    state = {name: value.contiguous() for name, value in clip.state_dict().items() if name != "attn_mask"}
    save_file(state, folder / "open_clip_model.safetensors")
    text = json.dumps({"model_cfg": CONFIG, "preprocess_cfg": PREPROCESS}, indent=2)
    (folder / "open_clip_config.json").write_text(text + "\n", encoding="utf-8")
    text_tower(clip.float()).half().save_pretrained(WEIGHTS / "stable-diffusion" / "text_encoder")


def main() -> None:
    """Train and write."""
    stage = sys.argv[1]
    seed = SEEDS[stage]
    torch.set_num_threads(2)
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    pictures, attributes = sample(PICTURES, seed)
    said = told(attributes, *SHARES[stage], rng)
    tokens = ids(said_captions(attributes, said))  # (n, 16)
    shown = torch.from_numpy(np.stack([getattr(attributes, name) for name in ATTRIBUTES], axis=1))  # (n, 6)
    mask = torch.from_numpy(said)
    clip = untrained() if stage == "both" else with_shipped_text()
    rows = batches(PICTURES, BATCH, rng)

    def loss(step: int) -> Tensor:
        chosen = next(rows)
        seen, read, scale = clip(pictures[chosen], tokens[chosen])[:3]
        fits = (
            ((shown[chosen][:, None] == shown[chosen][None]) | ~mask[chosen][None]).all(-1).float()
        )  # (picture, text)
        scores = scale.clamp(max=100) * seen @ read.T
        by_text = nn.functional.cross_entropy(scores.T, fits.T / fits.T.sum(1, keepdim=True))
        return (nn.functional.cross_entropy(scores, fits / fits.sum(1, keepdim=True)) + by_text) / 2

    seconds = train(f"clip-{stage}", clip, PACES[stage], loss)
    write(clip.eval())
    print(f"{sum(p.numel() for p in clip.parameters())} parameters, {seconds:.0f} s")


if __name__ == "__main__":
    main()
