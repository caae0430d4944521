"""Pictures of the test classes that no test trial shows: those that a data set gives, or else its training pictures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eegrecon.interfaces.data import Gallery, Ints, Pictures, Pixels, Recordings


def other_pictures(recordings: Recordings) -> Gallery:
    """Return the other pictures of the classes of the test trials; empty where there are none.

    Those of the training trials are of the training share alone: validation trials may be test trials.
    """
    classes = np.unique(recordings.test.label)
    given = recordings.gallery
    if given is None:
        training = recordings.training
        shown, first = np.unique(training.train.image, return_index=True)
        label, captions = training.train.label[first], training.captions
        given = Gallery(
            SomePictures(training.pictures, shown),
            label,
            None if captions is None else [captions[int(row)] for row in shown],
        )
    rows = np.flatnonzero(np.isin(given.label, classes))
    captions = None if given.captions is None else [given.captions[int(row)] for row in rows]
    return Gallery(SomePictures(given.pictures, rows), np.asarray(given.label[rows], np.int64), captions)


@dataclass(frozen=True, eq=False)
class SomePictures:
    """Some of other pictures, in another order, decoded on demand."""

    pictures: Pictures
    rows: Ints

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, row: int, /) -> Pixels:
        """Return one picture."""
        return self.pictures[int(self.rows[row])]
