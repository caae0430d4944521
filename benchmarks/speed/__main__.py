"""All measurements of speed and memory in one run: ``python benchmarks/speed``.

Takes a quarter of an hour on two cores and should be the only work on the machine. ``README.md`` has its last output.
"""

from __future__ import annotations

import arithmetic
import main_job
import memory
import targets
import training_step
from machine import description


def main() -> None:
    """Run all measurements and print them."""
    print(f"machine: {description()}")
    for part in (main_job, arithmetic, memory, targets, training_step):
        print()
        part.main()


if __name__ == "__main__":
    main()
