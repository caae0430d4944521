"""The stage of the targets: class names and pictures embedded in a conditioner's space."""

from __future__ import annotations

from collections.abc import Sequence

from eegrecon.errors import DataError
from eegrecon.interfaces import output_checks
from eegrecon.interfaces.data import Arrays, Pictures, Recordings, Targets, Training
from eegrecon.pipeline.context import Product, StageContext
from eegrecon.pipeline.stages.others import other_pictures
from eegrecon.registry.digests import digest


def targets(context: StageContext) -> Product:
    """Return coarse targets (classes, tokens, width) and, where there are captions, fine ones (pictures, …).

    The pictures are those of the training trials, of the test trials, or of a gallery, with their label.
    """
    recordings, conditioner = context.recordings, context.component
    pictures, captions, label = _pictures(recordings, context.stage.share)
    classes = recordings.training.classes
    coarse = output_checks.targets(conditioner, "coarse", conditioner.coarse(classes, context.run), len(classes))
    fine = conditioner.fine(pictures, captions, context.run) if len(pictures) else None
    metadata = {"texts": _digest_of_texts(captions, len(pictures)), "space": conditioner.identity}
    if fine is None:
        return Product({"coarse": coarse, **label}, metadata)
    checked = output_checks.targets(conditioner, "fine", fine, len(pictures), coarse)
    return Product({"coarse": coarse, "fine": checked, **label}, metadata)


def _pictures(recordings: Recordings, share: str) -> tuple[Pictures, Sequence[str] | None, Arrays]:
    """Return the pictures of a share, their captions, and of a gallery their label."""
    if share == "gallery":
        others = other_pictures(recordings)
        return others.pictures, others.captions, {"label": others.label}
    holder = recordings if share.startswith("test") else recordings.training
    return holder.pictures, holder.captions, {}


def training_targets(context: StageContext, data: Training) -> Targets:
    """Return the targets of training pictures.

    Raises:
        DataError: they belong to other pictures, because the data set wrongly declares its pictures common.
    """
    if context.input("targets").metadata["texts"] != _digest_of_texts(data.captions, len(data.pictures)):
        raise DataError(
            f"{type(context.stage.dataset).__name__} gives subject {context.stage.subject} other training pictures "
            "than earlier subjects, but declares them common; return the same list for all subjects, or set "
            "common_pictures to False"
        )
    return context.targets


def _digest_of_texts(captions: Sequence[str] | None, pictures: int) -> str:
    """Return the digest of what targets are computed from."""
    return digest([pictures, None if captions is None else list(captions)])
