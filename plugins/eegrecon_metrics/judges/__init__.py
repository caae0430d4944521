"""The registered judges, and the validated access to what a judge returns."""
