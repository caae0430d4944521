"""Everything that is measured about speed and memory, in one run: ``python benchmarks/speed``.

It takes a quarter of an hour on two cores and should have the machine for itself. ``README.md`` holds its last output.
"""

from __future__ import annotations

import arithmetic
import main_job
import memory
import targets
import training_step
from machine import description


def main() -> None:
    """Measure and print."""
    print(f"machine: {description()}")
    for part in (main_job, arithmetic, memory, targets, training_step):
        print()
        part.main()


if __name__ == "__main__":
    main()
