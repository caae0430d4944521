"""Other published methods: GWIT, image prompts in the manner of unCLIP, and DreamDiffusion, part by part."""

from eegrecon import hookimpl


@hookimpl
def eegrecon_components() -> dict[str, str]:
    """Name the components; nothing is imported until one is used."""
    return {
        "generator.gwit": "eegrecon_peers.components.gwit:Gwit",
        "generator.unclip": "eegrecon_peers.components.unclip:UnClip",
        "learner.dreamdiffusion-msm": "eegrecon_peers.components.masked_signals:MaskedSignals",
        "encoder.dreamdiffusion": "eegrecon_peers.components.dreamdiffusion:DreamDiffusionEncoder",
        "aligner.dreamdiffusion": "eegrecon_peers.components.diffusion_tokens:DiffusionTokens",
        "generator.dreamdiffusion": "eegrecon_peers.components.tuned_diffusion:TunedDiffusion",
        "aligner.diffusion-prior": "eegrecon_peers.components.prior:DiffusionPrior",
    }
