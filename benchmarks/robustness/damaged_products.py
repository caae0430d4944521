"""Mutations of what a run wrote: artifacts of the store, and results."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import damaged_files as files
from attempt import MARKER, Kind, Place


def _artifacts(place: Place) -> list[Path]:
    return sorted(meta.parent for meta in place.store.glob("*/*/meta.json"))


def _file(place: Place, rng: random.Random) -> Path:
    return rng.choice(_artifacts(place)) / rng.choice(("meta.json", "arrays.safetensors"))


def _on_artifact(damage: Callable[[Path, random.Random], str]) -> Callable[[Place, random.Random], str]:
    def mutate(place: Place, rng: random.Random) -> str:
        file = _file(place, rng)
        return f"{file.parent.parent.name}/{damage(file, rng)}"

    return mutate


def _swap(place: Place, rng: random.Random) -> str:
    """Exchange two artifacts of one stage, or of any two, or one of their files."""
    folders = _artifacts(place)
    first = rng.choice(folders)
    same = [folder for folder in folders if folder.parent == first.parent and folder != first]
    second = rng.choice(same or [folder for folder in folders if folder != first])
    what = rng.choice(("", "meta.json", "arrays.safetensors"))
    return f"{first.parent.name}, {second.parent.name}: {files.swap(first / what, second / what)}"


def _meta(place: Place, rng: random.Random) -> str:
    """Edit a description."""
    file = rng.choice(_artifacts(place)) / "meta.json"
    meta = json.loads(file.read_text())
    if rng.random() < 0.5:  # a score
        file = rng.choice(sorted(place.store.glob("score/*/meta.json")))
        meta = json.loads(file.read_text())
        scores = meta["metadata"]["scores"]
        score = scores[rng.choice(sorted(scores))]
        score[rng.choice(("value", "n", "chance"))] = rng.choice((0.999, 5, -1, None, "x", float("nan"), 1e400))
        how = f"score {score}"
    else:
        path, new = _change(meta, rng)
        how = f"{path} = {new!r}"
    file.write_text(json.dumps(meta, indent=1, sort_keys=True))
    return f"{file.parent.parent.name}/meta.json: {how[:100]}"


def _header(place: Place, rng: random.Random) -> str:
    """Replace the header of the arrays; half of the time with a checksum that fits, but no seal."""
    from eegrecon.registry.resources import content_digest

    folder = rng.choice(_artifacts(place))
    file = folder / "arrays.safetensors"
    header = rng.choice((b"{}", b'{"a":{"dtype":"F64","shape":[9],"data_offsets":[0,9999999]}}', b"[" * 9999, b"{" * 9))
    size = rng.choice((len(header), 2**63, 2**31, 0))
    file.write_bytes(size.to_bytes(8, "little") + header)
    if rng.random() < 0.5:
        meta = json.loads((folder / "meta.json").read_text())
        meta["checksum"] = content_digest(file)
        (folder / "meta.json").write_text(json.dumps(meta))
    return f"{folder.parent.name}/arrays.safetensors: header {header[:20]!r}, size {size}"


def _strangers(place: Place, rng: random.Random) -> str:
    """Put things of others into the store, or in the place of its folders."""
    artifact = rng.choice(_artifacts(place))
    how = rng.choice(("link artifact", "link stage", "link locks", "file as stage", "notes", "link ledger", "scratch"))
    if how == "link artifact":
        shutil.rmtree(artifact)
        artifact.symlink_to(place.decoy / "score")
    elif how == "link stage":
        shutil.rmtree(artifact.parent)
        artifact.parent.symlink_to(place.decoy)
    elif how == "file as stage":
        shutil.rmtree(artifact.parent)
        artifact.parent.write_text("x")
    elif how == "notes":
        (artifact / "notes.txt").write_text("mine")
        (place.store / "locks" / "x.lock").mkdir()
    elif how == "scratch":
        shutil.rmtree(artifact)
        scratch = place.store / "scratch" / artifact.parent.name / artifact.name
        scratch.parent.mkdir(parents=True, exist_ok=True)
        scratch.write_text("x")
    else:
        folder = place.store / how.partition(" ")[2]
        shutil.rmtree(folder, ignore_errors=True)
        if how == "link ledger":
            folder.write_text("x")
        else:
            folder.symlink_to(place.decoy / "nothing" / "here")
    return f"{artifact.parent.name}/{artifact.name[:8]}: {how}"


def _change(value: Any, rng: random.Random) -> tuple[str, Any]:
    """Replace a random leaf, or remove a random key, of a JSON document in place; return its path and new value."""
    path = ""
    while True:
        key = rng.choice(sorted(value) if isinstance(value, dict) else range(len(value)))
        path += f".{key}"
        if not (isinstance(value[key], dict | list) and value[key]) or rng.random() < 0.1:
            break
        value = value[key]
    wrong = (
        None, -1, 0, 1e400, float("nan"), "x", "", [], {}, [None], True, 2**70, "../../decoy", "\x1b[2Jx", "a" * 10_000,
        {"a": {"a": {}}}, "\ud800",
    )  # fmt: skip
    new = rng.choice(wrong)
    if isinstance(value, dict) and rng.random() < 0.2:
        del value[key]
        return path, "removed"
    value[key] = new
    return path, new


def _edited(edit: Callable[[Any, random.Random], str]) -> Callable[[Place, random.Random], str]:
    """Return a mutation that edits result.json."""

    def mutate(place: Place, rng: random.Random) -> str:
        file = place.run / "result.json"
        record = json.loads(file.read_text())
        text = edit(record, rng)
        file.write_text(json.dumps(record, indent=1))
        return f"result.json: {text[:120]}"

    return mutate


def _any_field(record: Any, rng: random.Random) -> str:
    path, new = _change(record, rng)
    return f"{path} = {new!r}"


def _numbers(record: Any, rng: random.Random) -> str:
    row = rng.choice(record["rows"])
    kind = rng.choice(("scores", "summaries"))
    score = rng.choice(row[kind])
    name = rng.choice(sorted(name for name, value in score.items() if isinstance(value, float)))
    old, score[name] = score[name], rng.choice((0.999, 1.0, 0.0, -0.5, score[name] + 1e-6))
    return f"{row['label']}, {kind}, {score['column']}, {name}: {old} -> {score[name]}"


def _request(record: Any, rng: random.Random) -> str:
    """Edit the options that the result records."""
    changes = {
        "benchmark": ("../decoy/x.toml", "brainvis", "", 5, "decoy/evil.py", "/dev/zero/x"),
        "data": ("decoy", "/", "nowhere", "", None, 5),
        "plugins": (["nowhere.py"], "small.py", [5], [], ["/dev/null"]),
        "out": ("decoy", "../x", "/", 5),
        "device": ("cuda:99", "banana", 5),
        "precision": ("fp8", None),
        "subjects": ([1, 1], [99], [], "1", [-1], None),
        "seeds": (-1, 0, 2**70, "x", 2),
        "set": (["encoder.x=1"], ["x"], [5], "x", ["dataset.folder=decoy"], ["dataset.band=raw"]),
        "control": (["none"], ["all", "none"], ["x"], 5),
        "audit": (["none"], ["x"], []),
        "ablate": (["x"], ["all"], 5),
        "recompute": (["x"], ["encoder"], ["score"]),
        "unknown": (1,),
        "protocol": ("published", "x"),
    }
    name = rng.choice(sorted(changes))
    record["request"][name] = rng.choice(changes[name])
    return f"request.{name} = {record['request'][name]!r}"


def _plugins(place: Place, rng: random.Random) -> str:
    """Name a plugin that must not be executed: in the run's folder, in the decoy tree, or in the text of the command."""
    shutil.copy(place.decoy / "evil.py", place.run)
    (place.run / "sitecustomize.py").write_text(f"open('decoy/{MARKER}', 'w')")
    evil = rng.choice(("run/evil.py", "decoy/evil.py", str(place.decoy / "evil.py"), "run/../decoy/evil.py"))

    def edit(record: Any, rng: random.Random) -> str:
        kept = ["small.py"] if rng.random() < 0.5 else []
        record["request"]["plugins"] = [*kept, evil]
        record["command"] += f" --plugin {evil}; python {evil}"
        return f"plugins {record['request']['plugins']}"

    return _edited(edit)(place, rng)


def _bytes(place: Place, rng: random.Random) -> str:
    damage = rng.choice((files.flip, files.flip, files.truncate, files.truncate, files.replace, files.remove))
    return damage(place.run / "result.json", rng)


def _links(place: Place, rng: random.Random) -> str:
    """Replace files of the result, or its folder, by symbolic links."""
    how = rng.choice(("file", "file", "file", "all", "folder"))
    if how == "folder":
        moved = place.decoy / "run"
        shutil.move(place.run, moved)
        place.run.symlink_to(moved)
        return "the folder is a link"
    held = sorted(path for path in place.run.iterdir())
    return "; ".join(files.link(file, rng) for file in (held if how == "all" else [rng.choice(held)]))


def _other_files(place: Place, rng: random.Random) -> str:
    """Damage tables and pictures of the result."""
    file = rng.choice(sorted(path for path in place.run.iterdir() if path.name not in ("result.json", "trials.csv")))
    return rng.choice((files.flip, files.truncate, files.remove, files.replace))(file, rng)


STORES = (
    Kind("store: bits flipped", 14, _on_artifact(files.flip)),
    Kind("store: truncated", 8, _on_artifact(files.truncate)),
    Kind("store: removed", 6, _on_artifact(files.remove)),
    Kind("store: replaced", 8, _on_artifact(files.replace)),
    Kind("store: links", 8, _on_artifact(files.link)),
    Kind("store: exchanged", 12, _swap),
    Kind("store: meta.json edited", 20, _meta),
    Kind("store: headers", 8, _header),
    Kind("store: things of others", 10, _strangers),
    Kind("store, audited: bits flipped", 6, _on_artifact(files.flip), audit=True),
    Kind("store, audited: meta.json edited", 8, _meta, audit=True),
    Kind("store, audited: exchanged", 6, _swap, audit=True),
)
RESULTS = (
    Kind("result: numbers", 16, _edited(_numbers), audit=True),
    Kind("result: any field", 22, _edited(_any_field), audit=True),
    Kind("result: options", 20, _edited(_request), audit=True),
    Kind("result: plugins", 8, _plugins, audit=True),
    Kind("result: bytes", 14, _bytes, audit=True),
    Kind("result: links", 10, _links, audit=True),
    Kind("result: tables and pictures", 8, _other_files, audit=True),
)
