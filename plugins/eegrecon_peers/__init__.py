"""Other published methods: GWIT, image prompts in the manner of unCLIP, and DreamDiffusion, part by part."""

from eegrecon import hookimpl


@hookimpl
def eegrecon_components() -> dict[str, str]:
    """Name the components; nothing is imported until one is used."""
    return {
        "generator.gwit": "eegrecon_peers.components.gwit:Gwit",
        "generator.unclip": "eegrecon_peers.components.unclip:UnClip",
        "aligner.diffusion-prior": "eegrecon_peers.components.prior:DiffusionPrior",
    }
