"""Damage to what runs leave behind: stores and results."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

from damage import (
    AGAIN,
    AUDIT,
    BENCH,
    DAMAGES,
    ESCAPE,
    Attack,
    damaged,
    files,
    flipped,
    link,
    mutation,
    remove,
    replace,
)


def _artifacts(box: Path) -> list[Path]:
    return sorted(path.parent for path in (box / "store").glob("*/*/meta.json"))


def _reuse(rng: Random) -> Attack:
    others = (("cache", "list"), ("cache", "prune", "--yes"), ("cache", "prune", "--yes", "--older-than", "0.5"))
    return Attack(rng.choice((AGAIN, AGAIN, AUDIT, rng.choice(others))))


@mutation("store", "bits flipped")
def _store_flipped(rng: Random, box: Path) -> Attack:
    damaged(rng.choice(_artifacts(box)) / rng.choice(("meta.json", "arrays.safetensors")), "flipped", rng)
    return _reuse(rng)


@mutation("store", "a file of an artifact damaged")
def _store_damaged(rng: Random, box: Path) -> Attack:
    path = rng.choice(_artifacts(box)) / rng.choice(("meta.json", "arrays.safetensors"))
    damaged(path, rng.choice(DAMAGES), rng)
    return _reuse(rng)


@mutation("store", "two artifacts swapped")
def _swapped(rng: Random, box: Path) -> Attack:
    found = _artifacts(box)
    first = rng.choice(found)
    second = rng.choice(
        [path for path in found if path != first and (rng.random() < 0.2 or path.parent == first.parent)] or found
    )
    if first != second:
        aside = first.with_name("aside")
        first.rename(aside)
        second.rename(first)
        aside.rename(second)
    return _reuse(rng)


@mutation("store", "a description edited")
def _edited(rng: Random, box: Path) -> Attack:
    scores = [path for path in _artifacts(box) if path.parent.name == "score"]
    path = rng.choice((*scores, *_artifacts(box))) / "meta.json"
    replace(path, _edited_json(path.read_text(encoding="utf-8"), rng))
    return _reuse(rng)


@mutation("store", "a folder replaced by a link")
def _linked(rng: Random, box: Path) -> Attack:
    name = rng.choice(("artifact", "artifact", "scratch", "damaged", "locks", "ledger"))
    if name == "artifact":
        path = rng.choice(_artifacts(box))
        shutil.copytree(path, box / "elsewhere" / "artifact")
        link(path, box / "elsewhere" / rng.choice(("artifact", "project")))
    else:
        link(box / "store" / name, box / "elsewhere" / "project")
    return _reuse(rng)


@mutation("store", "files of others in it")
def _foreign(rng: Random, box: Path) -> Attack:
    names = (
        "mine/photo.jpg",
        "scratch/mine/work.txt",
        "damaged/photo.jpg",
        "score/notes.txt",
        "fit/mine/meta.json",
        "locks/x",
    )
    for name in rng.sample(names, 3):
        replace(box / "store" / name, "{}")
    return _reuse(rng)


@mutation("store", "locks, ledger and mark damaged")
def _around(rng: Random, box: Path) -> Attack:
    around = [path for path in files(box / "store") if path.name not in ("meta.json", "arrays.safetensors")]
    damaged(rng.choice(around), rng.choice(("flipped", *DAMAGES)), rng)
    return _reuse(rng)


def _leaves(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield container and key of every value in a JSON tree."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in list(items):
        yield value, key
        yield from _leaves(inner)


def _edited_json(text: str, rng: Random) -> str:
    """Return JSON with one value changed, a key removed or one added."""
    tree = json.loads(text)
    container, key = rng.choice(list(_leaves(tree)))
    value = container[key]
    wrong: tuple[Any, ...] = (
        None,
        "",
        -1,
        2**70,
        1e308,
        float("nan"),
        True,
        [],
        {},
        ESCAPE,
        "../elsewhere",
        [[]],
        {"x": 1},
        "\ud800",
    )
    match rng.randrange(4):
        case 0 if isinstance(value, int | float):
            container[key] = value + rng.choice((1, 0.125, -3))
        case 1 if isinstance(container, dict):
            del container[key]
        case 2 if isinstance(container, dict):
            container[rng.choice(("x", ESCAPE, "__class__"))] = rng.choice(wrong)
        case _:
            container[key] = rng.choice(wrong)
    return json.dumps(tree, indent=1, sort_keys=True)


def _audit(rng: Random) -> Attack:
    again = (*BENCH, "--audit", "none", "--out", "run")
    return Attack(rng.choice((AUDIT, AUDIT, AUDIT, (*AUDIT, "--json"), (*AUDIT, "--twice"), again)))


@mutation("result", "a value edited")
def _result_value(rng: Random, box: Path) -> Attack:
    path = box / "run" / "result.json"
    replace(path, _edited_json(path.read_text(encoding="utf-8"), rng))
    return _audit(rng)


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """Yield a JSON file's content, and replace the file by what has become of it."""
    tree = json.loads(path.read_text(encoding="utf-8"))
    yield tree
    replace(path, json.dumps(tree))


@mutation("result", "a score edited")
def _result_score(rng: Random, box: Path) -> Attack:
    with _opened(box / "run" / "result.json") as tree:
        row = rng.choice([row for row in tree["rows"] if row["scores"]])
        rng.choice((*row["scores"], *row["summaries"]))["value"] += 0.25
    return _audit(rng)


@mutation("result", "the request edited")
def _request(rng: Random, box: Path) -> Attack:
    shutil.copy(box / "elsewhere" / "evil.py", box / "run" / "evil.py")
    plugins = (
        ["elsewhere/evil.py"],
        ["run/evil.py"],
        [str(box / "run" / "evil.py")],
        ["small.py", "elsewhere/evil.py"],
    )
    wrong: tuple[tuple[str, Any], ...] = (
        *(("plugins", value) for value in plugins), ("benchmark", "elsewhere/x.toml"), ("data", "elsewhere"),
        ("data", "nowhere"), ("out", "elsewhere"), ("seeds", 2), ("seeds", 10**9), ("subjects", [7]), ("set", ["x=1"]),
        ("device", "banana"), ("audit", ["none"]), ("audit", ["x"]), ("control", "shuffle"), ("precision", "bf16"),
        ("ablate", ["all"]), ("profile", ESCAPE), ("nonsense", 1), ("benchmark", 7), ("plugins", "evil.py"),
    )  # fmt: skip
    name, value = rng.choice(wrong)
    with _opened(box / "run" / "result.json") as tree:
        tree["request"][name] = value
    return _audit(rng)


@mutation("result", "the folder that it names")
def _folder(rng: Random, box: Path) -> Attack:
    with _opened(box / "run" / "result.json") as tree:
        tree["folder"] = rng.choice(("elsewhere", str(box / "elsewhere"), "../elsewhere", "", ESCAPE, "/"))
    return _audit(rng)


@mutation("result", "bytes changed")
def _result_bytes(rng: Random, box: Path) -> Attack:
    path = box / "run" / "result.json"
    content = path.read_bytes()
    wrong = (
        flipped(content, rng), flipped(content, rng, 8), content[: rng.randrange(len(content))], b"", b"[" * 100_000,
        b"\xef\xbb\xbf" + content, content.decode().encode("utf-16"), content + b"x", b"null", b"[]", b"\0" * 99,
    )  # fmt: skip
    replace(path, rng.choice(wrong))
    return _audit(rng)


@mutation("result", "files replaced by links or folders")
def _result_links(rng: Random, box: Path) -> Attack:
    names = ("result.json", "table.md", "table.tex", "table.csv", "trials.csv", "pictures.png", ".result.json.part")
    for name in rng.sample(names, rng.choice((1, 3))):
        damaged(box / "run" / name, rng.choice(("a link", "a link", "a folder", "removed", "a dangling link")), rng)
    return _audit(rng)


@mutation("result", "result.json a link to a result elsewhere, a pipe")
def _result_elsewhere(rng: Random, box: Path) -> Attack:
    path = box / "run" / "result.json"
    if rng.random() < 0.5:
        shutil.copy(path, box / "elsewhere" / "result.json")
        link(path, box / "elsewhere" / "result.json")
    else:
        remove(path)
        os.mkfifo(path)
    return _audit(rng)
