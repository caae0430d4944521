"""Metrics of the whole set of generated pictures: IS, FID and KID."""
