"""The test of a design on EEG without a brain: what linear readers find there, they find in the design.

Under the labels, pictures and shares of a data set, EEG that knows nothing of the pictures must score chance. Where it
does not, time of recording or trials in two shares reveal what is to be decoded, and so may every real score.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from eegrecon.errors import MissingFiles
from eegrecon.interfaces.components import Aligner, Encoder, Fitted, Run
from eegrecon.interfaces.data import Finding, Floats, Ints, Recordings, Signals, Targets, Trials
from eegrecon.interfaces.pictures import Thumbnails
from eegrecon.pipeline.tools.brainless import without_brain

DRAWS = 5  # of EEG without a brain
PERMUTATIONS = 999
ALPHA = 0.01
SIDE = 8  # of the thumbnails that stand for pictures where no test class is trained


@dataclass(frozen=True)
class Readers:
    """The linear readers: an encoder of classes, and an aligner that reads pictures from its embedding."""

    encoder: Encoder
    aligner: Aligner


def findings(recordings: Recordings, readers: Readers, run: Run, rest: Path | None) -> Iterator[Finding]:
    """Yield what readers find in EEG without a brain.

    Args:
        recordings: of one subject, under one protocol.
        readers: linear ones.
        run: shows progress.
        rest: a recording without pictures to use beside noise; None for noise alone.

    Raises:
        MissingFiles: there is no such recording.
    """
    if rest is not None and not rest.is_file():
        raise MissingFiles(f"there is no recording {rest}; name one that MNE reads with --rest")
    shown = _Thumbnails.of(recordings, run) if recordings.zero_shot else None
    kinds: Mapping[str, Path | None] = {"noise": None} | ({"rest": rest} if rest else {})
    for kind, path in kinds.items():
        hits, chosen, known = [], [], True
        with run.progress(DRAWS, f"reading EEG without a brain ({kind})") as progress:
            for draw in range(DRAWS):
                null, known = without_brain(recordings, draw, path)
                if recordings.zero_shot:
                    value, permuted = _pictures(null, readers, run, draw, shown)
                else:
                    value, permuted = _classes(null, readers, run, draw)
                hits.append(value)
                chosen.append(permuted)
                progress.advance()
        yield _finding(recordings, kind, float(np.mean(hits)), np.mean(chosen, axis=0), known)


def _classes(null: Recordings, readers: Readers, run: Run, draw: int) -> tuple[float, Floats]:
    """Return the share of test trials whose class the encoder names, and under permutations, (permutations,)."""
    weights = readers.encoder.fit(null.training, run)
    logits = readers.encoder.encode(weights, null.test.signals(), run).logits
    assert logits is not None
    predicted = logits.argmax(axis=1)
    hit = float((predicted == null.test.label).mean())
    return hit, np.array([(predicted == null.test.label[order]).mean() for order in _orders(null.test, draw)])


@dataclass(frozen=True, eq=False)
class _Thumbnails:
    """The pictures of training and test at a small size, (pictures, 1, numbers), and what stands for classes there."""

    training: Floats
    test: Floats
    coarse: Floats

    @classmethod
    def of(cls, recordings: Recordings, run: Run) -> _Thumbnails:
        """Decode all pictures once."""
        space, training = Thumbnails(SIDE), recordings.training
        test = space.fine(recordings.pictures, None, run)
        return cls(space.fine(training.pictures, None, run), test, space.coarse(training.classes, run))


def _pictures(
    null: Recordings, readers: Readers, run: Run, draw: int, thumbnails: _Thumbnails | None
) -> tuple[float, Floats]:
    """Return the mean share of other test pictures that are farther than the true one, and under permutations."""
    assert thumbnails is not None
    training, fine = null.training, thumbnails.training
    targets = Targets(thumbnails.coarse, fine)
    encoder = Fitted(readers.encoder, readers.encoder.fit(training, run))
    weights = readers.aligner.fit(encoder, training, targets, run)
    test = null.test
    tokens = readers.aligner.align(weights, encoder, Signals(test.eeg, test.subject, test.trial), run)
    shown, true = np.unique(test.image, return_inverse=True)
    wanted = thumbnails.test[shown].reshape(len(shown), -1)
    centre = fine.reshape(len(fine), -1).mean(axis=0)
    likeness = _unit(tokens.reshape(len(tokens), -1) - centre) @ _unit(wanted - centre).T  # (n, pictures)
    farther = (np.argsort(np.argsort(likeness, axis=1), axis=1)) / max(1, len(shown) - 1)  # share that is less alike
    rows = np.arange(len(true))
    permuted = np.array([farther[rows, true[order]].mean() for order in _orders(test, draw)])
    return float(farther[rows, true].mean()), permuted


def _unit(values: Floats) -> Floats:
    return np.asarray(values / np.maximum(np.linalg.norm(values, axis=1, keepdims=True), 1e-12))


def _orders(test: Trials, draw: int) -> Iterator[Ints]:
    rng = np.random.default_rng([draw, 5])
    for _ in range(PERMUTATIONS):
        yield rng.permutation(len(test.trial))


def _finding(recordings: Recordings, kind: str, value: float, permuted: Floats, known: bool) -> Finding:
    p = (1 + int((permuted >= value - 1e-12).sum())) / (len(permuted) + 1)
    subject, n = int(recordings.test.subject[0]), len(recordings.test.trial)
    what = {
        "noise": "noise with the spectrum, correlation and slow changes of the recording",
        "rest": "a recording of rest cut in the order of presentation",
    }[kind]
    found = (
        f"{value:.3f} of pairs of a true and another picture in order"
        if recordings.zero_shot
        else f"the class of {value:.3f} of {n} test trials named"
    )
    numbers = f"{found}, by permuted trials {permuted.mean():.3f} (p = {p:.2g}, {DRAWS} draws)"
    blind = (
        "" if known else "; neither order nor blocks of the trials are known, so slow changes could reveal nothing here"
    )
    where = f"EEG without a brain, subject {subject}: {what}, read by straight lines: {numbers}"
    if p < ALPHA:
        return Finding(False, f"the design leaks: {where}. What is decoded here is decoded without a brain")
    return Finding(True, f"{where}: no leak of the design found{blind}")
