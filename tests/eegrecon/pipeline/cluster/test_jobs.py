"""Files that describe jobs of a batch system; those of the documentation are tested as they stand there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from explanations import Explains
from jobs import ROOT, TOY_OPTIONS, Command, CommandLine, MakeJob

from eegrecon import EegreconError, MissingFiles, UsageError, load
from eegrecon.pipeline.cluster import jobs

PAGE = (ROOT / "docs" / "cluster.md").read_text()
EXAMPLES = {yaml.safe_load(text)["kind"]: text for text in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)}
DIRECTIVES = {  # as the manual of each system has them
    "slurm": ["#SBATCH -p gpu", "#SBATCH --cpus-per-task=8", "#SBATCH -t 12:00:00", "#SBATCH --gres=gpu:1"],
    "pbs": ["#PBS -q long", "#PBS -l select=1:ncpus=8:mem=32GB", "#PBS -l walltime=12:00:00"],
    "lsf": ["#BSUB -q normal", "#BSUB -n 8", "#BSUB -W 12:00"],
    "sge": ["#$ -q all.q", "#$ -l h_vmem=32G", "#$ -pe smp 8"],
}


@pytest.fixture
def written(tmp_path: Path) -> Any:
    def write(text: str) -> Path:
        file = tmp_path / "cluster.yaml"
        file.write_text(text)
        return file

    return write


@pytest.mark.parametrize("kind", ["slurm", "pbs", "lsf", "sge"])
def test_the_example_of_each_batch_system_makes_its_job_script(kind: str, written: Any) -> None:
    asked: list[Any] = []

    cluster, threads = jobs.job_cluster(written(EXAMPLES[kind]), scale=lambda cluster, **how: asked.append(how))
    with cluster:
        script = cluster.job_script()
    lines = script.splitlines()
    assert [line for line in DIRECTIVES[kind] if line not in lines] == []
    command = lines[-1]
    assert command.endswith("--nthreads 1")  # the last one counts: one stage at a time, with all cores of the job
    assert threads == 8
    assert asked == ([{"minimum_jobs": 1, "maximum_jobs": 20}] if kind == "lsf" else [{"jobs": 8}])
    assert ("--resources GPU=1" in command) == (kind == "slurm")


def test_a_benchmark_runs_in_jobs(
    eegrecon: CommandLine, command: Command, written: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = written("kind: local\njobs: 2\ncores: 1\nmemory: 2GB\n")
    asked = ("--audit", "none", "--control", "shuffle", "--subjects", "1")
    eegrecon("bench", *TOY_OPTIONS, *asked, "--cluster", str(file), "--out", "jobs")
    assert not list((tmp_path / "store").glob("scratch/probe/*"))
    monkeypatch.setenv("EEGRECON_HOME", str(tmp_path / "another store"))
    command("bench", *TOY_OPTIONS, *asked, "--out", "alone")
    assert load(tmp_path / "jobs").rows == load(tmp_path / "alone").rows


@pytest.mark.parametrize(
    ("text", "situation", "words"),
    [
        ("kind: slurn\njobs: 1\ncores: 1\nmemory: 1GB\n", "the kind of batch system is unknown", ["slurn", "slurm"]),
        ("kind: slurm\njobs: 1\ncores: 1\nmemory: 1GB\nqeue: a\n", "an option of jobs is unknown", ["qeue", "queue"]),
        ("kind: slurm\njobs: 1\ncores: 1\n", "the memory of a job is not given", ["memory"]),
        ("kind: slurm\ncores: 1\nmemory: 1GB\n", "the number of jobs is not given", ["jobs", "adapt"]),
        ("kind: slurm\njobs: many\ncores: 1\nmemory: 1GB\n", "the number of jobs is not a number", ["jobs", "many"]),
        ("- slurm\n", "the file of a cluster is no mapping", ["mapping"]),
        ("kind: [slurm\n", "the file of a cluster is not YAML", ["YAML"]),
    ],
)
def test_a_file_that_describes_no_cluster_is_explained(
    text: str, situation: str, words: list[str], written: Any, explains: Explains
) -> None:
    with pytest.raises(UsageError) as error:
        jobs.job_cluster(written(text))
    message = str(error.value)
    assert "cluster.yaml" in message
    assert all(word in message for word in words), message
    explains("On a cluster", situation, message)


def test_a_missing_file_is_named(tmp_path: Path, make_job: MakeJob, explains: Explains) -> None:
    with pytest.raises(MissingFiles, match=r"nowhere.yaml.*--cluster") as error:
        make_job(cluster=str(tmp_path / "nowhere.yaml")).run()
    assert isinstance(error.value, EegreconError)
    explains("On a cluster", "the file of a cluster is missing", error.value)
