"""False alarms of the audits on data without a fault: ``python benchmarks/confound/false_alarms.py [FOLDER]``.

Twenty simulated worlds with information about the pictures and without drift, in the block design, each with a
different seed of subjects and noise. The method is the demo's without pre-training, with short alignment and few
diffusion steps, so that the benchmark takes twenty minutes on two cores. Results that FOLDER contains are reused.
``README.md`` shows the last output.
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
    """Run the missing worlds, then count the verdicts of each audit."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "runs/false-alarms")
    verdicts: dict[str, Counter[str]] = {}
    for seed in range(1, WORLDS + 1):
        out = folder / f"{seed:02d}"
        if not (out / "result.json").is_file():
            settings = [word for text in (*METHOD, f"dataset.recording.seed={seed}") for word in ("--set", text)]
            options = ["--subjects", "1", "--control", "none", *settings, "--quiet", "--out", str(out)]
            done = subprocess.run(["eegrecon", "bench", "brainvis", *options], stdout=subprocess.DEVNULL)
            if done.returncode not in (0, 3):  # 3: an audit failed, which is counted below
                raise SystemExit(f"world {seed} ended with exit code {done.returncode}")
        for audit in load(out).audits:
            verdicts.setdefault(audit.name, Counter())[audit.verdict] += 1
    columns = ("PASS", "WARN", "FAIL", "inconclusive")
    print(f"{WORLDS} worlds without drift or overlap")
    print(f"{'audit':>16} " + " ".join(f"{verdict:>14}" for verdict in columns))
    for name, counts in sorted(verdicts.items()):
        print(f"{name:>16} " + " ".join(f"{counts[verdict]:>14}" for verdict in columns))


if __name__ == "__main__":
    main()
