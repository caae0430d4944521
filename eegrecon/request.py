"""What is asked of a benchmark: a value that a command line and a result hold alike."""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from eegrecon import controls
from eegrecon.components import Precision


@dataclass(frozen=True)
class Request:
    """What is asked of a benchmark; the fields are the command line's options."""

    benchmark: str  # a name, or the path of a benchmark file
    profile: str | None = None
    table: str | None = None
    ablate: tuple[str, ...] = ()
    grid: tuple[str, ...] = ()
    sweep: tuple[str, ...] = ()
    set: tuple[str, ...] = ()
    control: tuple[str, ...] = controls.USUAL
    audit: tuple[str, ...] = ("all",)
    subjects: tuple[int, ...] | None = None  # None: as the benchmark says; (): all
    seeds: int = 1
    protocol: str | None = None
    data: str | None = None
    allow_missing_pictures: bool = False
    out: str | None = None
    device: str = "auto"
    precision: Precision = "fp32"
    fresh: tuple[str, ...] = ()
    plugins: tuple[str, ...] = ()

    def command(self) -> str:
        """Return the command line that asks the same."""
        words = ["eegrecon", "bench", self.benchmark]
        words += ["--profile", self.profile] if self.profile else []
        words += ["--table", self.table] if self.table else []
        words += ["--ablate", ",".join(self.ablate)] if self.ablate else []
        words += [word for axis in self.grid for word in ("--grid", axis)]
        words += [word for text in self.sweep for word in ("--sweep", text)]
        words += [word for text in self.set for word in ("--set", text)]
        default = Request.__dataclass_fields__["control"].default
        words += ["--control", ",".join(self.control) or "none"] if self.control != default else []
        words += ["--audit", ",".join(self.audit) or "none"] if self.audit != ("all",) else []
        if self.subjects is not None:
            words += ["--subjects", ",".join(map(str, self.subjects)) or "all"]
        words += ["--seeds", str(self.seeds)] if self.seeds != 1 else []
        words += ["--data", self.data] if self.data else []
        words += ["--protocol", self.protocol] if self.protocol else []
        words += ["--allow-missing-pictures"] if self.allow_missing_pictures else []
        words += ["--device", self.device] if self.device != "auto" else []
        words += ["--precision", self.precision] if self.precision != "fp32" else []
        words += ["--fresh", ",".join(self.fresh)] if self.fresh else []
        words += ["--out", self.out] if self.out else []
        words += [word for file in self.plugins for word in ("--plugin", file)]
        return shlex.join(words)

    def as_options(self) -> dict[str, Any]:
        """Return what differs from the defaults, for a result, but for what has been done with it (fresh, out)."""
        given = {item.name: getattr(self, item.name) for item in dataclasses.fields(self)}
        defaults = {item.name: item.default for item in dataclasses.fields(self)}
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in given.items()
            if name not in ("fresh", "out") and value != defaults[name]
        }

    @classmethod
    def of_options(cls, options: Mapping[str, Any]) -> Request:
        """Return the request that a result records, its lists as tuples again."""
        given: dict[str, Any] = {n: tuple(value) if isinstance(value, list) else value for n, value in options.items()}
        return cls(**given)
