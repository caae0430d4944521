"""The stage of the test trials: their truth, in random order and under opaque identities.

Neither identity nor order reveals block or time to an encoder. Both depend on the content of the test set alone, so
that a change of code leaves the noise of every generated picture as it is.
"""

from __future__ import annotations

import hashlib

import numpy as np

from eegrecon.errors import DataError
from eegrecon.interfaces.data import Ints, Pictures
from eegrecon.pipeline.context import ATTRIBUTE, Product, StageContext
from eegrecon.registry.digests import digest


def test_trials(context: StageContext) -> Product:
    """Return the test trials of a subject.

    Raises:
        DataError: there are none under this protocol.
    """
    recordings = context.recordings
    trials = recordings.test
    if len(trials.trial) == 0:
        raise DataError(f"subject {context.stage.subject} has no test trials under this protocol; choose another")
    picture = _picture_identities(recordings.pictures, trials.image)
    columns = (trials.subject, trials.trial, trials.label, picture)
    salt = digest(sorted(zip(*(column.tolist() for column in columns), strict=True)))
    identity = np.array([_opaque(salt, int(trial)) for trial in trials.trial], np.int64)
    order = np.argsort(identity, kind="stable")
    arrays = {
        "row": order,
        "trial": identity[order],
        "index": trials.trial[order],
        "subject": trials.subject[order],
        "label": trials.label[order],
        "image": trials.image[order],
        "picture": picture[order],
    }
    arrays |= {"block": trials.block[order]} if trials.block is not None else {}
    arrays |= {"order": trials.order[order]} if trials.order is not None else {}
    arrays |= {f"{ATTRIBUTE}{name}": known[trials.image][order] for name, known in recordings.attributes.items()}
    training = recordings.training
    metadata = {
        "classes": list(training.classes),
        "occurring": list(recordings.occurring),
        "zero_shot": recordings.zero_shot,
        "synsets": list(recordings.synsets) if recordings.synsets else None,
        "notes": list(recordings.notes),
        "selected_on_test": recordings.selected_on_test,
        "counts": {"train": len(training.train.trial), "val": len(training.val.trial), "test": len(order)},
    }
    return Product({name: np.asarray(array, np.int64) for name, array in arrays.items()}, metadata)


def _picture_identities(pictures: Pictures, image: Ints) -> Ints:
    """Return a number for the content of each trial's picture, (n,), equal for equal pictures everywhere."""
    rows = set(image)
    numbers = {row: _opaque(hashlib.blake2b(pictures[row].tobytes(), digest_size=8).hexdigest(), 0) for row in rows}
    return np.array([numbers[row] for row in image], np.int64)


def _opaque(salt: str, number: int) -> int:
    return int.from_bytes(hashlib.blake2b(f"{salt}:{number}".encode(), digest_size=8).digest(), "big") >> 1
