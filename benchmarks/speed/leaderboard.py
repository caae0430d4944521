"""Time to build the site of 200 submissions, and the judge's share of the time to verify 1,000 pictures.

``python benchmarks/speed/leaderboard.py SUBMISSION`` with a submission of the main job (``eegrecon leaderboard pack``);
with ``build`` or ``verify`` after it, one of the two alone.
The judge is Inception v3 with random weights, which takes as long as the published ones, on pictures of 512 x 512.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from machine import description

from eegrecon.leaderboard.site.building import build
from eegrecon.leaderboard.submission.opened import opened
from eegrecon.leaderboard.verification.truth import Verifier
from eegrecon.leaderboard.verification.verifying import verify
from eegrecon.pipeline.storage.store import Store

SUBMISSIONS, PICTURES, SIDE = 200, 1_000, 512
TOY = Path(__file__).parents[2] / "tests" / "toy" / "toy.py"
BENCHMARK = """
name = "large"
version = "1"
[dataset]
use = "toy"
[dataset.tape]
subjects = 1
trials = {trials}
[encoder]
use = "mean"
[generator]
use = "noise"
[metric.right]
[metric.fid]
judge = {{ use = "inception-2015", weights = "{weights}" }}
[metric.inception-score]
judge = {{ use = "inception-2015", weights = "{weights}" }}
"""
PLUGIN = """
from dataclasses import dataclass
import numpy as np
from eegrecon import Generator, hookimpl

@dataclass(frozen=True)
class Noise(Generator):
    needs = frozenset({{"label"}})
    size = ({side}, {side})

    def conditioner(self):
        raise NotImplementedError

    def generate(self, weights, conditions, classes, samples, run):
        rng = np.random.default_rng(conditions.trial % 1000)
        coarse = rng.integers(0, 256, (len(conditions.trial), samples, 64, 64, 3), np.uint8)
        return coarse.repeat({side} // 64, axis=2).repeat({side} // 64, axis=3)

@hookimpl
def eegrecon_components():
    return {{"generator.noise": Noise}}
"""


def main() -> None:
    """Print the measurements that are asked for, or both."""
    print(f"machine: {description()}")
    asked = sys.argv[2:] or ["build", "verify"]
    with tempfile.TemporaryDirectory() as folder:
        if "build" in asked:
            _build(Path(sys.argv[1]), Path(folder))
    with tempfile.TemporaryDirectory() as folder:
        if "verify" in asked:
            _verify(Path(folder))


def _build(submission: Path, folder: Path) -> None:
    """Time a site of copies of a submission, each with a name of its own."""
    with opened(submission) as found:
        files = {name: found.files.read(name) for name in found.files.sizes}
    for number in range(SUBMISSIONS):
        target = folder / "submissions" / f"s{number}"
        for name, content in files.items():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            (target / name).write_bytes(content)
        manifest = json.loads(files["manifest.json"]) | {"name": f"method {number}"}
        (target / "manifest.json").write_text(json.dumps(manifest))
    size = sum(len(content) for content in files.values())
    start = time.perf_counter()
    cores = os.cpu_count() or 1
    board = build([folder / "submissions"], folder / "site", processes=cores).boards[0]
    seconds = time.perf_counter() - start
    count = len(board.entries)
    print(f"build of {count} submissions of {size / 1e6:.1f} MB, {cores} processes: {seconds:.1f} s")


def _verify(folder: Path) -> None:
    """Time a verification whose judge looks at every picture and every true picture."""
    from eegrecon_metrics.judges.inception import Inception2015

    path = _submission(folder)
    seconds = cpu = 0.0
    look = Inception2015.look

    def timed(self: Inception2015, pictures: Any, run: Any) -> Any:
        nonlocal seconds, cpu
        start, cpu_start = time.perf_counter(), time.process_time()
        views = look(self, pictures, run)
        seconds, cpu = seconds + time.perf_counter() - start, cpu + time.process_time() - cpu_start
        return views

    Inception2015.look = timed  # type: ignore[method-assign]
    verifier = Verifier(
        Store(folder / "store"), benchmark=str(folder / "large.toml"), plugins=(str(TOY), str(folder / "noise.py"))
    )
    start, cpu_start = time.perf_counter(), time.process_time()
    found = verify(path, verifier)
    total, cpu_total = time.perf_counter() - start, time.process_time() - cpu_start
    Inception2015.look = look  # type: ignore[method-assign]
    compared = [check.name for check in found.checks if check.name.startswith("score: ")]
    print(f"verify of {PICTURES} pictures of {SIDE} x {SIDE}, {len(compared)} scores: {total:.0f} s")
    print(f"  of which the judge {seconds:.0f} s, {seconds / total:.1%}; of the processor's time {cpu / cpu_total:.1%}")


def _submission(folder: Path) -> Path:
    """Return a submission of noise with invented claims of a judge, whose scores are computed for the first time."""
    import eegrecon
    from eegrecon.leaderboard.submission.packing import About, pack

    (folder / "noise.py").write_text(PLUGIN.format(side=SIDE))
    file = folder / "large.toml"
    file.write_text(BENCHMARK.format(trials=PICTURES + 36, weights=_weights(folder)))
    with _home(folder / "store"):
        eegrecon.bench(
            str(file),
            set=("metric.fid=none", "metric.inception-score=none"),
            control=("none",),
            audit=("none",),
            plugins=[TOY, folder / "noise.py"],
            out=folder / "run",
            quiet=True,
        )
        about = About("noise", "none", "none")
        pack(folder / "run", folder / "submission", about, Store(folder / "store"), eegrecon.__version__)
    record = folder / "submission" / "result.json"
    result = json.loads(record.read_text())
    scores = result["rows"][0]["scores"]
    for metric, column, better in (("fid", "FID", "lower"), ("inception-score", "IS", "higher")):
        claim = {"metric": metric, "column": column, "better": better, "identity": "claimed", "chance": None}
        scores.append(scores[0] | claim)
    record.write_text(json.dumps(result))
    manifest = folder / "submission" / "manifest.json"
    value = json.loads(manifest.read_text())
    content = record.read_bytes()
    value["files"]["result.json"] = {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    manifest.write_text(json.dumps(value))
    return folder / "submission"


def _weights(folder: Path) -> Path:
    """Write random weights of Inception v3 in the form of the published ones."""
    import torch
    from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

    class Untrained(FeatureExtractorInceptionV3):  # type: ignore[misc]  # the library ships no types
        def load_state_dict(self, state_dict: Any, strict: bool = True, assign: bool = False) -> None:
            """Load nothing."""

    empty = BytesIO()
    torch.save({}, empty)
    empty.seek(0)
    torch.manual_seed(0)
    network = Untrained("any", ["2048"], feature_extractor_weights_path=empty)
    torch.save(network.state_dict(), folder / "random.pth")
    return folder / "random.pth"


@contextlib.contextmanager
def _home(folder: Path) -> Iterator[None]:
    import os

    before = os.environ.get("EEGRECON_HOME")
    os.environ["EEGRECON_HOME"] = str(folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ["EEGRECON_HOME"]
        else:
            os.environ["EEGRECON_HOME"] = before
        shutil.rmtree(folder / "scratch", ignore_errors=True)


if __name__ == "__main__":
    main()
