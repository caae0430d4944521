"""The stage of the encoder's output on the test trials."""

from __future__ import annotations

from eegrecon.interfaces import output_checks
from eegrecon.pipeline.context import Product, StageContext
from eegrecon.pipeline.stages.variation import constant_outputs


def encode(context: StageContext) -> Product:
    """Return embedding (n, width) and, for an encoder that classifies, logits (n, classes)."""
    n, encoder = len(context.arrays("test")["trial"]), context.component
    returned = encoder.encode(context.weights, context.signals, context.run)
    features = output_checks.features(encoder, returned, n, len(context.classes))
    logits = {} if features.logits is None else {"logits": features.logits}
    arrays = {"embedding": features.embedding, **logits}
    return Product(arrays, constant_outputs(arrays))
