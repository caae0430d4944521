from __future__ import annotations

from pathlib import Path

import pytest
from jobs import TOY, MakeJob

import eegrecon
from eegrecon import hookimpl


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
