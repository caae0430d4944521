"""Real model folders with random weights, small enough for a test."""

from __future__ import annotations

import json
from pathlib import Path

import torch


def stable_diffusion(folder: Path) -> str:
    """Write a Stable Diffusion folder: 16 x 16 pictures, 12 tokens of width 16; return its path."""
    from diffusers import AutoencoderKL, PNDMScheduler, StableDiffusionPipeline, UNet2DConditionModel
    from diffusers.utils import logging as diffusers_logging
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer
    from transformers.utils import logging as transformers_logging

    diffusers_logging.disable_progress_bar()
    transformers_logging.disable_progress_bar()
    letters = "abcdefghijklmnopqrstuvwxyz"
    pieces = [*letters, *(f"{letter}</w>" for letter in letters), "<|startoftext|>", "<|endoftext|>"]
    (folder / "vocab.json").write_text(json.dumps({piece: number for number, piece in enumerate(pieces)}))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    layers = {"layers_per_block": 1, "norm_num_groups": 4}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        vae = AutoencoderKL(
            block_out_channels=(8, 8),
            down_block_types=("DownEncoderBlock2D",) * 2,
            up_block_types=("UpDecoderBlock2D",) * 2,
            sample_size=16,
            **layers,
        )
        unet = UNet2DConditionModel(
            sample_size=8,
            block_out_channels=(8, 16),
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
            cross_attention_dim=16,
            attention_head_dim=4,
            **layers,
        )
        text = CLIPTextModel(
            CLIPTextConfig(
                vocab_size=len(pieces),
                hidden_size=16,
                intermediate_size=32,
                num_hidden_layers=1,
                num_attention_heads=2,
                max_position_embeddings=12,
                bos_token_id=52,
                eos_token_id=53,
                pad_token_id=53,
            )
        )
    StableDiffusionPipeline(
        vae=vae,
        unet=unet,
        text_encoder=text,
        tokenizer=CLIPTokenizer.from_pretrained(str(folder), model_max_length=12),
        scheduler=PNDMScheduler(skip_prk_steps=True, steps_offset=1, set_alpha_to_one=False),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    ).save_pretrained(folder / "model")
    return str(folder / "model")


def image_to_text(folder: Path, seed: int = 0) -> None:
    """Write a BLIP-2 of a few thousand parameters with random weights, and its processor."""
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace
    from transformers import (
        Blip2Config,
        Blip2ForConditionalGeneration,
        Blip2Processor,
        BlipImageProcessor,
        PreTrainedTokenizerFast,
    )

    words = ["<pad>", "<s>", "</s>", "<unk>", "<image>", *(f"word{number}" for number in range(27))]
    made = Tokenizer(WordLevel({word: number for number, word in enumerate(words)}, unk_token="<unk>"))
    made.pre_tokenizer = Whitespace()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=made, pad_token="<pad>", bos_token="<s>", eos_token="</s>", unk_token="<unk>"
    )
    small = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    config = Blip2Config(
        vision_config={**small, "image_size": 16, "patch_size": 8},
        qformer_config={**small, "encoder_hidden_size": 16, "vocab_size": 32},
        text_config={
            "model_type": "opt", "vocab_size": len(words), "hidden_size": 16, "num_hidden_layers": 1,
            "num_attention_heads": 2, "ffn_dim": 32, "word_embed_proj_dim": 16, "max_position_embeddings": 64,
            "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2,
        },
        num_query_tokens=4,
        image_token_index=4,
    )  # fmt: skip
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        Blip2ForConditionalGeneration(config).save_pretrained(folder)
    processor = BlipImageProcessor(size={"height": 16, "width": 16})
    Blip2Processor(processor, tokenizer, num_query_tokens=4).save_pretrained(folder)


def single_file(model: Path, target: Path) -> None:
    """Write the weights of a folder made above as one checkpoint, by the names of the original code."""
    from safetensors.torch import load_file, save_file

    unet = load_file(model / "unet" / "diffusion_pytorch_model.safetensors")
    vae = load_file(model / "vae" / "diffusion_pytorch_model.safetensors")
    text = load_file(model / "text_encoder" / "model.safetensors")
    state = {f"model.diffusion_model.{_original(name, _UNET)}": value for name, value in unet.items()}
    for name, value in vae.items():
        attention = "attentions.0" in name and value.dim() == 2  # convolutions of one pixel there
        state[f"first_stage_model.{_original(name, _VAE)}"] = value[..., None, None] if attention else value
    for name, value in text.items():
        inner = name if name.startswith("text_model.") else f"text_model.{name}"
        state[f"cond_stage_model.transformer.{inner}"] = value
    save_file({name: value.contiguous() for name, value in state.items()}, target)


_RESNET = {"norm1": "in_layers.0", "conv1": "in_layers.2", "norm2": "out_layers.0", "conv2": "out_layers.3",
           "time_emb_proj": "emb_layers.1", "conv_shortcut": "skip_connection"}  # fmt: skip
_UNET = {
    "time_embedding.linear_1.": "time_embed.0.", "time_embedding.linear_2.": "time_embed.2.",
    "conv_in.": "input_blocks.0.0.", "conv_norm_out.": "out.0.", "conv_out.": "out.2.",
    "down_blocks.0.resnets.0.": "input_blocks.1.0.", "down_blocks.0.downsamplers.0.conv.": "input_blocks.2.0.op.",
    "down_blocks.1.resnets.0.": "input_blocks.3.0.", "down_blocks.1.attentions.0.": "input_blocks.3.1.",
    "mid_block.resnets.0.": "middle_block.0.", "mid_block.attentions.0.": "middle_block.1.",
    "mid_block.resnets.1.": "middle_block.2.",
    "up_blocks.0.resnets.0.": "output_blocks.0.0.", "up_blocks.0.attentions.0.": "output_blocks.0.1.",
    "up_blocks.0.resnets.1.": "output_blocks.1.0.", "up_blocks.0.attentions.1.": "output_blocks.1.1.",
    "up_blocks.0.upsamplers.0.conv.": "output_blocks.1.2.conv.",
    "up_blocks.1.resnets.0.": "output_blocks.2.0.", "up_blocks.1.resnets.1.": "output_blocks.3.0.",
}  # fmt: skip
_VAE = {
    "encoder.conv_norm_out.": "encoder.norm_out.", "decoder.conv_norm_out.": "decoder.norm_out.",
    "encoder.down_blocks.0.downsamplers.0.conv.": "encoder.down.0.downsample.conv.",
    "decoder.up_blocks.0.upsamplers.0.conv.": "decoder.up.1.upsample.conv.",
    **{f"encoder.down_blocks.{block}.resnets.0.": f"encoder.down.{block}.block.0." for block in (0, 1)},
    **{f"decoder.up_blocks.{block}.resnets.{number}.": f"decoder.up.{1 - block}.block.{number}."
       for block in (0, 1) for number in (0, 1)},
    **{f"{side}.mid_block.resnets.{number}.": f"{side}.mid.block_{number + 1}."
       for side in ("encoder", "decoder") for number in (0, 1)},
    **{f"{side}.mid_block.attentions.0.{ours}.": f"{side}.mid.attn_1.{theirs}." for side in ("encoder", "decoder")
       for ours, theirs in zip(("group_norm", "to_q", "to_k", "to_v", "to_out.0"),
                               ("norm", "q", "k", "v", "proj_out"), strict=True)},
}  # fmt: skip


def _original(name: str, prefixes: dict[str, str]) -> str:
    start = max((start for start in prefixes if name.startswith(start)), key=len, default="")
    rest = name[len(start) :]
    if prefixes is _UNET and ".resnets." in start:
        part, _, kind = rest.rpartition(".")
        rest = f"{_RESNET[part]}.{kind}"
    elif prefixes is _VAE:
        rest = rest.replace("conv_shortcut", "nin_shortcut")
    return prefixes.get(start, "") + rest
