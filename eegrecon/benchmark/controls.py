"""Controls: variants in which the inputs change and the method stays, which show where a score comes from.

There are four kinds. *Signals*: the fitted method receives other test EEG. *Training*: everything is trained on trials
whose labels and pictures are permuted. *Conditions*: the generator receives a class or a caption instead of what was
decoded. *Pictures*: training pictures replace the generated ones. A score that survives a control of the first two
kinds does not come from the EEG; the gain of *Full* over the last two is what the EEG adds to a class name, or to a
picture of the training set.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from eegrecon.errors import UsageError, unknown
from eegrecon.interfaces.components import Need

Changes = Literal["signals", "training", "conditions", "pictures"]


@dataclass(frozen=True)
class Control:
    """What a control changes, and its label in the table.

    Attributes:
        name: the value of ``--control``.
        about: the label.
        changes: what is replaced.
        short: the label where room is scarce, at most 20 characters.
        constant: whether it gives every trial the same.
    """

    name: str
    about: str
    changes: Changes
    short: str
    constant: bool = False

    @property
    def decodes(self) -> bool:
        """Whether a decoded class reaches its pictures."""
        return self.changes in ("signals", "training") or self.name == "predicted-label"


CONTROLS = {
    control.name: control
    for control in (
        Control("shuffle", "EEG shuffled across test trials", "signals", "EEG shuffled"),
        Control("shuffle-within-class", "EEG shuffled within the class", "signals", "shuffled in class"),
        Control("noise", "noise of the EEG's spectrum", "signals", "EEG is noise"),
        Control("mean", "the mean EEG for every trial", "signals", "EEG is the mean", constant=True),
        Control("zeros", "EEG of zeros", "signals", "EEG is zero", constant=True),
        Control("label-shuffle", "trained on shuffled labels", "training", "labels shuffled"),
        Control("predicted-label", "only the predicted class", "conditions", "predicted class only"),
        Control("true-label", "only the true class", "conditions", "true class only"),
        Control("oracle", "the true caption and class", "conditions", "true caption"),
        Control("constant-prompt", "one class for every trial", "conditions", "one class for all", constant=True),
        Control("random-picture", "a random training picture", "pictures", "random picture"),
        Control("nearest-picture", "the nearest training picture", "pictures", "nearest picture"),
    )
}
DEFAULT_CONTROLS = ("shuffle", "predicted-label", "oracle")


def select_controls(requested: Iterable[str]) -> tuple[Control, ...]:
    """Return the controls of these names, of ``all``, or of ``none``.

    Raises:
        UnknownName: there is no such control.
        UsageError: ``none`` together with others.
    """
    names = selected(requested, "--control")
    if "all" in names:
        return tuple(CONTROLS.values())
    for name in names:
        if name not in CONTROLS:
            raise unknown("control", name, [*CONTROLS, "all", "none"], "--control")
    return tuple(CONTROLS[name] for name in names)


def selected(requested: Iterable[str], where: str) -> list[str]:
    """Return each requested name once; none for ``none``.

    Raises:
        UsageError: ``none`` together with others.
    """
    names = list(dict.fromkeys(requested))
    if "none" in names and len(names) > 1:
        raise UsageError(f"{where} {','.join(names)}: none excludes all others; leave it out, or the others")
    return [] if names == ["none"] else names


def refusal(control: Control, needs: frozenset[Need] | None) -> str:
    """Return why a control does not apply to a method, or an empty string.

    Args:
        control: the control.
        needs: the inputs of the method's generator; None where there is no generator.
    """
    if control.changes not in ("conditions", "pictures"):
        return ""
    if needs is None:
        return "there is no generator, so no pictures"
    if control.changes == "conditions" and "signals" in needs:
        return "the generator reads the EEG itself, so its conditions cannot be replaced"
    if control.name == "nearest-picture" and "tokens" not in needs:
        return "the generator takes no tokens, so there is nothing to compare pictures with"
    return ""
