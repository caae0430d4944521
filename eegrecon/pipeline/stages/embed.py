"""The stage of pictures in an encoder's space: those of the test trials, or other ones of their classes."""

from __future__ import annotations

import numpy as np

from eegrecon.interfaces import output_checks
from eegrecon.pipeline.context import Product, StageContext
from eegrecon.pipeline.stages.others import other_pictures


def embed(context: StageContext) -> Product:
    """Return the values (pictures, width) of the test pictures, or of a gallery with their label."""
    encoder, recordings = context.component, context.recordings
    others = other_pictures(recordings) if context.stage.share == "gallery" else None
    pictures = recordings.pictures if others is None else others.pictures
    label = {} if others is None else {"label": others.label}
    metadata = {"space": encoder.space}
    if not len(pictures):
        return Product({"values": np.zeros((0, 1)), **label}, metadata)
    returned = encoder.embed(context.weights, pictures, context.run)
    values = output_checks.floats(encoder, "embed", "pictures", returned, (len(pictures), None))
    return Product({"values": values, **label}, metadata)
