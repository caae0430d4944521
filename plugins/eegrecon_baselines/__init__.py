"""Baselines of every kind: what a method has to beat, and readable examples of how one is written."""

from eegrecon import hookimpl


@hookimpl
def eegrecon_components() -> dict[str, str]:
    """Return the components by name; nothing is imported until one is used."""
    return {
        "encoder.chance": "eegrecon_baselines.encoders.chance:Chance",
        "encoder.band-power": "eegrecon_baselines.encoders.single_view:BandPower",
        "encoder.evoked-lda": "eegrecon_baselines.encoders.single_view:EvokedLda",
        "encoder.riemann": "eegrecon_baselines.encoders.riemann:Riemann",
        "encoder.lstm": "eegrecon_baselines.encoders.lstm:Lstm",
        "encoder.nice": "eegrecon_baselines.encoders.nice:Nice",
        "encoder.atm-s": "eegrecon_baselines.encoders.atm_s:AtmS",
        "encoder.braindecode": "eegrecon_baselines.encoders.braindecode:Braindecode",
        "encoder.linear-reader": "eegrecon_baselines.encoders.linear_reader:LinearReader",
        "aligner.contrastive": "eegrecon_baselines.aligners.contrastive:Contrastive",
        "aligner.ridge": "eegrecon_baselines.aligners.ridge:Ridge",
        "conditioner.thumbnails": "eegrecon.interfaces.pictures:Thumbnails",
        "generator.label-prompt": "eegrecon_baselines.generators.label_prompt:LabelPrompt",
        "generator.retrieval": "eegrecon_baselines.generators.retrieval:Retrieval",
    }
