"""Damage to what a user brings: data folders and benchmark files."""

from __future__ import annotations

import io
import json
import os
import pickle
import zipfile
from pathlib import Path
from random import Random
from typing import Any

from damage import AGAIN, BENCH, DAMAGES, ESCAPE, NASTY, Attack, damaged, files, mutation, remove, replace


def _read(rng: Random) -> Attack:
    """Return the command that reads a data folder: most often a benchmark."""
    return Attack(rng.choice((AGAIN, AGAIN, (*BENCH, "--dry-run"), ("data", "check", "data"))))


@mutation("data", "bits of a .pth file flipped")
def _data_flipped(rng: Random, box: Path) -> Attack:
    damaged(rng.choice(files(box / "data", "*.pth")), "flipped", rng)
    return _read(rng)


@mutation("data", "a .pth file or table damaged")
def _data_damaged(rng: Random, box: Path) -> Attack:
    path = rng.choice([*files(box / "data", "*.pth"), *files(box / "data", "*.csv")])
    damaged(path, rng.choice(DAMAGES), rng)
    return _read(rng)


@mutation("data", "a picture damaged")
def _picture(rng: Random, box: Path) -> Attack:
    path = rng.choice(files(box / "data" / "image"))
    png = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\xea\x60\x00\x00\xea\x60\x08\x02\x00\x00\x00"
    contents = (
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(elsewhere/executed) (w) file closefile\n", png + bytes(40),
        b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF89a" + bytes(9), b"\xff\xd8\xff" + bytes(60),
    )  # fmt: skip
    if rng.random() < 0.5:
        replace(path, rng.choice(contents))
    else:
        damaged(path, rng.choice(DAMAGES), rng)
    return _read(rng)


@mutation("data", "a table with other contents")
def _table(rng: Random, box: Path) -> Attack:
    name = rng.choice(("captions.csv", "classes.csv", "image_order.txt", "channels.txt"))
    contents = (
        b"\xff\xfe\x00i\x00m", b"image,caption\n" + b"\x00" * 50, f"image,caption\n{ESCAPE},x\n".encode(),
        b"\xef\xbb\xbf", b"a,b,c\n1,2\n3\n", b'image,caption\n"open', b"wnid,name\n" + b"n1,x\n" * 3,
        b"x" * 200_000, b"../../elsewhere\n",
    )  # fmt: skip
    replace(box / "data" / name, rng.choice(contents))
    return _read(rng)


@mutation("data", "EEG segments with wrong values")
def _segments(rng: Random, box: Path) -> Attack:
    import torch

    path = box / "data" / "eeg_5_95_std.pth"
    content = torch.load(path, weights_only=True)
    segment = content["dataset"][rng.randrange(len(content["dataset"]))]
    eeg = segment["eeg"]
    wrong: tuple[tuple[str, Any], ...] = (
        ("label", 2**62), ("label", -1), ("label", "0"), ("label", None), ("label", 0.5), ("image", 10**6),
        ("image", -1), ("image", [0]), ("subject", "1"), ("subject", float("nan")), ("subject", 2**62),
        ("eeg", torch.full_like(eeg, float("nan"))), ("eeg", torch.full_like(eeg, float("inf"))), ("eeg", eeg[0]),
        ("eeg", eeg[:5]), ("eeg", eeg.to(torch.complex64)), ("eeg", "x"), ("eeg", None), ("eeg", eeg[:, :0]),
    )  # fmt: skip
    whole: tuple[dict[str, Any], ...] = (
        {"dataset": []}, {"images": ["../../elsewhere/photo"] * 200}, {"images": [ESCAPE] * 200}, {"images": [7] * 200},
        {"labels": []}, {"labels": [ESCAPE] * 12}, {"dataset": "x"}, {"labels": None}, {"images": []},
    )  # fmt: skip
    if rng.random() < 0.65:
        name, value = rng.choice(wrong)
        segment[name] = value
    else:
        content |= rng.choice(whole)
    remove(path)
    torch.save(content, path)
    return _read(rng)


@mutation("data", "split lists with wrong numbers")
def _splits(rng: Random, box: Path) -> Attack:
    import torch

    path = rng.choice(files(box / "data", "block_splits*"))
    splits = torch.load(path, weights_only=True)
    split = splits["splits"][0]
    share = rng.choice(("train", "val", "test"))
    wrong: tuple[Any, ...] = (
        [10**9],
        [-500],
        [0.5],
        ["x"],
        [],
        None,
        "x",
        [2**70],
        [split["train"]],
        [True],
        [float("nan")],
    )
    split[share] = rng.choice(wrong)
    remove(path)
    torch.save(rng.choice((splits, splits, splits, {"splits": []}, [], {"splits": {}}, None)), path)
    return _read(rng)


class _Command:
    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.system, ("touch elsewhere/executed",)


@mutation("data", "a pickle that runs a command")
def _pickle(rng: Random, box: Path) -> Attack:
    path, code = rng.choice(files(box / "data", "*.pth")), pickle.dumps(_Command(), protocol=2)
    if rng.random() < 0.5:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("archive/data.pkl", code)
            archive.writestr("archive/version", "3\n")
        code = packed.getvalue()
    replace(path, code)
    return _read(rng)


def _bench(rng: Random) -> Attack:
    command = rng.choice((AGAIN, AGAIN, AGAIN, (*BENCH, "--dry-run"), ("show", "small.toml", "--plugin", "small.py")))
    return Attack(command, "common")


def _lines(box: Path) -> list[str]:
    return (box / "small.toml").read_text(encoding="utf-8").splitlines()


@mutation("benchmark", "a line deleted, doubled or moved")
def _line(rng: Random, box: Path) -> Attack:
    lines = _lines(box)
    line = lines.pop(rng.randrange(len(lines)))
    if rng.random() < 0.5:
        copies = rng.choice((1, 2))
        for _ in range(copies):
            lines.insert(rng.randrange(len(lines)), line)
    replace(box / "small.toml", "\n".join(lines))
    return _bench(rng)


@mutation("benchmark", "a value replaced")
def _value(rng: Random, box: Path) -> Attack:
    lines = _lines(box)
    row = rng.choice([row for row, line in enumerate(lines) if "=" in line])
    lines[row] = f"{lines[row].partition('=')[0]}= {rng.choice(NASTY)}"
    replace(box / "small.toml", "\n".join(lines))
    return _bench(rng)


@mutation("benchmark", "a section or field that does not belong")
def _section(rng: Random, box: Path) -> Attack:
    value, word = rng.choice(NASTY), json.dumps(rng.choice(("x", "use", ESCAPE, "", "a.b", "../elsewhere")))
    word = word.replace("\x9b", "\\u009b")
    added = (
        f"[metric.{word}]\n", f"[profile]\na = {value}\n", f"[profile.b]\nextends = {value}\n",
        f"[table.{word}]\nrows = {value}\n",
        f"[encoder]\n{word} = {value}\n", f"[dataset]\nfolder = {value}\n", f"[aligner]\nuse = {value}\n",
        f"[[published]]\nlabel = {value}\n", f"[metric.accuracy]\n{word} = {value}\n",
        f"[profile.c]\ndataset.eeg = {value}\n",
        f"[profile.{word}]\nencoder.use = {value}\n", f"[metric.more]\nuse = {value}\n",
    )  # fmt: skip
    replace(box / "small.toml", "\n".join((*_lines(box), rng.choice(added))))
    return _bench(rng)


@mutation("benchmark", "a hostile name")
def _name(rng: Random, box: Path) -> Attack:
    names = (
        "../../elsewhere/x", "../elsewhere", "/elsewhere", "..", ".", "", " ", "a/b", "a\\b", "x" * 5_000, "CON", "\0",
        ESCAPE, "~", "-x", "${HOME}", "a\nb", "\ud800",
    )  # fmt: skip
    name = json.dumps(rng.choice(names)).replace("\x9b", "\\u009b")
    replace(box / "small.toml", f"name = {name}\n" + "\n".join(_lines(box)[1:]))
    return Attack((*BENCH, "--audit", "none"), "common")  # into a folder that the name gives


@mutation("benchmark", "bytes changed")
def _bytes(rng: Random, box: Path) -> Attack:
    content = (box / "small.toml").read_bytes()
    if rng.random() < 0.6:
        at = rng.choice([at for at, byte in enumerate(content) if not chr(byte).isdigit()])
        content = content[:at] + bytes([rng.choice([*range(48), *range(58, 256)])]) + content[at + 1 :]
    else:
        wrong = (
            b"\xef\xbb\xbf" + content, content.decode().encode("utf-16"), content + b"\0", b"x = " + b"[" * 100_000,
            b"",
            content[: rng.randrange(len(content))], content + b"x = " + b"9" * 5_000, content.replace(b"\n", b"\r"),
        )  # fmt: skip
        content = rng.choice(wrong)
    replace(box / "small.toml", content)
    return _bench(rng)


@mutation("benchmark", "the file itself")
def _file(rng: Random, box: Path) -> Attack:
    damaged(box / "small.toml", rng.choice(DAMAGES), rng)
    return _bench(rng)
