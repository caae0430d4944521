"""The base class of judges whose weights are one published file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from eegrecon import Judge
from eegrecon.resources import content_digest
from eegrecon_metrics.networks.weights import PublishedFile


@dataclass(frozen=True)
class FileJudge(Judge):
    """A judge whose weights are stored in one file.

    Attributes:
        weights: file of weights; "" means the published one in torch's cache folder.
    """

    published: ClassVar[PublishedFile]
    weights: str = ""

    def reads(self) -> Mapping[str, str]:
        """Digest of the weights.

        Raises:
            MissingFiles: there is no such file.
        """
        return {"weights": content_digest(self.file)}

    @property
    def file(self) -> Path:
        """Path of the weights.

        Raises:
            MissingFiles: there is no such file.
        """
        return self.published.find(self.weights)

    @property
    def weights_suffix(self) -> str:
        """Suffix of the identity: a digest of weights other than the published ones, "" for those."""
        return self.published.identity(self.weights)
