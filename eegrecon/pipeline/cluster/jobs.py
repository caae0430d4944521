"""Jobs of a batch system as workers, by dask-jobqueue, from a YAML file."""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from eegrecon.errors import MissingFiles, UsageError, unknown

KINDS = {
    "slurm": "dask_jobqueue:SLURMCluster",
    "pbs": "dask_jobqueue:PBSCluster",
    "lsf": "dask_jobqueue:LSFCluster",
    "sge": "dask_jobqueue:SGECluster",
    "local": "dask_jobqueue.local:LocalCluster",  # jobs as processes of this machine, to try a file out
}
_OURS = ("kind", "jobs", "adapt")


def _scale(cluster: Any, **how: Any) -> None:
    """Submit so many jobs, or between two numbers of them."""
    cluster.scale(**how) if "jobs" in how else cluster.adapt(**how)


def job_cluster(file: Path, scale: Callable[..., None] = _scale) -> tuple[Any, int]:
    """Return the cluster that a file describes, with its jobs submitted, and the number of threads of each stage.

    The file has ``kind`` (slurm, pbs, lsf, sge), ``jobs`` (how many) or ``adapt`` (``minimum_jobs``, ``maximum_jobs``),
    ``cores`` of a job, which one stage uses, ``memory``, and anything else that the class of dask-jobqueue takes.

    Args:
        file: the file.
        scale: submits the jobs.

    Raises:
        MissingFiles: there is no such file.
        UsageError: it is not valid.
    """
    described = _read(file)
    cls: Any = pkgutil.resolve_name(KINDS[described["kind"]])
    given = {name: value for name, value in described.items() if name not in _OURS}
    known = _parameters(cls)
    for name in given:
        if name not in known:
            raise unknown("option", name, [*known, *_OURS], str(file))
    threads = int(given["cores"]) // int(given.setdefault("processes", 1))
    given["worker_extra_args"] = [*given.get("worker_extra_args", []), "--nthreads", "1"]
    try:
        cluster = cls(**given)
    except (ValueError, TypeError) as error:
        raise UsageError(f"{file} does not describe a {described['kind']} cluster: {error}") from error
    scale(cluster, **described.get("adapt", {"jobs": described.get("jobs")}))
    return cluster, max(1, threads)


def _read(file: Path) -> dict[str, Any]:
    try:
        described = yaml.safe_load(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise MissingFiles(
            f"no file {file}; --cluster takes a YAML file that describes jobs of a batch system"
        ) from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UsageError(f"{file} cannot be read as YAML (--cluster): {error}") from error
    if not isinstance(described, dict):
        raise UsageError(f"{file} is not a mapping of names to values (--cluster), such as 'kind: slurm'")
    if described.get("kind") not in KINDS:
        raise unknown("kind of cluster", str(described.get("kind")), KINDS, f"{file}, kind")
    for name in ("cores", "memory"):
        if name not in described:
            raise UsageError(f"{file} lacks '{name}' of a job (--cluster), for instance 'cores: 8', 'memory: 32GB'")
    for name in ("cores", "jobs", "processes"):
        if not isinstance(described.get(name, 1), int):
            raise UsageError(f"{file}: {name} = {described[name]!r} is not a whole number (--cluster)")
    if ("jobs" in described) == ("adapt" in described):
        raise UsageError(f"{file} needs either 'jobs: 8' or 'adapt: {{minimum_jobs: 0, maximum_jobs: 8}}' (--cluster)")
    return described


def _parameters(cls: Any) -> list[str]:
    """Return the names that a class of dask-jobqueue takes: its own, those of its jobs, and of what they inherit."""
    found: dict[str, None] = {}
    for owner in (*cls.__mro__, *cls.job_cls.__mro__):
        if owner.__module__.startswith("dask_jobqueue"):
            for name, parameter in inspect.signature(owner.__init__).parameters.items():
                if name != "self" and parameter.kind is not inspect.Parameter.VAR_KEYWORD:
                    found[name] = None
    return list(found)
