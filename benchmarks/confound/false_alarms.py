"""How often an audit fails where nothing is wrong: ``python benchmarks/confound/false_alarms.py [FOLDER]``.

Twenty worlds whose brains know the pictures and do not drift, in the block design, each with another seed of people and
noise. The method is the demo's without pre-training, with a short alignment and few steps of diffusion, so that it
takes twenty minutes on two cores. What a folder has is not run again. ``README.md`` holds its last output.
"""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

from eegrecon import load

WORLDS = 20
METHOD = (
    "dataset.recording.subjects=1", "encoder.time.pretrain=none", "aligner.epochs=3", "generator.steps=6",
    "generator.refine_steps=4",
)  # fmt: skip


def main() -> None:
    """Run what is missing, then count the verdicts of each audit."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "runs/false-alarms")
    verdicts: dict[str, Counter[str]] = {}
    for seed in range(1, WORLDS + 1):
        out = folder / f"{seed:02d}"
        if not (out / "result.json").is_file():
            settings = [word for text in (*METHOD, f"dataset.recording.seed={seed}") for word in ("--set", text)]
            asked = ["--subjects", "1", "--control", "none", *settings, "--quiet", "--out", str(out)]
            subprocess.run(["eegrecon", "bench", "brainvis", *asked], check=True, stdout=subprocess.DEVNULL)
        for audit in load(out).audits:
            verdicts.setdefault(audit.name, Counter())[audit.verdict] += 1
    words = ("PASS", "WARN", "FAIL", "inconclusive")
    print(f"{WORLDS} worlds without drift or overlap")
    print(f"{'audit':>16} " + " ".join(f"{word:>14}" for word in words))
    for name, counts in sorted(verdicts.items()):
        print(f"{name:>16} " + " ".join(f"{counts[word]:>14}" for word in words))


if __name__ == "__main__":
    main()
