"""The audits that are put to every run: what its numbers owe to the split, the design, the generator and to luck."""

from __future__ import annotations

from eegrecon import hookimpl


@hookimpl
def eegrecon_audits() -> dict[str, str]:
    """Audits by name; listing them imports nothing."""
    return {
        "trial-overlap": "eegrecon_audits.overlap:TrialOverlap",
        "picture-overlap": "eegrecon_audits.overlap:PictureOverlap",
        "block-design": "eegrecon_audits.drift:BlockDesign",
        "drift": "eegrecon_audits.drift:Drift",
        "linear-baseline": "eegrecon_audits.linear_baseline:LinearBaseline",
        "explained": "eegrecon_audits.explained:Explained",
        "copies": "eegrecon_audits.copies:Copies",
        "sample-size": "eegrecon_audits.sample_size:SampleSize",
        "test-touches": "eegrecon_audits.touches:Touches",
        "determinism": "eegrecon_audits.determinism:Determinism",
    }
