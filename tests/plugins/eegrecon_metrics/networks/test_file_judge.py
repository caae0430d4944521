from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from eegrecon import MissingFiles, Pixels
from eegrecon_metrics.judges.alexnet import AlexNet
from eegrecon_metrics.judges.feature_networks import EfficientNetB1, SwAV
from eegrecon_metrics.judges.inception import Inception2015
from eegrecon_metrics.judges.vision_transformer import VisionTransformer


@pytest.mark.parametrize("judge", [Inception2015(), VisionTransformer(), AlexNet(), EfficientNetB1(), SwAV()])
def test_missing_weights_are_reported_with_name_size_source_and_place(
    judge: Any, pictures: Pixels, run: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    place = str(tmp_path / "hub" / "checkpoints" / judge.published.name)
    for ask in (judge.reads, lambda: judge.look(pictures, run)):
        with pytest.raises(MissingFiles, match=rf"{judge.published.megabytes} MB.*{judge.published.url}") as caught:
            ask()
        assert place in str(caught.value)
    assert ("eegrecon[judge]" in str(caught.value)) == isinstance(
        judge, Inception2015 | VisionTransformer
    )  # of classes
    assert not (tmp_path / "hub").exists()  # nothing was downloaded


def test_reads_digests_the_weights(tiny_file: Path) -> None:
    before = VisionTransformer(weights=str(tiny_file)).reads()
    tiny_file.write_bytes(b"other")
    assert VisionTransformer(weights=str(tiny_file)).reads()["weights"] != before["weights"]
