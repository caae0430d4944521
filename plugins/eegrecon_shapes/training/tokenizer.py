"""Write the tokenizer: CLIP's byte-level scheme with just enough merges that every caption word is one token.

``python -m eegrecon_shapes.training.tokenizer`` writes it beside the pipeline and beside the CLIP model.
"""

from __future__ import annotations

import json
from collections import Counter
from itertools import pairwise
from pathlib import Path

from transformers import CLIPTokenizer

from eegrecon_shapes.training.loop import WEIGHTS
from eegrecon_shapes.world.captions import vocabulary

POSITIONS = 16  # the longest caption, 14 words, between its two marks
START, END = "<|startoftext|>", "<|endoftext|>"
FOLDERS = (WEIGHTS / "stable-diffusion" / "tokenizer", WEIGHTS / "clip")


def byte_letters() -> list[str]:
    """A printable letter per byte, in the order of CLIP's vocabulary: printable bytes first, then the rest."""
    plain = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    return [chr(byte) for byte in plain] + [chr(256 + index) for index in range(256 - len(plain))]


def merges(words: tuple[str, ...]) -> list[tuple[str, str]]:
    """Byte-pair merges, most frequent pair first, until each word is a single token."""
    split = [[*word[:-1], word[-1] + "</w>"] for word in words]
    done: list[tuple[str, str]] = []
    while pairs := Counter(pair for parts in split for pair in pairwise(parts)):
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        done.append(best)
        split = [_merged(parts, best) for parts in split]
    return done


def _merged(parts: list[str], pair: tuple[str, str]) -> list[str]:
    out: list[str] = []
    for part in parts:
        if out and (out[-1], part) == pair:
            out[-1] += part
        else:
            out.append(part)
    return out


def tokenizer() -> CLIPTokenizer:
    """The tokenizer of this world."""
    letters = byte_letters()
    steps = merges(vocabulary())
    tokens = [*letters, *(letter + "</w>" for letter in letters), *("".join(pair) for pair in steps), START, END]
    vocab = {token: index for index, token in enumerate(tokens)}
    return CLIPTokenizer(vocab=vocab, merges=steps, model_max_length=POSITIONS)


def write(folder: Path) -> None:
    """Write one tokenizer folder, in the old form (vocab.json, merges.txt) and in the new (tokenizer.json)."""
    folder.mkdir(parents=True, exist_ok=True)
    made = tokenizer()
    made.save_pretrained(folder)
    (folder / "vocab.json").write_text(json.dumps(made.get_vocab(), ensure_ascii=False), encoding="utf-8")
    lines = ["#version: 0.2", *(" ".join(pair) for pair in merges(vocabulary())), ""]
    (folder / "merges.txt").write_text("\n".join(lines), encoding="utf-8")


def main() -> None:
    """Write both folders."""
    for folder in FOLDERS:
        write(folder)
    print(len(tokenizer()), "tokens,", len(vocabulary()), "words")


if __name__ == "__main__":
    main()
