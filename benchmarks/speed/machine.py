"""Shared by all measurements: description of the machine and interleaved timing."""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable, Mapping
from pathlib import Path


def description() -> str:
    """Return cores, processor, memory and Python version in one line."""
    names = [line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    memory = next((int(line.split()[1]) / 1e6 for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), 0.0)
    processor = names[0] if names else platform.processor()
    return f"{os.cpu_count()} cores ({processor}), {memory:.0f} GB, Python {platform.python_version()}"


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines() if Path(path).is_file() else []


def interleaved(works: Mapping[str, Callable[[], object]], repeats: int) -> dict[str, list[float]]:
    """Time several functions in turn, so that a slow phase of the machine affects all of them.

    Args:
        works: functions by name.
        repeats: calls of each.

    Returns:
        Seconds of every call, by name.
    """
    seconds: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(repeats):
        for name, work in works.items():
            start = time.perf_counter()
            work()
            seconds[name].append(time.perf_counter() - start)
    return seconds


def spread(values: list[float], unit: str = "s") -> str:
    """Format the median and the range of repeated measurements."""
    median = statistics.median(values)
    digits = 0 if median >= 100 else 1 if median >= 10 else 2 if median >= 0.1 else 4
    return f"{median:.{digits}f} {unit} ({min(values):.{digits}f} to {max(values):.{digits}f}, {len(values)} times)"


def flags() -> str:
    """Return the CPU flags that determine the speed of matrix products."""
    line = next((line for line in _lines("/proc/cpuinfo") if line.startswith("flags")), "")
    return " ".join(sorted(flag for flag in line.split() if flag.startswith(("avx", "amx", "fma")))) or "unknown"
