"""Peak memory of each loader as a function of the number of trials: EEG stays on disk, so it must stay flat.

    python benchmarks/speed/loaders.py [NAME ...]

For each form of files a folder with 1,000 and one with 20,000 trials of zeros is written; a process of its own then
converts it, loads its first subject and reads all trials in batches. What is measured is the private memory of that
process (without pages of mapped files, as in memory.py). A loader whose library is not installed is left out, and said.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import pickle
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from memory import own_megabytes
from PIL import Image

TRIALS = (1_000, 20_000)
CHANNELS, SAMPLES, SFREQ = 16, 100, 100.0
REPEATS, EACH, TEST = 4, 10, 5  # of a picture; pictures of a concept; concepts of the test
BATCH = 128
NAMES = [f"C{number}" for number in range(1, CHANNELS + 1)]


def picture(path: Path) -> None:
    """Write a picture."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (8, 8)).save(path)


def zeros(*shape: int) -> Any:
    """Return EEG (…, channels, samples)."""
    return np.zeros((*shape, CHANNELS, SAMPLES), np.float32)


def shown_table(root: Path, name: str, rows: list[tuple[str, bool, str, str]]) -> None:
    """Write what each trial of flat files shows: partition, whether it was dropped, picture, category."""
    import pyarrow
    from pyarrow import parquet

    columns = dict(zip(("partition", "dropped", "image_path", "category_name"), zip(*rows, strict=True), strict=True))
    parquet.write_table(pyarrow.table({key: list(values) for key, values in columns.items()}), root / name)


def things(folder: Path, trials: int, form: str) -> None:
    """Write THINGS-EEG2 in one of its three forms: so many training trials, each a repeat, and a few test trials."""
    import torch

    root, concepts = folder / "Preprocessed_data_250Hz" / "sub-01", trials // REPEATS // EACH
    rows: list[tuple[str, bool, str, str]] = []
    root.mkdir(parents=True)
    common = {"ch_names": NAMES, "times": np.arange(SAMPLES) / SFREQ}
    for partition, short, number, each in (("training", "train", concepts, EACH), ("test", "test", TEST, 1)):
        names = [f"{c:05d}_{short}{c}/{k:02d}.jpg" for c in range(1, number + 1) for k in range(each)]
        for name in names:
            picture(folder / f"{partition}_images" / name)
        if form == "pt":
            shown = np.tile(np.array([f"{short}_images/{name}" for name in names])[:, None], (1, REPEATS))
            content = {"eeg": zeros(len(names), REPEATS), "img": shown, "session": np.zeros(shown.shape), **common}
            torch.save(content, root / f"{short}.pt", pickle_protocol=5)
            continue
        eeg = zeros(len(names) * REPEATS) if form == "flat" else zeros(len(names), REPEATS)
        rows += [(f"stim_{short}", False, f"{short}_images/{n}", "") for n in np.repeat(names, REPEATS).tolist()]
        file = root / f"preprocessed_eeg_{partition}{'_flat' if form == 'flat' else ''}.npy"
        file.write_bytes(pickle.dumps({"preprocessed_eeg_data": eeg, **common}, protocol=4))
    if form == "flat":
        shown_table(root, "experiment_metadata.parquet", rows)


def eegcvpr40(folder: Path, trials: int) -> None:
    """Write EEGCVPR40: a subject, pictures of four classes, four trials of each picture, and the lists of a split."""
    import torch

    labels, segments = ("n02106662", "n02124075", "n02281787", "n02389026"), []
    images = [f"{label}_{number}" for label in labels for number in range(trials // REPEATS // len(labels))]
    for number, name in enumerate(images):
        picture(folder / "image" / name.partition("_")[0] / f"{name}.JPEG")
        label = labels.index(name.partition("_")[0])
        segments += [
            {"eeg": torch.zeros(CHANNELS, 500), "image": number, "label": label, "subject": 1} for _ in range(REPEATS)
        ]
    rows = np.arange(len(segments))
    share = np.array(["train"] * 8 + ["val", "test"])[rows // REPEATS % 10]
    torch.save({"dataset": segments, "labels": list(labels), "images": images}, folder / "eeg_5_95_std.pth")
    lists = {name: rows[share == name].tolist() for name in ("train", "val", "test")}
    torch.save({"splits": [lists]}, folder / "block_splits_by_image_all.pth")


def alljoined(folder: Path, trials: int) -> None:
    """Write Alljoined-1.6M as published: flat files and a table of what each trial shows."""
    root, rows, first = folder / "preprocessed_eeg" / "sub-01", [], 1
    root.mkdir(parents=True)
    for partition, name, pictures in (("training", "stim_train", trials // REPEATS), ("test", "stim_test", TEST)):
        shown = np.repeat(np.arange(first, first + pictures), REPEATS).tolist()
        for number in range(first, first + pictures):
            picture(folder / "stimuli" / "images" / f"{number:05d}.jpg")
        rows += [(name, False, f"/stimuli/images/{n:05d}.jpg", f"{name}{n // EACH}") for n in shown]
        content = {"preprocessed_eeg_data": zeros(len(shown)), "ch_names": NAMES, "times": np.arange(SAMPLES) / SFREQ}
        (root / f"preprocessed_eeg_{partition}_flat.npy").write_bytes(pickle.dumps(content, protocol=4))
        first += pictures
    shown_table(root, "experiment_metadata_categories.parquet", rows)


def eeg_imagenet(folder: Path, trials: int) -> None:
    """Write EEG-ImageNet: blocks of 50 pictures of two classes, as many subjects as it takes."""
    import torch

    labels, block, segments = ("n02106662", "n02124075"), 50, []
    for label in labels:
        for k in range(block):
            picture(folder / "imageNet_images" / label / f"{label}_{k}.JPEG")
    for number in range(trials // block):
        label, subject = labels[number % 2], number // 2
        segments += [
            {"eeg_data": torch.zeros(CHANNELS, 501), "granularity": "coarse", "subject": subject, "label": label,
             "image": f"{label}_{k}.JPEG"} for k in range(block)
        ]  # fmt: skip
    content = {"dataset": segments, "labels": list(labels), "images": []}
    torch.save(content, folder / "EEG-ImageNet_1.pth")


def stimuli(folder: Path) -> list[str]:
    """Write twenty pictures and, in ``stimuli.csv``, an event for each; return the events' names."""
    names = [f"{label}_{number}" for label in ("a", "b") for number in range(EACH)]
    for name in names:
        picture(folder / "pictures" / f"{name}.png")
    lines = [f"{name},pictures/{name}.png,{name[0]}" for name in names]
    (folder / "stimuli.csv").write_text("\n".join(["event,picture,class", *lines]))
    return names


def info() -> Any:
    """Return MNE's description of the channels."""
    import mne

    return mne.create_info(NAMES, SFREQ, "eeg", verbose="error")


def epochs(folder: Path, trials: int) -> None:
    """Write a file of epochs."""
    import mne

    names = stimuli(folder)
    codes = np.arange(trials) % len(names) + 1
    events = np.column_stack([np.arange(trials) * (SAMPLES + 1), np.zeros(trials, int), codes])
    known = {name: code for code, name in enumerate(names, 1)}
    made = mne.EpochsArray(np.zeros((trials, CHANNELS, SAMPLES)), info(), events, event_id=known, verbose="error")
    made.save(folder / "sub-01-epo.fif", fmt="single", verbose="error")


def raw(path: Path, trials: int) -> None:
    """Write a continuous recording with a second for each trial."""
    import mne

    made = mne.io.RawArray(np.zeros((CHANNELS, (trials + 2) * SAMPLES)), info(), verbose="error")
    made.save(path, fmt="single", verbose="error")


def continuous(folder: Path, trials: int) -> None:
    """Write a continuous recording with a table of its events."""
    names = stimuli(folder)
    raw(folder / "sub-01_raw.fif", trials)
    lines = [f"{number + 1},{names[number % len(names)]}" for number in range(trials)]
    (folder / "sub-01_events.csv").write_text("\n".join(["onset,event", *lines]))


def bids(folder: Path, trials: int) -> None:
    """Write a data set of BIDS."""
    place = folder / "sub-01" / "eeg" / "sub-01_task-a"
    place.parent.mkdir(parents=True)
    (folder / "dataset_description.json").write_text(json.dumps({"Name": "zeros", "BIDSVersion": "1.9.0"}))
    raw(Path(f"{place}_eeg.fif"), trials)
    shown = [f"{label}_{number}" for label in ("a", "b") for number in range(EACH)]
    for name in shown:
        picture(folder / "stimuli" / f"{name}.png")
    rows = (shown[number % len(shown)] for number in range(trials))
    lines = [f"{number + 1}\t0.1\t{name[0]}\t{name}.png" for number, name in enumerate(rows)]
    Path(f"{place}_events.tsv").write_text("\n".join(["onset\tduration\ttrial_type\tstim_file", *lines]))


@cache
def declared() -> str:
    """Register a study with neuralset, as any study is; return its name."""
    import pandas as pd
    from neuralset.events import study

    class Zeros2026Pictures(study.Study):  # type: ignore[misc]
        def iter_timelines(self) -> Iterator[dict[str, Any]]:
            yield {"subject": "1"}

        def _load_timeline_events(self, timeline: dict[str, Any]) -> Any:
            shown = pd.read_csv(self.path / "shown.csv")
            shown["type"], shown["duration"] = "Image", 0.1
            shown["filepath"] = [str(self.path / "pictures" / f"{name}.png") for name in shown["event"]]
            shown["category"] = [name[0] for name in shown["event"]]
            eeg = {"type": "Eeg", "filepath": str(self.path / "sub-01_raw.fif"), "start": "auto"}
            return pd.concat([pd.DataFrame([eeg]), shown])

    return str(Zeros2026Pictures.__name__)


def study(folder: Path, trials: int) -> None:
    """Write what that study reads."""
    root = folder / declared()
    root.mkdir()
    continuous(root, trials)
    table = (root / "sub-01_events.csv").read_text()
    (root / "shown.csv").write_text(table.replace("onset", "start", 1))


FORMS: dict[str, tuple[Callable[[Path, int], None], str, str]] = {  # what writes it, what reads it, the library needed
    "things-eeg2, npy": (lambda folder, trials: things(folder, trials, "npy"), "things-eeg2", ""),
    "things-eeg2, pt": (lambda folder, trials: things(folder, trials, "pt"), "things-eeg2", ""),
    "things-eeg2, flat": (lambda folder, trials: things(folder, trials, "flat"), "things-eeg2", "pyarrow"),
    "alljoined": (alljoined, "alljoined", "pyarrow"),
    "eegcvpr40": (eegcvpr40, "eegcvpr40", ""),
    "eeg-imagenet": (eeg_imagenet, "eeg-imagenet", ""),
    "mne-epochs, epochs": (epochs, "mne-epochs", ""),
    "mne-epochs, continuous": (continuous, "mne-epochs", ""),
    "bids": (bids, "bids", "mne_bids"),
    "neuralset": (study, "neuralset", "neuralset"),
}


def read(loader: str, folder: Path) -> None:
    """Load the first subject of a folder and read every trial, in a process that is measured."""
    from eegrecon.testing import PlainRun
    from eegrecon_datasets.bids.dataset import Bids
    from eegrecon_datasets.eeg_imagenet.dataset import EEGImageNet
    from eegrecon_datasets.eegcvpr40.dataset import EEGCVPR40
    from eegrecon_datasets.mne_epochs.dataset import MneEpochs
    from eegrecon_datasets.studies.dataset import NeuralsetStudy
    from eegrecon_datasets.things_eeg2.alljoined import Alljoined
    from eegrecon_datasets.things_eeg2.dataset import ThingsEEG2

    once: dict[str, Any] = {"train_average": 1, "test_average": 1, "trust_pickle": True}
    made: dict[str, Callable[[], Any]] = {
        "things-eeg2": lambda: ThingsEEG2(folder=str(folder), **once),
        "alljoined": lambda: Alljoined(folder=str(folder), **once),
        "eegcvpr40": lambda: EEGCVPR40(folder=str(folder)),
        "eeg-imagenet": lambda: EEGImageNet(folder=str(folder)),
        "mne-epochs": lambda: MneEpochs(folder=str(folder)),
        "bids": lambda: Bids(folder=str(folder)),
        "neuralset": lambda: NeuralsetStudy(folder=str(folder), study=declared()),
    }
    dataset = made[loader]()
    scratch = folder / "scratch"
    scratch.mkdir()
    recordings = dataset.load(dataset.subjects()[0], PlainRun(scratch))
    seen = 0
    for trials in (recordings.pool.train, recordings.pool.val, recordings.test):
        for first in range(0, len(trials.label), BATCH):
            seen += len(trials.eeg[first : first + BATCH])
    print(seen)


def peak(form: str, trials: int) -> tuple[float, float, int]:
    """Return the peak memory in MB, the seconds and the number of trials that were read."""
    write, loader, _ = FORMS[form]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "data"
        folder.mkdir()
        write(folder, trials)
        start, highest = time.perf_counter(), 0.0
        command = [sys.executable, __file__, "--read", loader, str(folder)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=dict(os.environ)) as process:
            while process.poll() is None:
                highest = max(highest, own_megabytes(process.pid))
                time.sleep(0.02)
            printed = process.stdout.read() if process.stdout is not None else ""
        if process.returncode:
            raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
        return highest, time.perf_counter() - start, int(printed)


def main() -> None:
    """Run the measurements and print them."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{'; '.join(FORMS)} (all)")
    parser.add_argument("--read", nargs=2, metavar=("LOADER", "FOLDER"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.read:
        read(asked.read[0], Path(asked.read[1]))
        return
    size = CHANNELS * SAMPLES * 4 / 1000
    print(f"peak memory (without pages of mapped files); a trial has {size:.1f} kB (EEG-ImageNet: 25.6 kB):")
    for form in asked.names or FORMS:
        needed = FORMS[form][2]
        if needed and importlib.util.find_spec(needed) is None:
            print(f"  {form:24} not measured: {needed} is not installed")
            continue
        for trials in TRIALS:
            megabytes, seconds, seen = peak(form, trials)
            print(f"  {form:24} {seen:6,} trials read  {megabytes:6.0f} MB  {seconds:4.0f} s (once)", flush=True)


if __name__ == "__main__":
    main()
