"""The embedded world: drawn pictures with known attributes, simulated EEG, a tiny Stable Diffusion and its judge."""

from eegrecon import hookimpl


@hookimpl
def eegrecon_components() -> dict[str, str]:
    """Return the components by name; nothing is imported until one is used."""
    return {
        "dataset.shapes": "eegrecon_shapes.dataset:Shapes",
        "preparation.shapes-recording": "eegrecon_shapes.world.recording:SimulatedRecording",
        "judge.shapes-judge": "eegrecon_shapes.judge:ShapesJudge",
    }
