"""Runs on workers: the scores of one process, whatever happens to the workers; refused where they would differ."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest
from clusters import Cluster, cluster_in
from explanations import Explains
from jobs import TOY_OPTIONS, Command, CommandLine, MakeJob

from eegrecon import EegreconError, Result, UsageError, load

pytestmark = pytest.mark.timeout(240)
STEP = 120.0  # seconds that each step may take
QUICK = {"audit": ("none",), "control": ("shuffle",), "subjects": (1,)}

# Encoders of which the process that fits them dies: as often as the file `deaths` says, or always.
MORTAL = """
import os, signal, sys
from dataclasses import dataclass
from pathlib import Path
from eegrecon import hookimpl

@dataclass(frozen=True)
class Mortal(sys.modules["eegrecon_file_toy"].MeanEncoder):
    def fit(self, data, run):
        with Path("fits").open("a") as file:
            file.write(f"{os.getpid()}\\n")
        deaths = Path("deaths")
        if deaths.exists() and len(Path("fits").read_text().split()) <= int(deaths.read_text()):
            os.kill(os.getpid(), signal.SIGKILL)
        return super().fit(data, run)

@hookimpl
def eegrecon_components():
    return {"encoder.mortal": Mortal}
"""
WAITING = '''
import sys, time
from dataclasses import dataclass
from pathlib import Path
from eegrecon import hookimpl

@dataclass(frozen=True)
class Waiting(sys.modules["eegrecon_file_toy"].MeanEncoder):
    """Touches a file and waits until another file exists."""

    def fit(self, data, run):
        Path("waiting").touch()
        end = time.monotonic() + 60
        while not Path("continue").exists():
            assert time.monotonic() < end
            time.sleep(0.02)
        return super().fit(data, run)

@hookimpl
def eegrecon_components():
    return {"encoder.waiting": Waiting}
'''


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, which is the test's own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def cluster(tmp_path: Path, store: Path) -> Iterator[Cluster]:
    """A scheduler that is there, without workers."""
    with cluster_in(tmp_path / "cluster") as cluster:
        yield cluster


def anywhere(error: pytest.ExceptionInfo[EegreconError]) -> str:
    """Return the message of an error without the address of a worker."""
    return re.sub(r"worker tcp://[\d.:]+", "worker tcp://HOST:PORT", str(error.value))


def outputs(result: Result, store: Path) -> dict[str, dict[str, np.ndarray]]:
    """Return the arrays of every stage by its key, as they lie in the store."""
    from safetensors.numpy import load_file

    return {
        key: load_file(store / stage.kind / key / "arrays.safetensors")
        for key, stage in result.stages.items()
        if (store / stage.kind / key).is_dir()
    }


def same(first: dict[str, dict[str, np.ndarray]], second: dict[str, dict[str, np.ndarray]]) -> bool:
    """Whether all arrays of two stores are equal, bit for bit."""
    return first.keys() == second.keys() and all(
        first[key].keys() == second[key].keys()
        and all(first[key][name].tobytes() == second[key][name].tobytes() for name in first[key])
        for key in first
    )


def test_workers_of_one_thread_give_what_one_process_gives_bit_for_bit(
    make_job: MakeJob, store: Path, monkeypatch: pytest.MonkeyPatch, here: Path
) -> None:
    alone = make_job().run()
    expected = outputs(alone, store)
    monkeypatch.setenv("EEGRECON_HOME", str(here / "another store"))
    together = make_job(workers=4).run()
    assert together.rows == alone.rows
    assert len(expected) > 50
    assert same(outputs(together, here / "another store"), expected)
    assert together.environment["threads"] == alone.environment["threads"] == "1"


def test_a_run_whose_stages_are_in_the_store_needs_no_cluster(make_job: MakeJob) -> None:
    first = make_job(**QUICK).run()
    again = make_job(**QUICK, scheduler="tcp://127.0.0.1:1").run()
    assert again.rows == first.rows


def test_a_scheduler_that_does_not_answer_is_named(
    make_job: MakeJob, explains: Explains, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("eegrecon.pipeline.cluster.opening._CONNECT", 1.0)
    with pytest.raises(EegreconError, match="tcp://127.0.0.1:1 .*--scheduler") as error:
        make_job(**QUICK, scheduler="tcp://127.0.0.1:1").run()
    explains("On a cluster", "no scheduler answers at the address", error.value)


def test_only_one_place_to_compute_can_be_asked_for(make_job: MakeJob, explains: Explains) -> None:
    with pytest.raises(UsageError, match="--workers and --scheduler") as error:
        make_job(workers=2, scheduler="tcp://127.0.0.1:1").run()
    explains("On a cluster", "two places to compute are asked for", error.value)


def test_without_the_extra_the_error_names_it(
    make_job: MakeJob, monkeypatch: pytest.MonkeyPatch, explains: Explains
) -> None:
    for name in [name for name in sys.modules if name.startswith("eegrecon.pipeline.cluster")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(UsageError, match=r"eegrecon\[cluster\]") as error:
        make_job(**QUICK, workers=2).run()
    explains("On a cluster", "Dask is not installed", error.value)


def test_a_cluster_that_is_there_serves_two_runs_and_keeps_what_is_not_its_own(
    cluster: Cluster, make_job: MakeJob, store: Path
) -> None:
    cluster.add_worker()
    first = make_job(**QUICK, scheduler=cluster.address).run()
    second = make_job(**QUICK, scheduler=cluster.address, seeds=2).run()
    assert {stage.hit for key, stage in second.stages.items() if key in first.stages} == {True}
    assert make_job(**QUICK, seeds=2).run().rows == second.rows
    assert not list((store / "scratch" / "probe").iterdir())


def test_a_worker_with_another_version_is_refused_and_both_are_named(
    cluster: Cluster, make_job: MakeJob, tmp_path: Path, explains: Explains
) -> None:
    other = tmp_path / "other" / "torch_fidelity-99.9.dist-info"
    other.mkdir(parents=True)
    (other / "METADATA").write_text("Metadata-Version: 2.1\nName: torch-fidelity\nVersion: 99.9\n")
    path = os.pathsep.join([str(other.parent), os.environ.get("PYTHONPATH", "")])
    cluster.add_worker(environment={"PYTHONPATH": path})
    with pytest.raises(EegreconError, match=r"torch-fidelity is \d.* for the client and 99.9 for the worker") as error:
        make_job(**QUICK, scheduler=cluster.address).run()
    explains("On a cluster", "client and worker have different versions", anywhere(error))


def test_a_worker_with_another_store_is_refused_with_both_paths(
    cluster: Cluster, make_job: MakeJob, store: Path, tmp_path: Path, explains: Explains
) -> None:
    cluster.add_worker(environment={"EEGRECON_HOME": str(tmp_path / "elsewhere")})
    with pytest.raises(EegreconError, match=f"{store}.*{tmp_path / 'elsewhere'}") as error:
        make_job(**QUICK, scheduler=cluster.address).run()
    explains("On a cluster", "a worker does not see the store", anywhere(error))
    assert not (tmp_path / "elsewhere").exists()


def test_a_worker_that_computes_two_stages_at_once_is_refused(
    cluster: Cluster, make_job: MakeJob, explains: Explains
) -> None:
    cluster.add_worker("--nthreads", "2")
    with pytest.raises(EegreconError, match="--nthreads 1") as error:
        make_job(**QUICK, scheduler=cluster.address).run()
    explains("On a cluster", "a worker has several threads for stages", anywhere(error))


def test_a_worker_that_has_old_source_in_memory_is_refused(
    cluster: Cluster, make_job: MakeJob, here: Path, explains: Explains
) -> None:
    plugin = here / "mortal.py"
    plugin.write_text(MORTAL)
    cluster.add_worker()
    asked = {
        **QUICK,
        "plugins": (TOY_OPTIONS[2], str(plugin)),
        "set": ("encoder=mortal",),
        "scheduler": cluster.address,
    }
    make_job(**asked).run()
    plugin.write_text(MORTAL.replace("super().fit(data, run)", "dict(super().fit(data, run))"))
    later = time.time() + 5
    os.utime(plugin, (later, later))
    with pytest.raises(EegreconError, match="mortal.py changed") as error:
        make_job(**asked).run()
    explains("On a cluster", "source changed after a worker was started", anywhere(error))


def test_a_worker_that_plans_other_stages_is_refused_and_a_stage_is_named(
    cluster: Cluster, make_job: MakeJob, tmp_path: Path, explains: Explains
) -> None:
    without = tmp_path / "without"  # a library that decides what the audit of the linear baseline compares with
    without.mkdir()
    (without / "sitecustomize.py").write_text("import sys\nsys.modules['pyriemann'] = None\n")
    cluster.add_worker(environment={"PYTHONPATH": os.pathsep.join([str(without), os.environ.get("PYTHONPATH", "")])})
    with pytest.raises(EegreconError, match=r"audit\.linear-baseline.*optional libraries") as error:
        make_job(scheduler=cluster.address).run()
    explains("On a cluster", "a worker plans other stages than the client", anywhere(error))


def test_the_stage_of_a_worker_that_dies_is_repeated(cluster: Cluster, make_job: MakeJob, here: Path) -> None:
    (here / "mortal.py").write_text(MORTAL)
    cluster.add_worker()
    asked = {**QUICK, "plugins": (TOY_OPTIONS[2], "mortal.py"), "set": ("encoder=mortal",)}
    (here / "deaths").write_text("1")
    disturbed = make_job(**asked, scheduler=cluster.address).run()
    assert len(set((here / "fits").read_text().split())) == 2  # one process died, the second one lived
    make_job().store.prune()
    (here / "deaths").unlink()
    assert make_job(**asked).run().rows == disturbed.rows


def test_a_stage_that_kills_three_workers_is_given_up_and_its_row_says_why(
    make_job: MakeJob, here: Path, explains: Explains
) -> None:
    (here / "mortal.py").write_text(MORTAL)
    (here / "deaths").write_text("99")
    asked = {**QUICK, "plugins": (TOY_OPTIONS[2], "mortal.py"), "sweep": ("encoder=mortal",)}
    result = make_job(**asked, workers=1).run()
    assert len((here / "fits").read_text().split()) == 3
    (failed,) = [row for row in result.rows if row.failed]
    reason = next(iter(failed.blank.values()))
    assert "3 workers died" in reason
    assert result.rows[0].scores
    explains("On a cluster", "workers die again and again while they compute a stage", reason)


def children_of(process: subprocess.Popen[str]) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_signal_ends_the_workers_too_and_the_next_run_goes_on(
    number: signal.Signals, tmp_path: Path, command: Command
) -> None:
    (tmp_path / "waiting.py").write_text(WAITING)
    start = (
        "import runpy, signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "sys.argv = ['eegrecon', *sys.argv[1:]]; runpy.run_module('eegrecon', run_name='__main__', alter_sys=False)"
    )
    job = ("bench", *TOY_OPTIONS, "--plugin", "waiting.py", "--set", "encoder=waiting", "--audit", "none")
    on_workers = [sys.executable, "-c", start, *job, "--workers", "1", "--out", "run"]
    environment = CommandLine(tmp_path).environment
    with subprocess.Popen(on_workers, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            end = time.monotonic() + STEP
            while not (tmp_path / "waiting").exists():
                assert process.poll() is None, process.communicate(timeout=STEP)
                assert time.monotonic() < end
                time.sleep(0.05)
            workers = children_of(process)
            process.send_signal(number)
            if number == signal.SIGKILL:
                (tmp_path / "continue").touch()  # a worker whose client is gone ends after its stage
            errors = process.communicate(timeout=STEP)[1]
        finally:
            process.kill()
    assert workers
    _, alive = psutil.wait_procs(workers, timeout=STEP)
    assert not alive
    if number != signal.SIGKILL:
        assert process.returncode == 128 + number, errors
        assert "same command" in errors.strip().splitlines()[-1]
        assert "Traceback" not in errors
    before = {meta.parent.name for meta in (tmp_path / "store").glob("*/*/meta.json")}
    assert before
    (tmp_path / "continue").touch()
    command(*job, "--out", "run2")
    stages = load(tmp_path / "run2").stages
    assert {key for key in before if key in stages and not stages[key].hit} == set()
