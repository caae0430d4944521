"""BrainVis (arXiv:2312.14871): the reference method of the toolkit, part by part."""

from eegrecon import hookimpl


@hookimpl
def eegrecon_components() -> dict[str, str]:
    """Name the components of the method."""
    return {
        "learner.brainvis-lmm": "eegrecon_brainvis.components.pretraining:LatentMaskedModel",
        "learner.brainvis-time": "eegrecon_brainvis.components.time_branch:TimeBranch",
        "learner.brainvis-frequency": "eegrecon_brainvis.components.frequency_branch:FrequencyBranch",
        "learner.brainvis-frequency-cnn": "eegrecon_brainvis.components.frequency_branch:ConvolutionalFrequencyBranch",
        "encoder.brainvis": "eegrecon_brainvis.components.encoder:BrainVisEncoder",
        "aligner.brainvis": "eegrecon_brainvis.components.aligner:Interpolation",
        "conditioner.clip-text": "eegrecon_brainvis.components.conditioner:ClipText",
        "generator.brainvis": "eegrecon_brainvis.components.generator:Cascade",
    }
