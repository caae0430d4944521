"""BrainVis (arXiv:2312.14871): the reference method of the toolkit, part by part."""

from eegrecon import hookimpl


@hookimpl
def eegrecon_components() -> dict[str, str]:
    """Name the components of the method."""
    return {
        "learner.brainvis-lmm": "eegrecon_brainvis.time_branch:LatentMaskedModel",
        "learner.brainvis-time": "eegrecon_brainvis.time_branch:TimeBranch",
        "learner.brainvis-frequency": "eegrecon_brainvis.frequency_branch:FrequencyBranch",
        "learner.brainvis-frequency-cnn": "eegrecon_brainvis.frequency_branch:ConvolutionalFrequencyBranch",
        "encoder.brainvis": "eegrecon_brainvis.encoder:BrainVisEncoder",
        "aligner.brainvis": "eegrecon_brainvis.aligner:Interpolation",
        "conditioner.clip-text": "eegrecon_brainvis.conditioner:ClipText",
        "generator.brainvis": "eegrecon_brainvis.generator:Cascade",
    }
