"""Execution of a stage graph by the workers of a Dask cluster: of this machine, of any other, or of a batch system."""
