"""Finished runs as lines of a file, each with its whole result, so that statements can be counted again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from eegrecon import Result


@dataclass(frozen=True)
class Finished:
    """One run of a world."""

    world: str
    seed: int
    seconds: float
    result: Result


def read(file: Path) -> list[Finished]:
    """Return the finished runs of a file; a last line that an interruption cut off is removed from it.

    Raises:
        SystemExit: the file has something else than runs, and stays as it is; or runs of one world are of different
            benchmark files, so that they cannot be counted together.
    """
    if not file.is_file():
        return []
    text = file.read_bytes()
    if text and not text.startswith(b"{"):
        raise SystemExit(f"{file} has no runs; `xz -dk` unpacks those that are shipped")
    if not text.endswith(b"\n"):
        text = text[: text.rfind(b"\n") + 1]
        file.write_bytes(text)
    lines = (json.loads(line) for line in text.splitlines())
    found = [
        Finished(line["world"], line["seed"], line["seconds"], Result.model_validate(line["result"])) for line in lines
    ]
    digests = {(one.world, one.result.digest) for one in found}
    for world in {one.world for one in found}:
        if len([name for name, _ in digests if name == world]) > 1:
            raise SystemExit(f"{file} has runs of {world} from different benchmark files; give another --results FILE")
    return found


def append(file: Path, one: Finished) -> None:
    """Add a finished run to a file."""
    result = one.result.model_dump(mode="json", by_alias=True)
    line = json.dumps({"world": one.world, "seed": one.seed, "seconds": round(one.seconds, 1), "result": result})
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a", encoding="utf-8") as stream:
        stream.write(line + "\n")
