"""What judges with one published file of weights have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from eegrecon import Judge, content_digest
from eegrecon_metrics.weights import PublishedFile


@dataclass(frozen=True)
class FileJudge(Judge):
    """A judge whose weights lie in one file.

    Attributes:
        weights: file of weights; "" stands for torch's cache folder, where the library of its network would put it.
    """

    published: ClassVar[PublishedFile]
    weights: str = ""

    def reads(self) -> Mapping[str, str]:
        """Digest of the weights.

        Raises:
            MissingFiles: they are not there.
        """
        return {"weights": content_digest(self.file)}

    @property
    def file(self) -> Path:
        """Where the weights lie.

        Raises:
            MissingFiles: they are not there.
        """
        return self.published.find(self.weights)

    @property
    def variety(self) -> str:
        """What tells other than the published weights in its identity, nothing for those."""
        return self.published.identity(self.weights)
