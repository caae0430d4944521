from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from eegrecon import DataError, MissingFiles, Pixels
from eegrecon.resources import locate
from eegrecon_metrics.judges.clip_vision import ClipVision

CLIP = "eegrecon_shapes:weights/clip"


def test_it_embeds_pictures_as_open_clip_does(pictures: Pixels, run: Any) -> None:
    import open_clip
    from PIL import Image

    views = ClipVision(model=CLIP, batch=2).look(pictures, run)
    network, _, preprocess = open_clip.create_model_and_transforms(f"local-dir:{locate(CLIP)}")
    with torch.inference_mode():
        expected = network.eval().encode_image(torch.stack([preprocess(Image.fromarray(one)) for one in pictures]))
    assert views["features"] == pytest.approx(expected.numpy(), abs=1e-5)
    assert ClipVision(model=CLIP).identity.startswith("clip-")
    assert ClipVision().identity == "clip-vit-l-14"


def test_a_folder_that_lacks_a_file_or_holds_another_network_is_refused(run: Any, tmp_path: Path) -> None:
    (tmp_path / "open_clip_config.json").write_bytes(Path(str(locate(CLIP)), "open_clip_config.json").read_bytes())
    judge = ClipVision(model=str(tmp_path))
    with pytest.raises(MissingFiles, match=r"open_clip_model\.safetensors .*1711 MB"):
        judge.reads()
    save_file({"visual.proj": torch.zeros(3, 3)}, tmp_path / "open_clip_model.safetensors")
    with pytest.raises(DataError, match=r"open_clip_config\.json"):
        judge.look(np.zeros((1, 32, 32, 3), np.uint8), run)


@pytest.mark.parametrize("model", ["", "somebody/some-clip", "/no/such/folder"])
def test_a_missing_model_is_reported_with_what_to_fetch(
    model: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(MissingFiles, match=r"hf download .*'model'"):
        ClipVision(model=model).reads()
