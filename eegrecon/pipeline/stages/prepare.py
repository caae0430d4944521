"""The stage of a preparation: files converted once for all subjects, seeds and protocols."""

from __future__ import annotations

from eegrecon.interfaces import output_checks
from eegrecon.pipeline.context import Product, StageContext


def prepare(context: StageContext) -> Product:
    """Return the arrays of a preparation."""
    return Product(output_checks.weights(context.component, "prepare", context.component.prepare(context.run)))
