from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from jobs import MakeJob

from eegrecon import ComponentError
from eegrecon.pipeline.stages.generate import CHUNK

TEST_TRIALS = 2 * CHUNK + 22  # three chunks


@pytest.mark.parametrize(("damaged", "left"), [(None, 1), ("pictures.u8", 2), ("finished", 3)])
def test_generation_resumes_after_its_last_chunk_that_is_as_it_was_written(
    damaged: str | None, left: int, make_job: MakeJob, toy: Any, calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {"control": ("none",), "subjects": (1,), "set": (f"dataset.tape.trials={36 + TEST_TRIALS}",)}
    undisturbed = make_job(**asked).run().table()
    make_job().store.prune()
    generate = toy.Fill.generate
    sizes: list[int] = []

    def failing(self: object, weights: object, conditions: Any, *rest: object) -> object:
        if len(sizes) == 2:
            raise RuntimeError("power cut")
        sizes.append(len(conditions.trial))
        return generate(self, weights, conditions, *rest)

    monkeypatch.setattr(toy.Fill, "generate", failing)
    with pytest.raises(ComponentError, match="power cut"):
        make_job(**asked).run()
    assert sizes == [CHUNK, CHUNK]
    if damaged:
        (file,) = make_job().store.root.glob(f"scratch/generate/*/{damaged}")
        content = bytearray(file.read_bytes())
        content[CHUNK * 6 * 8 * 3 if damaged == "pictures.u8" else 0] ^= 1  # the second chunk; the digest of the first
        file.write_bytes(content)
    monkeypatch.setattr(toy.Fill, "generate", generate)
    calls.clear()
    assert make_job(**asked).run().table() == undisturbed
    assert calls.count("generate") == left


def test_pictures_of_another_size_are_refused(make_job: MakeJob, toy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toy.Fill, "generate", lambda *a, **k: np.zeros((1, 2, 3), np.uint8))
    with pytest.raises(ComponentError, match=r"Fill.generate .*uint8 \(1, 2, 3\).*uint8 \(24, 1, 6, 8, 3\)"):
        make_job(control=("none",)).run()
