"""The audits of every run: how far its numbers depend on the split, the design, the generator and chance."""

from __future__ import annotations

from eegrecon import hookimpl


@hookimpl
def eegrecon_audits() -> dict[str, str]:
    """Return this package's audits by registered name; listing them imports nothing."""
    return {
        "trial-overlap": "eegrecon_audits.recordings.overlap:TrialOverlap",
        "picture-overlap": "eegrecon_audits.recordings.overlap:PictureOverlap",
        "block-design": "eegrecon_audits.recordings.block_design:BlockDesign",
        "drift": "eegrecon_audits.recordings.drift:Drift",
        "linear-baseline": "eegrecon_audits.outcome.linear_baseline:LinearBaseline",
        "explained": "eegrecon_audits.outcome.explained:Explained",
        "copies": "eegrecon_audits.outcome.copies:Copies",
        "sample-size": "eegrecon_audits.outcome.sample_size:SampleSize",
        "test-touches": "eegrecon_audits.outcome.touches:Touches",
        "determinism": "eegrecon_audits.outcome.determinism:Determinism",
    }
