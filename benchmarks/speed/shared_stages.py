"""How much of nine separate runs the nine cells of a table 4 cost: seconds of stages, counted from its result.

python benchmarks/speed/shared_stages.py RESULT
"""

from __future__ import annotations

import sys
from pathlib import Path

from eegrecon import load


def main() -> None:
    """Count and print."""
    result = load(Path(sys.argv[1]))
    seconds = {key: stage.seconds for key, stage in result.stages.items()}
    cells = [set(row.stages) for row in result.rows if not row.control]
    every = set().union(*cells)
    extra = sum(second for key, second in seconds.items() if key not in every)
    together, apart = sum(seconds[key] for key in every), sum(sum(seconds[key] for key in cell) for cell in cells)
    many = len(cells)
    print(f"{many} cells: {together:.0f} s of stages, {many} separate runs {apart:.0f} s, ratio {together / apart:.2f}")
    together, apart = together + extra, apart + many * extra
    print(f"  with controls and audits: {together:.0f} s, {apart:.0f} s, ratio {together / apart:.2f}")


if __name__ == "__main__":
    main()
