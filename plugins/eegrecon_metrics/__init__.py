"""Metrics of the field, and the judges that look at pictures for them."""

from eegrecon import hookimpl


@hookimpl
def eegrecon_components() -> dict[str, str]:
    """Name this package's metrics and judges."""
    return {
        "metric.accuracy": "eegrecon_metrics.accuracy:Accuracy",
        "metric.identification": "eegrecon_metrics.identification:Identification",
        "metric.inception-score": "eegrecon_metrics.inception_score:InceptionScore",
        "metric.fid": "eegrecon_metrics.frechet:FrechetDistance",
        "metric.kid": "eegrecon_metrics.kernel_distance:KernelDistance",
        "metric.ssim": "eegrecon_metrics.pixels:StructuralSimilarity",
        "metric.pixel-correlation": "eegrecon_metrics.pixels:PixelCorrelation",
        "metric.clip-similarity": "eegrecon_metrics.likeness:ClipSimilarity",
        "metric.two-way": "eegrecon_metrics.likeness:TwoWay",
        "metric.token-retrieval": "eegrecon_metrics.token_retrieval:TokenRetrieval",
        "metric.structure": "eegrecon_metrics.structure:Structure",
        "judge.inception-2015": "eegrecon_metrics.inception:Inception2015",
        "judge.vit-h-14": "eegrecon_metrics.vision_transformer:VisionTransformer",
        "judge.clip": "eegrecon_metrics.clip_vision:ClipVision",
        "judge.alexnet": "eegrecon_metrics.alexnet:AlexNet",
    }
