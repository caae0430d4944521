"""Which class of a judge stands for which class of a data set."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from eegrecon import DataError, Ints, Judge


def judge_classes(classes: Sequence[str], synsets: Sequence[str] | None, judge: Judge) -> Ints:
    """Number of the judge's class for each class of a data set: by WordNet id where both have one, else by name.

    A judge's name may list synonyms after commas ("pug, pug-dog"); case, spaces and underscores do not matter.

    Returns:
        (classes,) numbers of the judge's classes.

    Raises:
        DataError: the judge does not know a class, or knows two of that name.
    """
    by_synset = {synset: number for number, synset in enumerate(judge.synsets or ())}
    by_name: dict[str, list[int]] = {}
    for number, listed in enumerate(judge.classes):
        for name in {_plain(synonym) for synonym in listed.split(",")} | {_plain(listed)}:
            by_name.setdefault(name, []).append(number)
    numbers = []
    for index, name in enumerate(classes):
        synset = synsets[index] if synsets else None
        found = [by_synset[synset]] if synset in by_synset else by_name.get(_plain(name), [])
        numbers.append(_only(found, name, synset, judge))
    return np.array(numbers, np.int64)


def _only(found: Sequence[int], name: str, synset: str | None, judge: Judge) -> int:
    if len(found) == 1:
        return found[0]
    which = f"{name!r} (WordNet id {synset or 'not given'})"
    if found:
        raise DataError(
            f"the judge {judge.identity} has {len(found)} classes called {which}, and no WordNet id tells them apart; "
            "give the data set WordNet ids, or the class another name"
        )
    raise DataError(
        f"the judge {judge.identity} has no class {which} among its {len(judge.classes)}; choose a judge that was "
        'trained on the data set\'s classes, or score against its own guess on the true picture with truth = "judge"'
    )


def _plain(name: str) -> str:
    return " ".join(name.replace("_", " ").casefold().split())
