from __future__ import annotations

from pathlib import Path

import pytest

from eegrecon import MissingFiles
from eegrecon_datasets.captions.image_to_text import ImageToText


def test_a_model_that_is_not_local_is_named_with_the_command_that_fetches_it() -> None:
    for attempt in (ImageToText("nobody/nothing").reads, lambda: ImageToText("nobody/nothing").identity):
        with pytest.raises(MissingFiles, match="hf download nobody/nothing"):
            attempt()


def test_the_identity_of_a_folder_depends_on_its_content(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    captioner = ImageToText(str(tmp_path))
    before = captioner.identity
    assert before.startswith(f"{tmp_path}@")
    (tmp_path / "config.json").write_text('{"a": 1}')
    assert captioner.identity != before
