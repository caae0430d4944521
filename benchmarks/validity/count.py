"""How often tables state what is true of a world, and what is false.

    python benchmarks/validity/count.py --results FILE

Runs every profile whose answer is known, each time with other people, noise and order of pictures
(``dataset.recording.seed``) and another training (``seed``), and prints how often the tables make each statement of
``worlds.py``: a true one should be made in at least 90 % of the runs, a false one in at most 5 %. Finished runs are
lines of FILE, so that an interrupted benchmark goes on where it was. The exit code is 3 if a share misses its aim.
"""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

from finished import read
from running import run_missing, runs_of
from tally import accuracies, inserted, missed, table
from worlds import WORLDS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "validity.md"


def main() -> None:
    """Run what FILE lacks, then print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("worlds", nargs="*", metavar="WORLD", help=f"all if none is named: {', '.join(WORLDS)}")
    parser.add_argument("--results", type=Path, required=True, metavar="FILE", help="finished runs, one a line")
    parser.add_argument("--runs", type=int, default=20, help="runs of each world (default: 20)")
    parser.add_argument("--table", action="store_true", help="run nothing, print the tables of the finished runs")
    parser.add_argument("--write", action="store_true", help="write the tables into docs/validity.md too")
    asked = parser.parse_args()
    if unknown := sorted(set(asked.worlds) - set(WORLDS)):
        parser.error(f"no world {', '.join(unknown)}; there are: {', '.join(WORLDS)}")
    worlds = [world for world in WORLDS if world in asked.worlds or not asked.worlds]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # ends the run in progress and removes its store
    if not asked.table:
        run_missing(asked.results, worlds, asked.runs)
    wanted = set(runs_of(worlds, asked.runs))
    found = [one for one in read(asked.results) if (one.world, one.seed) in wanted]
    tables = f"{table(found)}\n\n{accuracies(found)}"
    print(tables)
    if asked.write:
        PAGE.write_text(inserted(PAGE.read_text(encoding="utf-8"), tables), encoding="utf-8")
    if missed(found):
        sys.exit(3)


if __name__ == "__main__":
    main()
