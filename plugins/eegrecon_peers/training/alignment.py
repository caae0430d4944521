"""The alignment of EEG to CLIP's embedding of pictures."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional


def one_minus_cosine(guess: Tensor, aim: Tensor) -> Tensor:
    """Return the mean over trials of one minus the cosine of (n, width) and (n, width).

    Source: DreamDiffusion, arXiv:2306.16934, Eq. 4.
    """
    return 1 - functional.cosine_similarity(guess.float(), aim, dim=1).mean()
