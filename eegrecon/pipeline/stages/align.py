"""The stage of the conditioning tokens of the test trials."""

from __future__ import annotations

from eegrecon.interfaces import output_checks
from eegrecon.pipeline.context import Product, StageContext
from eegrecon.pipeline.stages.variation import constant_outputs


def align(context: StageContext) -> Product:
    """Return conditioning tokens (n, tokens, width)."""
    signals, aligner = context.signals, context.component
    tokens = aligner.align(context.weights, context.encoder, signals, context.run)
    shape = (len(signals.trial), None, None)
    arrays = {"tokens": output_checks.floats(aligner, "align", "tokens", tokens, shape)}
    return Product(arrays, constant_outputs(arrays))
