"""How long the main job takes, cold and warm, how much memory it needs, and how fast the command line starts.

``python benchmarks/speed/main_job.py`` runs ``eegrecon bench brainvis --ablate freq`` with an empty store, then again
with everything in it, and the light commands several times; it prints medians, spreads and the machine.
"""

from __future__ import annotations

import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPEATS = 7
LIGHT = (("--help",), ("list", "plugins"), ("list", "encoders"))
JOB = ("bench", "brainvis", "--ablate", "freq", "--quiet")


def seconds(arguments: tuple[str, ...], folder: Path) -> float:
    """Run the command line once in a folder and return its wall-clock time."""
    environment = {**os.environ, "EEGRECON_HOME": str(folder / "store")}
    start = time.perf_counter()
    command = [sys.executable, "-m", "eegrecon", *arguments]
    subprocess.run(command, check=True, cwd=folder, env=environment, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def peak_megabytes() -> float:
    """Largest resident memory of any finished child, in MB (Linux counts in kB)."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000


def machine() -> str:
    """Describe the machine in a line."""
    names = [line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    memory = next((int(line.split()[1]) / 1e6 for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), 0.0)
    processor = names[0] if names else platform.processor()
    return f"{os.cpu_count()} cores ({processor}), {memory:.0f} GB, Python {platform.python_version()}"


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines() if Path(path).is_file() else []


def main() -> None:
    """Measure and print."""
    print(f"machine: {machine()}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for arguments in LIGHT:
            times = [seconds(arguments, folder) for _ in range(REPEATS)]
            spread = f"{min(times):.2f}-{max(times):.2f}"
            print(f"eegrecon {' '.join(arguments)}: median {statistics.median(times):.2f} s ({spread}, {REPEATS} runs)")
        command = f"eegrecon {' '.join(JOB)}"
        print(f"{command}, empty store: {seconds(JOB, folder):.0f} s, peak memory {peak_megabytes():.0f} MB")
        times = [seconds(JOB, folder) for _ in range(3)]
        print(
            f"{command}, all in the store: median {statistics.median(times):.1f} s ({min(times):.1f}-{max(times):.1f})"
        )
        size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6
        print(f"store: {size:.0f} MB")


if __name__ == "__main__":
    main()
