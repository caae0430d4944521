"""Peak memory of a whole benchmark as a function of the number of trials: EEG stays on disk, so it must stay flat.

Measures private memory of the process (``RssAnon`` and ``RssShmem`` of Linux), without pages of mapped files: they are
cache, which the kernel frees on demand.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CLASSES, SUBJECTS = 12, 2
TRIALS = (1_000, 5_000, 20_000)
JOB = (
    "bench", "brainvis", "--quiet", "--control", "none", "--subjects", "1", "--set", "generator=none", "--set",
    "aligner=none", "--set", "encoder.epochs=1", "--set", "encoder.time.epochs=1", "--set",
    "encoder.time.pretrain.epochs=1", "--set", "encoder.freq.epochs=1",
    "--set", f"dataset.recording.subjects={SUBJECTS}",
)  # fmt: skip


def own_megabytes(pid: int) -> float:
    """Return the private memory of a process, in MB."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    fields = dict(line.split(":", 1) for line in lines)
    return sum(int(fields.get(field, "0 kB").split()[0]) for field in ("RssAnon", "RssShmem")) / 1000


def peak(per_class: int, folder: Path) -> tuple[float, float]:
    """Run the job on a number of pictures per class; return its peak memory in MB and its seconds."""
    environment = {**os.environ, "EEGRECON_HOME": str(folder / "store")}
    command = [sys.executable, "-m", "eegrecon", *JOB, "--set", f"dataset.recording.pictures_per_class={per_class}"]
    start, highest = time.perf_counter(), 0.0
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            highest = max(highest, own_megabytes(process.pid))
            time.sleep(0.05)
    if process.returncode not in (0, 3):  # 3: an audit of this short training failed
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    return highest, time.perf_counter() - start


def main() -> None:
    """Run the measurements and print them."""
    print("peak memory (without pages of mapped files), one epoch of each network, no pictures generated:")
    for trials in TRIALS:
        per_class = round(trials / CLASSES / SUBJECTS)
        with tempfile.TemporaryDirectory() as name:
            megabytes, seconds = peak(per_class, Path(name))
            eeg = sum(file.stat().st_size for file in Path(name).glob("store/prepare/*/*")) / 1e6
        label = f"{per_class * CLASSES * SUBJECTS} trials ({eeg:.0f} MB of EEG in the store)"
        print(f"  {label:44} {megabytes:6.0f} MB  {seconds:4.0f} s (once)", flush=True)


if __name__ == "__main__":
    main()
