from __future__ import annotations

import sys

from jobs import ROOT

sys.path.insert(0, str(ROOT / "benchmarks" / "validity"))  # where a script finds the modules beside it
