"""The stages that train: learners, aligners and generators."""

from __future__ import annotations

from typing import Any

from eegrecon.interfaces import output_checks
from eegrecon.interfaces.components import Fitted
from eegrecon.pipeline.context import Product, StageContext
from eegrecon.pipeline.stages.targets import training_targets


def fit(context: StageContext) -> Product:
    """Return the weights of a learner."""
    return _weights(context, context.component.fit(context.training, context.run))


def fit_aligner(context: StageContext) -> Product:
    """Return the weights of an aligner."""
    data = context.training
    targets = training_targets(context, data)
    return _weights(context, context.component.fit(context.encoder, data, targets, context.run))


def fit_generator(context: StageContext) -> Product:
    """Return the weights of a generator."""
    aligner = Fitted(context.stage.context["aligner"], context.arrays("aligner")) if context.has("aligner") else None
    data = context.training
    targets = training_targets(context, data)
    return _weights(context, context.component.fit(context.encoder, aligner, data, targets, context.run))


def _weights(context: StageContext, returned: Any) -> Product:
    return Product(output_checks.weights(context.component, "fit", returned))
