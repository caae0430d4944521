from __future__ import annotations

import os
import platform
import subprocess
import sys

import numpy as np
import pytest
import threadpoolctl
import torch
from jobs import Job, MakeJob

from eegrecon.errors import UsageError
from eegrecon.pipeline.context import ExecutionContext
from eegrecon.pipeline.graph import Stage
from eegrecon.pipeline.run import SHARED, StageRun, limited_threads, resolve_device


def run_of(job: Job, stage: Stage) -> StageRun:
    context = ExecutionContext(job.graph, job.store, job.console, "cpu", job.options.precision)
    return context.run(stage)


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_a_stage_receives_the_precision_only_where_its_key_has_it(make_job: MakeJob, precision: str) -> None:
    job, other = make_job(precision=precision), make_job(precision="fp16")
    received = {stage.name: run_of(job, stage).precision for stage in job.graph.stages.values()}
    fixed = {stage.name for key, stage in job.graph.stages.items() if key in other.graph.stages}
    assert {"data.tape", "test", "reference"} <= fixed
    scored = {stage.name for stage in job.graph.stages.values() if stage.kind in ("score", "audit", "control")}
    assert {name for name, value in received.items() if value == "fp32"} >= fixed | scored
    assert {received[name] for name in received.keys() - fixed - scored} == {precision}


def test_shared_objects_that_were_not_used_for_long_are_released(make_job: MakeJob) -> None:
    job = make_job()
    run = run_of(job, next(iter(job.graph.stages.values())))
    made: list[str] = []

    def use(name: str) -> None:
        run.shared(name, lambda: made.append(name))

    for number in range(3 * SHARED):
        use("always")
        use(f"once {number}")
    assert len(run.live) == SHARED
    assert made.count("always") == 1
    use("once 0")
    assert made.count("once 0") == 2


@pytest.mark.parametrize("device", ["cuda:99", "meta"])
def test_a_device_that_the_machine_cannot_compute_on_is_refused_in_one_sentence(device: str) -> None:
    with pytest.raises(UsageError, match=rf"this machine cannot compute on '{device}' \(--device\)") as error:
        resolve_device(device)
    assert len(str(error.value)) < 250


def test_a_benchmark_says_with_how_many_threads_its_networks_are_trained(make_job: MakeJob) -> None:
    before = torch.get_num_threads()
    result = make_job(set=("threads=3",)).run()
    assert result.environment["threads"] == "3"
    assert torch.get_num_threads() == before
    assert make_job().run().environment["threads"] == "3"  # from the store: another number is no other stage


def test_a_run_says_that_its_stages_had_different_numbers_of_threads(make_job: MakeJob) -> None:
    first = make_job(set=("threads=3",), control=("none",)).run()
    mixed = make_job(control=("shuffle",), set=("threads=2",)).run()
    assert mixed.environment["threads"] == "2, 3"
    assert not any("threads" in note for note in first.notes)
    assert any("threads" in note and "2, 3" in note for note in mixed.notes)


MAPPED = """
import resource, threading
import numpy as np
from eegrecon.pipeline.run import keep_freed_memory
keep_freed_memory()
def pages():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
def work():
    before = pages()
    for _ in range(200):
        np.ones(2**17)  # 1 MiB
    print(pages() - before)
thread = threading.Thread(target=work)
thread.start()
thread.join()
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library")
def test_freed_memory_is_used_again_also_where_dask_says_otherwise() -> None:
    environment = {**os.environ, "MALLOC_TRIM_THRESHOLD_": "65536"}
    done = subprocess.run([sys.executable, "-c", MAPPED], env=environment, capture_output=True, text=True, check=True)
    assert int(done.stdout) < 200 * 256 // 2  # pages of 4 KiB


@pytest.mark.parametrize("network", [False, True])
def test_the_number_of_threads_is_restored(network: bool) -> None:
    np.ones((2, 2)) @ np.ones((2, 2))
    before = [pool["num_threads"] for pool in threadpoolctl.threadpool_info()]
    with limited_threads(2, network=network) as threads:
        inside = {pool["num_threads"] for pool in threadpoolctl.threadpool_info()}
    assert threads == 2
    assert inside == {2}
    assert [pool["num_threads"] for pool in threadpoolctl.threadpool_info()] == before
