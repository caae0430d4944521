"""Assembly of one subject's recordings of THINGS-EEG2 from the converted partitions and the pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from eegrecon import Arrays, Ints, InvalidConfiguration, Montage, Recordings, Training, Trials
from eegrecon.preprocessing import SelectedRows
from eegrecon_datasets.files.pictures import PictureFiles
from eegrecon_datasets.files.stacked import StackedRows
from eegrecon_datasets.files.text import names_in
from eegrecon_datasets.things_eeg2.published import PARTITIONS, UBP_17
from eegrecon_datasets.things_eeg2.stimuli import AllStimuli, Stimuli
from eegrecon_datasets.wording import counted

Selection = Literal["held-out-concepts", "test"]
_PICTURES = 100_000  # more than a partition has
_TRIALS = 100  # of one picture at most
_DRAW = (20220, 250)  # of the concepts for validation, which are the same for all subjects and seeds


@dataclass(frozen=True)
class Assembly:
    """Assembles recordings from converted partitions.

    Attributes:
        arrays: the products of `ThingsPartition`, by partition.
        stimuli: the pictures.
        channels: ``all``, ``ubp-17``, or names joined by ``+``.
        window: first time, and the time before which it ends, s from picture onset.
        validation: share of the training concepts that is held out.
        selection: what models are selected on.
    """

    arrays: Mapping[str, Arrays]
    stimuli: AllStimuli
    channels: str
    window: tuple[float, float]
    validation: float
    selection: Selection

    def recordings(self, subject: int, own: Sequence[int], pool: Sequence[int], protocol: str) -> Recordings:
        """Return the recordings of a subject.

        Args:
            subject: the subject to evaluate.
            own: the subjects whose training trials what belongs to this subject learns from.
            pool: those whose training trials may be learned from at all.
            protocol: a note on what the protocol rules out and what it cannot.

        Raises:
            InvalidConfiguration: there is no such channel, the window is empty, or nothing is left for training or
                validation.
        """
        test = self._trials("test", (subject,))
        training = self._training(own, test)
        return Recordings(
            training=training,
            pool=training if tuple(own) == tuple(pool) else self._training(pool, test),
            test=test,
            pictures=PictureFiles(self.stimuli.test.paths),
            captions=self.stimuli.test.captions,
            synsets=None,
            notes=(protocol, self._described(subject, own), *self.stimuli.notes),
            selected_on_test=self.selection == "test",
            gallery=self.stimuli.gallery,
        )

    def _training(self, subjects: Sequence[int], test: Trials) -> Training:
        """Return the training trials of some subjects, divided by concept, and all training pictures."""
        trials, shown = self._trials("training", subjects), self.stimuli.training
        held = np.isin(trials.label, self._held_out())
        train, val = _taken(trials, ~held), _taken(trials, held)
        paths, captions = shown.paths, shown.captions
        if self.selection == "test":
            val = Trials(**{**vars(test), "image": test.image + len(paths)})
            train = _taken(trials, np.ones(len(held), bool))
            paths = (*paths, *self.stimuli.test.paths)
            captions = None if captions is None else (*captions, *(self.stimuli.test.captions or ()))
        return Training(train, val, PictureFiles(paths), captions, self.stimuli.classes, self._montage())

    def _held_out(self) -> Ints:
        """Return the training concepts on which models are selected, the same for all subjects and seeds."""
        concepts = np.unique(self.stimuli.training.label)
        number = round(self.validation * len(concepts))
        if not 0 <= number < len(concepts):
            raise InvalidConfiguration(
                f"a share of {self.validation:g} of {counted(len(concepts), 'training concept')} for "
                "validation leaves none to train on; lower dataset.validation"
            )
        return np.sort(np.random.default_rng([*_DRAW, len(concepts)]).permutation(concepts)[:number])

    def _trials(self, partition: str, subjects: Sequence[int]) -> Trials:
        """Return the trials of some subjects whose picture is there and whose numbers are finite."""
        arrays, shown = self.arrays[partition], self._stimuli(partition)
        picture, session, subject, trial = [], [], [], []
        for person in subjects:
            own = np.asarray(arrays[f"picture/{person}"])
            start = np.searchsorted(np.sort(own), own, side="left")  # the first trial of the same picture
            order = np.argsort(own, kind="stable")
            number = np.empty(len(own), np.int64)
            number[order] = np.arange(len(own)) - start[order]
            part = person * len(PARTITIONS) + PARTITIONS.index(partition)
            trial.append((part * _PICTURES + own) * _TRIALS + number)
            picture.append(own)
            session.append(np.asarray(arrays[f"session/{person}"]))
            subject.append(np.full(len(own), person, np.int64))
        image = shown.row[np.concatenate(picture)]
        rows = np.flatnonzero(image >= 0)
        eeg = StackedRows([arrays[f"eeg/{person}"] for person in subjects], self._channels(), self._window())
        block = np.concatenate(session)[rows]
        return Trials(
            eeg=SelectedRows(eeg, rows),
            subject=np.concatenate(subject)[rows],
            trial=np.concatenate(trial)[rows],
            label=shown.label[image[rows]],
            image=image[rows],
            block=block if (block >= 0).all() else None,
        )

    def _stimuli(self, partition: str) -> Stimuli:
        return self.stimuli.training if partition == "training" else self.stimuli.test

    def _channels(self) -> Ints:
        """Return the numbers of the configured channels."""
        names = names_in(np.asarray(self.arrays["training"]["channels"]))
        wanted = {"all": names, "ubp-17": UBP_17}.get(self.channels, tuple(self.channels.split("+")))
        place = {name.lower(): number for number, name in enumerate(names)}
        if unknown := [name for name in wanted if name.strip().lower() not in place]:
            raise InvalidConfiguration(
                f"there is no channel {unknown[0]!r} (dataset.channels); there are: {', '.join(names)}"
            )
        return np.array([place[name.strip().lower()] for name in wanted], np.int64)

    def _times(self) -> NDArray[np.float64]:
        return np.asarray(self.arrays["training"]["times"], np.float64)

    def _window(self) -> slice:
        times, half = self._times(), np.diff(self._times()).mean() / 2
        start, stop = np.searchsorted(times, np.asarray(self.window) - half)  # times are not exact
        if stop - start < 2:
            raise InvalidConfiguration(
                f"the window {self.window[0]:g} to {self.window[1]:g} s (dataset.window) has fewer than "
                f"two samples; those of the files go from {times[0]:g} to {times[-1]:g} s"
            )
        return slice(int(start), int(stop))

    def _montage(self) -> Montage:
        names = names_in(np.asarray(self.arrays["training"]["channels"]))
        times, window = self._times(), self._window()
        sfreq = 1 / float(np.diff(times).mean())
        return Montage(tuple(names[row] for row in self._channels()), sfreq, float(times[window.start]), "z")

    def _described(self, subject: int, own: Sequence[int]) -> str:
        """Return a note on everything that the numbers of a run depend on here."""
        averaged = {
            name: _listed(np.concatenate([np.asarray(self.arrays[name][f"repeats/{person}"]) for person in people]))
            for name, people in (("training", own), ("test", (subject,)))
        }
        held = len(self._held_out())
        selected = {
            "held-out-concepts": f"models are selected on {held} training concepts that are not trained on",
            "test": "models are selected on the test trials",
        }
        return (
            f"a training trial is the mean of {averaged['training']} and a test trial of {averaged['test']}; "
            f"{counted(len(self._channels()), 'channel')}, {self.window[0]:g} to {self.window[1]:g} s; "
            f"{selected[self.selection]}"
        )


def _listed(repeats: Ints) -> str:
    """Return the numbers of repeats that trials are means of: ``4 repeats``, ``3 to 4 repeats``."""
    low, high = int(repeats.min()), int(repeats.max())
    return counted(low, "repeat") if low == high else f"{low} to {high} repeats"


def _taken(trials: Trials, chosen: NDArray[np.bool_]) -> Trials:
    rows = np.flatnonzero(chosen)
    return trials.take(rows, SelectedRows(trials.eeg, rows))
