"""``--help`` and ``list`` import nothing heavy. (How long they take is measured in ``benchmarks/speed``.)"""

from __future__ import annotations

import subprocess
import sys

import pytest
from jobs import LIMIT

HEAVY = (
    "{'numpy', 'torch', 'scipy', 'sklearn', 'mne', 'diffusers', 'transformers', 'matplotlib', 'pydantic', 'open_clip'}"
)


@pytest.mark.parametrize("arguments", [["--help"], ["bench", "--help"], ["list", "plugins"], ["list", "encoders"]])
def test_a_light_command_imports_nothing_heavy(arguments: list[str]) -> None:
    code = f"""
import sys
sys.argv = ["eegrecon", *{arguments!r}]
from eegrecon.cli.main import main
try:
    main()
except SystemExit as end:
    assert end.code == 0
print("HEAVY", sorted({HEAVY} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=LIMIT)
    assert done.stdout.splitlines()[-1] == "HEAVY []"


def test_importing_eegrecon_imports_not_even_numpy() -> None:
    code = "import sys, eegrecon; print('numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=LIMIT)
    assert done.stdout.strip() == "False"
