"""Cost of the cells of one table relative to as many separate runs, from the seconds of stages in its result.

``python benchmarks/speed/shared_stages.py RESULT``
"""

from __future__ import annotations

import sys
from pathlib import Path

from eegrecon import load


def main() -> None:
    """Print seconds and ratio, without and with controls and audits."""
    result = load(Path(sys.argv[1]))
    seconds = {key: stage.seconds for key, stage in result.stages.items()}
    cells = [set(row.stages) for row in result.rows if not row.control]
    cell_stages = set().union(*cells)
    extra = sum(second for key, second in seconds.items() if key not in cell_stages)
    together = sum(seconds[key] for key in cell_stages)
    apart = sum(sum(seconds[key] for key in cell) for cell in cells)
    n = len(cells)
    print(f"{n} cells: {together:.0f} s of stages, {n} separate runs {apart:.0f} s, ratio {together / apart:.2f}")
    together, apart = together + extra, apart + n * extra
    print(f"  with controls and audits: {together:.0f} s, {apart:.0f} s, ratio {together / apart:.2f}")


if __name__ == "__main__":
    main()
