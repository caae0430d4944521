"""Checks of what looks at pictures: conditioners, captioners and judges."""

from __future__ import annotations

import numpy as np

from eegrecon.interfaces import output_checks
from eegrecon.interfaces.data import Arrays, Pixels
from eegrecon.testing.plain_run import seeded
from eegrecon.testing.suite import TOLERANCE, Case, check, difference, unchanged
from eegrecon.testing.toy_components import CLASSES
from eegrecon.testing.toy_data import ToyPictures, toy_recordings

NUMBER = 10  # pictures


def _pixels() -> Pixels:
    recordings = toy_recordings()
    return np.stack([recordings.pictures[row] for row in range(NUMBER)])


def _embedded(case: Case, rows: np.ndarray) -> Arrays:
    """Return a conditioner's targets of some pictures and of the classes, checked."""
    pictures, captions, run = _pixels()[rows], toy_recordings().captions or (), case.run()
    with seeded(case.component, run):
        coarse = output_checks.targets(case.component, "coarse", case.component.coarse(CLASSES, run), len(CLASSES))
        fine = case.component.fine(ToyPictures(pictures), [captions[row] for row in rows], run)
    if fine is None:
        return {"coarse": coarse}
    return {"coarse": coarse, "fine": output_checks.targets(case.component, "fine", fine, len(rows), coarse)}


@check("conditioner")
def targets(case: Case) -> None:
    """``coarse`` and ``fine`` return finite tokens of one shape that half precision can hold, also without captions."""
    _embedded(case, np.arange(NUMBER))
    run = case.run()
    with seeded(case.component, run):
        fine = case.component.fine(ToyPictures(_pixels()), None, run)
    if fine is not None:
        output_checks.targets(case.component, "fine", fine, NUMBER)


@check("conditioner")
def each_by_itself(case: Case) -> None:
    """A picture's target does not change with the other pictures, nor from call to call."""
    rows = np.array([7, 2, 5])
    every, some = _embedded(case, np.arange(NUMBER)), _embedded(case, rows)
    expected = {"coarse": every["coarse"], **({"fine": every["fine"][rows]} if "fine" in every else {})}
    name, largest = difference(expected, some)
    if largest > 10 * TOLERANCE:  # in half precision
        raise case.failed(
            name or "fine",
            f"returns other targets for some of the pictures than among all (by {largest:.2g})",
            "embed every picture and text by itself, and draw no random numbers",
        )


@check("captioner")
def captions(case: Case) -> None:
    """``captions`` yields a text for every picture, and the same again."""
    with seeded(case.component, case.run()):
        first = list(case.component.captions(ToyPictures(_pixels()), case.run()))
        second = list(case.component.captions(ToyPictures(_pixels()), case.run()))
    if len(first) != NUMBER or not all(isinstance(text, str) and text.strip() for text in first):
        raise case.failed("captions", f"yielded {len(first)} texts for {NUMBER} pictures", "yield one text for each")
    if first != second:
        raise case.failed("captions", "yields other texts the second time", "take the likeliest words, draw none")


def _views(case: Case, pictures: Pixels) -> Arrays:
    run = case.run()
    with seeded(case.component, run):
        returned = case.component.look(pictures, run)
    return dict(output_checks.views(case.component, returned, len(pictures)))


@check("judge")
def views(case: Case) -> None:
    """``look`` returns finite features (n, width), and logits with a score for each of its classes."""
    found = _views(case, _pixels())
    if "features" not in found or found["features"].ndim != 2:
        raise case.failed("look", "returned no matrix features (n, width)", 'add {"features": …} to what it returns')
    if "logits" in found and found["logits"].shape != (NUMBER, len(case.component.classes)):
        shape, classes = found["logits"].shape, len(case.component.classes)
        raise case.failed("look", f"returned logits {shape} for {classes} classes", "return one score for each class")
    missing = sorted(set(case.component.attributes.values()) - set(found))
    if missing:
        raise case.failed("attributes", f"names the layers {', '.join(missing)}", "return them from look()")


@check("judge")
def batch_size(case: Case) -> None:
    """A picture's views do not change with the pictures that are seen with it."""
    every = _views(case, _pixels())
    for size in (1, 3):
        found = [_views(case, _pixels()[start : start + size]) for start in range(0, NUMBER, size)]
        joined = {name: np.concatenate([views[name] for views in found]) for name in every}
        name, largest = difference(every, joined)
        if largest > TOLERANCE:
            raise case.failed(
                "look",
                f"returns other {name} for {size} pictures at a time than for {NUMBER} (by {largest:.2g})",
                "use no statistics of the batch (torch: network.eval()) and draw no random numbers",
            )


@check("judge")
def pictures_unchanged(case: Case) -> None:
    """``look`` does not write into the pictures that it receives."""
    pixels = _pixels()
    with unchanged(case, "look", pictures=pixels):
        _views(case, pixels)
