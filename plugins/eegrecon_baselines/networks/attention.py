"""The channel-wise attention of ATM."""

from __future__ import annotations

from torch import Tensor, nn


class ChannelAttention(nn.Module):
    """One transformer layer whose tokens are the channels: each attends to the others, with its samples as features.

    Sizes are those of dongyangli-del/EEG_Image_decode, Retrieval/ATMS_retrieval.py, whose token is as wide as a trial
    has samples; here it is rounded up to a multiple of the heads.
    """

    def __init__(self, samples: int, heads: int = 4) -> None:
        super().__init__()
        self.width = -(-samples // heads) * heads
        self.embedding, self.dropout = nn.Linear(samples, self.width), nn.Dropout(0.25)
        self.layer = nn.TransformerEncoderLayer(
            self.width, heads, dim_feedforward=256, dropout=0.25, activation="gelu", batch_first=True
        )
        self.norm = nn.LayerNorm(self.width)

    def forward(self, eeg: Tensor) -> Tensor:
        """(n, channels, samples) -> (n, channels, width)."""
        attended: Tensor = self.norm(self.layer(self.dropout(self.embedding(eeg))))
        return attended
