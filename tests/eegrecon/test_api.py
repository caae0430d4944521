from __future__ import annotations

from pathlib import Path

import pytest
from explanations import Explains
from jobs import TOY, MakeJob

import eegrecon
from eegrecon import Result, hookimpl, load


@pytest.mark.usefixtures("store")
def test_python_takes_the_options_of_the_command_line(tmp_path: Path) -> None:
    result = eegrecon.bench(
        str(TOY / "toy.toml"), plugins=[TOY / "toy.py"], ablate=["power"], out=tmp_path / "run", quiet=True
    )
    assert [row["row"] for row in result.table() if row["kind"] == "variant"] == ["Full", "w/o power branch"]
    assert "--ablate power" in result.command


def test_observers_receive_every_stage_and_the_result(make_job: MakeJob) -> None:
    job = make_job(control=("none",), subjects=(1,))
    stages: list[tuple[str, bool]] = []
    results: list[object] = []

    class Observer:
        @hookimpl
        def eegrecon_stage_finished(self, stage: str, seconds: float, hit: bool) -> None:
            stages.append((stage, hit))

        @hookimpl
        def eegrecon_result(self, result: object) -> None:
            results.append(result)

    job.catalog.manager.register(Observer())
    result = job.run()
    assert results == [result]
    assert ("encoder", False) in stages
    assert len(stages) == len(result.stages)


def test_an_observer_that_raises_is_reported_once_and_the_run_goes_on(make_job: MakeJob, explains: Explains) -> None:
    job = make_job(control=("none",), audit=("none",), subjects=(1,))
    heard: list[object] = []

    class Raising:
        @hookimpl
        def eegrecon_stage_finished(self, stage: str) -> None:
            raise RuntimeError("no connection")

        @hookimpl
        def eegrecon_result(self, result: Result) -> None:
            assert (Path(result.folder) / "result.json").is_file()
            raise RuntimeError("no connection either")

    class Listening:
        @hookimpl
        def eegrecon_stage_finished(self, stage: str) -> None:
            heard.append(stage)

        @hookimpl
        def eegrecon_result(self, result: Result) -> None:
            heard.append(result)

    job.catalog.manager.register(Listening(), "first")
    job.catalog.manager.register(Raising(), "raising")
    job.catalog.manager.register(Listening(), "last")
    result = job.run()
    assert len(heard) == 2 * (len(result.stages) + 1)
    assert load(Path(result.folder)) == result
    stage, finished = job.console.warnings
    assert [fact for fact in ("eegrecon_stage_finished", "raising", "RuntimeError: no conn") if fact not in stage] == []
    assert "no connection either" in finished
    explains("Components", "an observer raises an error", stage)
