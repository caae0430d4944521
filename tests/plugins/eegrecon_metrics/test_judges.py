from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torchvision.models import VisionTransformer as Network
from torchvision.models import ViT_H_14_Weights

from eegrecon import DataError, InvalidConfiguration, MissingFiles, Pixels
from eegrecon_metrics.alexnet import AlexNet
from eegrecon_metrics.clip_vision import ClipVision
from eegrecon_metrics.inception import Inception2015
from eegrecon_metrics.vision_transformer import VisionTransformer
from eegrecon_metrics.weights import PublishedFile, hub_folder, state_dict

TINY = {"layers": 2, "heads": 2, "width": 16, "feed_forward": 24, "patch": 7, "size": 28}


@pytest.fixture
def pictures() -> Any:
    return np.random.default_rng(0).integers(256, size=(5, 32, 32, 3), dtype=np.uint8)


@pytest.fixture
def tiny_network() -> Any:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = Network(28, 7, 2, 2, 16, 24)
        torch.nn.init.normal_(network.heads.head.weight)
    return network.eval()


@pytest.fixture
def tiny_file(tiny_network: Network, tmp_path: Path) -> Any:
    path = tmp_path / "tiny.pth"
    torch.save(tiny_network.state_dict(), path)
    return path


@pytest.fixture(scope="module")
def inception(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A file of random weights in the form of the published one."""
    from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3 as Extractor

    with torch.random.fork_rng(), patch("torch.load"), patch.object(Extractor, "load_state_dict"):
        torch.manual_seed(0)
        network = Extractor("any", ["2048"], feature_extractor_weights_path="any")
    path = tmp_path_factory.mktemp("inception") / "random.pth"
    torch.save(network.state_dict(), path)
    return path


class RunsCode:
    def __reduce__(self) -> Any:
        return os.mkdir, ("owned",)


def test_the_transformer_shows_its_class_token_and_class_scores(
    tiny_network: Network, tiny_file: Path, pictures: Pixels, run: Any
) -> None:
    seen = VisionTransformer(weights=str(tiny_file), batch=2, **TINY).look(pictures, run)
    preset = ViT_H_14_Weights.IMAGENET1K_SWAG_E2E_V1.transforms(crop_size=28, resize_size=28)
    with torch.inference_mode():
        scores = tiny_network(preset(torch.from_numpy(pictures).permute(0, 3, 1, 2)))
    assert seen["logits"] == pytest.approx(scores.numpy(), abs=1e-5)
    head = tiny_network.heads.head
    by_hand = seen["features"] @ head.weight.detach().numpy().T + head.bias.detach().numpy()
    assert by_hand == pytest.approx(seen["logits"], abs=1e-5)
    assert (seen["features"].shape, seen["logits"].shape) == ((5, 16), (5, 1000))


def test_the_same_weights_as_safetensors_see_the_same(
    tiny_network: Network, tiny_file: Path, pictures: Pixels, run: Any, tmp_path: Path
) -> None:
    other = tmp_path / "tiny.safetensors"
    save_file(tiny_network.state_dict(), other)
    views = [VisionTransformer(weights=str(path), **TINY).look(pictures, run) for path in (tiny_file, other)]
    assert np.array_equal(views[0]["logits"], views[1]["logits"])


def test_one_live_network_serves_all_looks(tiny_file: Path, pictures: Pixels, run: Any) -> None:
    judge = VisionTransformer(weights=str(tiny_file), **TINY)
    judge.look(pictures, run)
    judge.look(pictures, run)
    assert len(run.live) == 1


def test_a_transformer_of_another_size_is_refused(tiny_file: Path, pictures: Pixels, run: Any) -> None:
    with pytest.raises(DataError, match=r"tiny\.pth does not hold a vision transformer with 3 layers of width 16"):
        VisionTransformer(weights=str(tiny_file), **(TINY | {"layers": 3})).look(pictures, run)
    with pytest.raises(InvalidConfiguration, match="multiple of patch"):
        VisionTransformer(size=500)


def test_inception_shows_the_layers_of_fid_and_is(inception: Path, pictures: Pixels, run: Any) -> None:
    seen = Inception2015(weights=str(inception), batch=2).look(pictures[:3], run)
    weight = torch.load(inception, weights_only=True)["fc.weight"].numpy()
    assert seen["features"].shape == (3, 2048)
    assert seen["logits"] == pytest.approx(seen["features"] @ weight.T, rel=1e-4, abs=1e-4)  # no bias
    assert seen["logits"].shape == (3, len(Inception2015().classes))
    assert not np.allclose(seen["features"][0], seen["features"][1])


def test_inception_refuses_other_weights(tiny_file: Path, pictures: Pixels, run: Any) -> None:
    with pytest.raises(DataError, match=r"tiny\.pth does not hold the Inception v3 of 2015"):
        Inception2015(weights=str(tiny_file)).look(pictures, run)


@pytest.mark.parametrize("judge", [Inception2015(), VisionTransformer()])
def test_missing_weights_are_asked_for_by_name_size_and_place(
    judge: Any, pictures: Pixels, run: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    place = str(tmp_path / "hub" / "checkpoints")
    for ask in (judge.reads, lambda: judge.look(pictures, run)):
        with pytest.raises(MissingFiles, match=r"\d+ MB\) is needed; fetch it from https://") as caught:
            ask()
        assert place in str(caught.value)
    assert not (tmp_path / "hub").exists()  # nothing was fetched


def test_an_address_without_a_file_is_named(pictures: Pixels, run: Any) -> None:
    with pytest.raises(MissingFiles, match=r"no weights at /nowhere/vit\.pth"):
        VisionTransformer(weights="/nowhere/vit.pth").look(pictures, run)


def test_the_cache_folder_is_the_one_that_torch_uses(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in (("TORCH_HOME", str(tmp_path / "a")), ("XDG_CACHE_HOME", str(tmp_path / "b"))):
        monkeypatch.delenv("TORCH_HOME", raising=False)
        monkeypatch.setenv(name, value)
        assert str(hub_folder()) == os.path.join(torch.hub.get_dir(), "checkpoints")


def test_identity_tells_other_sizes_and_other_weights(
    tiny_file: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    assert Inception2015().identity == "inception2015-2048"
    assert VisionTransformer().identity == "vit-h-14-1280"
    tiny = VisionTransformer(weights=str(tiny_file), **TINY).identity
    assert tiny.startswith("vit-2x16-2-24-7-28-")
    tiny_file.write_bytes(tiny_file.read_bytes() + b" ")
    assert VisionTransformer(weights=str(tiny_file), **TINY).identity != tiny


def test_published_bytes_add_nothing_to_the_identity(tmp_path: Path) -> None:
    path = tmp_path / "any.pth"
    path.write_bytes(b"abc")  # its SHA-256 begins with ba7816bf
    assert PublishedFile("net-ba7816bf.pth", "https://example.org", 1).identity(str(path)) == ""
    assert PublishedFile("net-00000000.pth", "https://example.org", 1).identity(str(path)) == "-ba7816bf"


def test_reads_digests_the_weights(tiny_file: Path) -> None:
    before = VisionTransformer(weights=str(tiny_file)).reads()
    tiny_file.write_bytes(b"other")
    assert VisionTransformer(weights=str(tiny_file)).reads()["weights"] != before["weights"]


@pytest.mark.parametrize("zipped", [True, False])
def test_weights_that_want_to_run_code_are_refused_and_do_not_run(
    zipped: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save({"w": torch.zeros(2), "x": RunsCode()}, "bad.pth", _use_new_zipfile_serialization=zipped)
    with pytest.raises(DataError, match=r"bad\.pth cannot be read as weights.*could run code"):
        state_dict(tmp_path / "bad.pth")
    assert not (tmp_path / "owned").exists()


@pytest.mark.parametrize("content", [b"", b"not weights at all", b"PK\x03\x04 cut off"])
@pytest.mark.parametrize("suffix", ["pth", "safetensors"])
def test_damaged_weights_are_named(content: Any, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"bad.{suffix}"
    path.write_bytes(content)
    with pytest.raises(DataError, match=f"bad.{suffix} cannot be read as weights"):
        state_dict(path)


def test_a_file_without_tensors_by_name_is_refused(tmp_path: Path) -> None:
    torch.save([torch.zeros(1)], tmp_path / "list.pth")
    with pytest.raises(DataError, match="does not hold tensors by name but a list"):
        state_dict(tmp_path / "list.pth")


def test_weights_in_the_old_format_are_read_too(tmp_path: Path) -> None:
    torch.save({"w": torch.arange(3.0)}, tmp_path / "old.pth", _use_new_zipfile_serialization=False)
    assert state_dict(tmp_path / "old.pth")["w"].tolist() == [0.0, 1.0, 2.0]


CLIP = "eegrecon_shapes:weights/clip"


def test_clip_embeds_pictures_as_open_clip_does(pictures: Pixels, run: Any) -> None:
    import open_clip
    from PIL import Image

    from eegrecon import locate

    seen = ClipVision(model=CLIP, batch=2).look(pictures, run)
    network, _, prepared = open_clip.create_model_and_transforms(f"local-dir:{locate(CLIP)}")
    with torch.inference_mode():
        expected = network.eval().encode_image(torch.stack([prepared(Image.fromarray(one)) for one in pictures]))
    assert seen["features"] == pytest.approx(expected.numpy(), abs=1e-5)
    assert ClipVision(model=CLIP).identity.startswith("clip-")
    assert ClipVision().identity == "clip-vit-l-14"


def test_a_clip_folder_that_lacks_a_file_or_holds_another_network_says_so(run: Any, tmp_path: Path) -> None:
    from eegrecon import locate

    (tmp_path / "open_clip_config.json").write_bytes(Path(str(locate(CLIP)), "open_clip_config.json").read_bytes())
    judge = ClipVision(model=str(tmp_path))
    with pytest.raises(MissingFiles, match=r"open_clip_model\.safetensors not found \(1711 MB"):
        judge.reads()
    save_file({"visual.proj": torch.zeros(3, 3)}, tmp_path / "open_clip_model.safetensors")
    with pytest.raises(DataError, match="does not hold the open_clip model"):
        judge.look(np.zeros((1, 32, 32, 3), np.uint8), run)


@pytest.mark.parametrize("model", ["", "somebody/some-clip", "/no/such/folder"])
def test_an_absent_clip_says_what_to_fetch(model: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(MissingFiles, match=r"hf download .*or set the judge's field 'model'"):
        ClipVision(model=model).reads()


@pytest.fixture(scope="module")
def alexnet(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A file of random weights in the form of the published one, without the classifier, which is not read."""
    from torchvision.models import alexnet as make

    with torch.random.fork_rng():
        torch.manual_seed(0)
        state = {name: tensor for name, tensor in make().state_dict().items() if name.startswith("features.")}
    path = tmp_path_factory.mktemp("alexnet") / "random.pth"
    torch.save(state, path)
    return path


@pytest.mark.parametrize(
    ("depth", "node", "width"), [(2, "features.4", 192 * 27 * 27), (5, "features.11", 256 * 13 * 13)]
)
def test_alexnet_shows_the_convolution_that_torchvision_extracts(
    depth: Any, node: str, width: int, alexnet: Path, pictures: Pixels, run: Any
) -> None:
    from torchvision.models import AlexNet_Weights
    from torchvision.models import alexnet as make
    from torchvision.models.feature_extraction import create_feature_extractor

    judge = AlexNet(weights=str(alexnet), depth=depth, batch=2)
    seen = judge.look(pictures, run)["features"]
    network = make().eval()
    network.load_state_dict(torch.load(alexnet, weights_only=True), strict=False)
    extract = create_feature_extractor(network, return_nodes=[node])
    with torch.inference_mode():
        pixels = AlexNet_Weights.IMAGENET1K_V1.transforms()(torch.from_numpy(pictures).permute(0, 3, 1, 2))
        expected = extract(pixels)[node].flatten(1).numpy()
    assert seen.shape == (5, width)
    assert seen == pytest.approx(expected, abs=1e-5)
    assert judge.identity.startswith(f"alexnet-{depth}-")


def test_another_network_than_alexnet_is_named(tiny_file: Path, pictures: Pixels, run: Any) -> None:
    with pytest.raises(DataError, match=r"does not hold torchvision's AlexNet \(it lacks features\.0"):
        AlexNet(weights=str(tiny_file)).look(pictures, run)
