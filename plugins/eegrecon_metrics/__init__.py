"""The field's metrics, and the judges: networks that embed or classify pictures for them."""

from eegrecon import hookimpl


@hookimpl
def eegrecon_components() -> dict[str, str]:
    """Return this package's metrics and judges by registered name; listing them imports nothing."""
    return {
        "metric.accuracy": "eegrecon_metrics.trial_metrics.accuracy:Accuracy",
        "metric.identification": "eegrecon_metrics.trial_metrics.identification:Identification",
        "metric.inception-score": "eegrecon_metrics.set_metrics.inception_score:InceptionScore",
        "metric.fid": "eegrecon_metrics.set_metrics.frechet:FrechetDistance",
        "metric.kid": "eegrecon_metrics.set_metrics.kernel_distance:KernelDistance",
        "metric.ssim": "eegrecon_metrics.trial_metrics.pixels:StructuralSimilarity",
        "metric.pixel-correlation": "eegrecon_metrics.trial_metrics.pixels:PixelCorrelation",
        "metric.clip-similarity": "eegrecon_metrics.trial_metrics.similarity:ClipSimilarity",
        "metric.feature-distance": "eegrecon_metrics.trial_metrics.similarity:FeatureDistance",
        "metric.two-way": "eegrecon_metrics.trial_metrics.similarity:TwoWay",
        "metric.retrieval": "eegrecon_metrics.retrieval.metric:Retrieval",
        "metric.structure": "eegrecon_metrics.trial_metrics.structure:Structure",
        "judge.inception-2015": "eegrecon_metrics.judges.inception:Inception2015",
        "judge.vit-h-14": "eegrecon_metrics.judges.vision_transformer:VisionTransformer",
        "conditioner.image-space": "eegrecon_metrics.retrieval.image_space:ImageSpace",
        "judge.clip": "eegrecon_metrics.judges.clip_vision:ClipVision",
        "judge.dinov2": "eegrecon_metrics.judges.dinov2:Dinov2",
        "judge.alexnet": "eegrecon_metrics.judges.alexnet:AlexNet",
        "judge.efficientnet-lite0": "eegrecon_metrics.judges.efficientnet_lite:EfficientNetLite0",
        "judge.efficientnet-b1": "eegrecon_metrics.judges.feature_networks:EfficientNetB1",
        "judge.swav": "eegrecon_metrics.judges.feature_networks:SwAV",
    }
