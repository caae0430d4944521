"""False alarms of the audits on data without a fault: ``python benchmarks/confound/false_alarms.py [FOLDER]``.

Twenty simulated worlds with information about the pictures and without drift, in the block design, each with a
different seed of subjects and noise. The method is the demo's with few diffusion steps. Then the audit of drift alone
in a hundred more worlds, which needs no method: its rate of false alarms is too small for twenty. Results that FOLDER
contains are reused. ``README.md`` shows the last output.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from eegrecon import api, load
from eegrecon.benchmark.options import Options
from eegrecon.pipeline.progress import Console

WORLDS, OF_DRIFT = range(1, 21), range(21, 121)  # seeds
METHOD = ("generator.steps=6", "generator.refine_steps=4")
NO_METHOD = ("encoder=chance", "aligner=none", "generator=none")


def verdicts(
    seeds: Iterable[int], method: Sequence[str], audits: tuple[str, ...], folder: Path
) -> dict[str, Counter[str]]:
    """Return how often each audit gave each verdict."""
    counts: dict[str, Counter[str]] = {}
    for seed in seeds:
        out = folder / f"{seed:03d}"
        if not (out / "result.json").is_file():
            world = ("dataset.recording.subjects=1", f"dataset.recording.seed={seed}")
            options = Options(
                "brainvis", set=(*method, *world), subjects=(1,), control=("none",), audit=audits, out=str(out)
            )
            api.run(api.resolved(options), Console(quiet=True))
        for audit in load(out).audits:
            counts.setdefault(audit.name, Counter())[audit.verdict] += 1
    return counts


def main() -> None:
    """Run the missing worlds, then count the verdicts of each audit."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "runs/false-alarms")
    columns = ("PASS", "WARN", "FAIL", "inconclusive")
    print(f"{len(WORLDS)} worlds without drift or overlap")
    print(f"{'audit':>16} " + " ".join(f"{verdict:>14}" for verdict in columns))
    for name, counts in sorted(verdicts(WORLDS, METHOD, ("all",), folder).items()):
        print(f"{name:>16} " + " ".join(f"{counts[verdict]:>14}" for verdict in columns), flush=True)
    alone = verdicts(OF_DRIFT, NO_METHOD, ("drift",), folder)["drift"]
    print(f"the audit of drift in {len(OF_DRIFT)} more: PASS {alone['PASS']}, FAIL {alone['FAIL']}")


if __name__ == "__main__":
    main()
