"""Which class was named for which, counted from the trials of a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from eegrecon.reporting.trials import Line

MOST = 50  # classes of a matrix; of more, the most frequent confusions are listed
_LISTED = 8  # confusions


@dataclass(frozen=True)
class Confusion:
    """Trials by true and predicted class.

    Attributes:
        classes: names in alphabetical order.
        counts: trials by true class (row) and predicted class (column); empty for more than `MOST` classes.
        trials: number of trials.
        right: number of trials whose class was named.
        frequent: the most frequent confusions: true class, predicted class, trials, trials of the true class.
    """

    classes: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    trials: int
    right: int
    frequent: tuple[tuple[str, str, int, int], ...]


def confusion(lines: Iterable[Line]) -> Confusion | None:
    """Return the confusions of some trials; None where no class was predicted.

    Args:
        lines: of ``trials.csv``, of one row.
    """
    pairs = Counter((str(line["label"]), str(line["predicted"])) for line in lines if line.get("predicted"))
    if not pairs:
        return None
    classes = tuple(sorted({name for pair in pairs for name in pair}))
    of_class: Counter[str] = Counter()
    for (label, _), count in pairs.items():
        of_class[label] += count
    wrong = [(*pair, count, of_class[pair[0]]) for pair, count in pairs.items() if pair[0] != pair[1]]
    wrong.sort(key=lambda found: (-found[2], found[0], found[1]))
    matrix = tuple(tuple(pairs[label, predicted] for predicted in classes) for label in classes)
    return Confusion(
        classes=classes,
        counts=matrix if len(classes) <= MOST else (),
        trials=pairs.total(),
        right=sum(count for (label, predicted), count in pairs.items() if label == predicted),
        frequent=tuple(wrong[:_LISTED]),
    )
