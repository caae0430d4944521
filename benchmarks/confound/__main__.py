"""Demonstration of the confound of block designs: ``python benchmarks/confound [FOLDER]``.

Six benchmarks on the embedded world, each a single command: EEG with drift and without information about the pictures,
under five designs and splits, and EEG with information and without drift. Their tables and figures are written to
``docs/confound.md``, between its markers. It takes about half an hour on two cores; results that FOLDER contains are
reused.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from eegrecon import Result, load
from eegrecon.interfaces.records import Summary

DOCS = Path(__file__).resolve().parents[2] / "docs"
BEGIN, END = "<!-- made by benchmarks/confound: begin -->\n", "<!-- made by benchmarks/confound: end -->\n"
NO_INFORMATION = ("--set", "dataset.recording.snr=0", "--set", "dataset.recording.drift=1")
BLOCKS = ("--set", "dataset.recording.blocks_per_class=5")
MIXED = ("--set", "dataset.recording.design=random")
ALL_CONTROLS = ("--control", "shuffle,shuffle-within-class,label-shuffle,predicted-label,oracle")
CONTROLS = ("--control", "shuffle,predicted-label")


@dataclass(frozen=True)
class Case:
    """One benchmark of the demonstration."""

    name: str
    description: str
    options: tuple[str, ...]

    @property
    def command(self) -> list[str]:
        """The command line of the benchmark."""
        return ["eegrecon", "bench", "brainvis", *self.options]


CASES = (
    Case("drift", "no information, drift; one block per class, usual split", (*NO_INFORMATION, *ALL_CONTROLS)),
    Case("late-trials", "the same; tested on the last trials of each block",
         (*NO_INFORMATION, *CONTROLS, "--protocol", "late-trials")),
    Case("random", "the same drift; pictures in random order", (*NO_INFORMATION, *CONTROLS, *MIXED)),
    Case("held-out-blocks", "the same drift; five blocks per class, tested on whole blocks",
         (*NO_INFORMATION, *CONTROLS, *BLOCKS, "--protocol", "held-out-blocks")),
    Case("cross-subject", "the same drift; one block per class, tested on another subject",
         (*NO_INFORMATION, *CONTROLS, "--protocol", "cross-subject")),
    Case("clean", "information, no drift; one block per class, usual split", CONTROLS),
)  # fmt: skip


def main() -> None:
    """Run the missing benchmarks, then write the generated part of the page and its figures."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "runs/confound")
    for case in CASES:
        out = folder / case.name
        if not (out / "result.json").is_file():
            done = subprocess.run([*case.command, "--quiet", "--out", str(out)])
            if done.returncode not in (0, 3):  # 3: an audit failed, which is what these worlds are for
                raise SystemExit(f"{case.name} ended with exit code {done.returncode}")
    results = {case.name: load(folder / case.name) for case in CASES}
    page = DOCS / "confound.md"
    text = page.read_text(encoding="utf-8")
    before, after = text.partition(BEGIN)[0], text.partition(END)[2]
    page.write_text(before + BEGIN + "\n".join(_lines(results)) + "\n" + END + after, encoding="utf-8")
    _draw(results, DOCS / "confound.png")
    for name in ("drift", "clean"):
        shutil.copy(folder / name / "pictures.png", DOCS / f"confound-{name}.png")


def _lines(results: dict[str, Result]) -> list[str]:
    columns = ("top-1", "identification", "median rank", "IS", "FID")
    lines = [f"| | {' | '.join(columns)} | drift audit | time predicts the class |", "|---|" + "---:|" * 5 + "---|---|"]
    for case in CASES:
        result = results[case.name]
        cells = [_cell(result, 0, column) for column in columns]
        verdicts = {audit.name: audit.verdict for audit in result.audits}
        predicts = "yes" if verdicts["block-design"] == "WARN" else "no"
        lines.append(f"| {case.description} | {' | '.join(cells)} | **{verdicts['drift']}** | {predicts} |")
    lines += ["", "The rows of the first benchmark:", "", f"| | {' | '.join(columns)} |", "|---|" + "---:|" * 5]
    for number, row in enumerate(results["drift"].rows):
        lines.append(f"| {row.label} | {' | '.join(_cell(results['drift'], number, column) for column in columns)} |")
    lines += ["", "The evidence of the audits, in full:", ""]
    for case in CASES:
        wanted = [audit for audit in results[case.name].audits if audit.name in ("block-design", "drift")]
        lines += [f"- {case.description}:", *(f"  - `{a.name}` **{a.verdict}**: {a.evidence}" for a in wanted)]
    return [*lines, "", "The commands:", "", *(f"    {' '.join(case.command)}" for case in CASES), ""]


def _summary(result: Result, row: int, column: str) -> Summary | None:
    return next((summary for summary in result.rows[row].summaries if summary.column == column), None)


def _cell(result: Result, row: int, column: str) -> str:
    from eegrecon.reporting.cells import between, number

    summary = _summary(result, row, column)
    if summary is None:
        return "-"
    return f"{number(summary.value)}{'‡' if summary.marks else ''} {between(summary.interval)}"


def _draw(results: dict[str, Result], path: Path) -> None:
    """Plot accuracy and identification of *Full* in each case, with intervals and chance level."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.5, 3.4), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(1, 2, sharey=True)
    for axis, column, chance in zip(axes, ("top-1", "identification"), (1 / 12, 1 / 10), strict=True):
        for place, case in enumerate(CASES):
            summary = _summary(results[case.name], 0, column)
            if summary is None or summary.interval is None:
                continue
            failed = any(audit.verdict == "FAIL" for audit in results[case.name].audits)
            low, high = summary.interval
            axis.barh(place, summary.value, color="#c0504d" if failed else "#5b8a5b", height=0.62)
            axis.plot([low, high], [place, place], color="black", linewidth=1.4)
        axis.axvline(chance, color="black", linestyle=":", linewidth=1)
        axis.set(title=f"{column} (dotted: chance)", xlim=(0, 1))
        axis.set_yticks(range(len(CASES)), [case.description.replace("; ", ";\n") for case in CASES], fontsize=8)
    axes[0].invert_yaxis()
    figure.suptitle("Full in each case; red: an audit fails", fontsize=10)
    figure.savefig(path, metadata={"Software": None})


if __name__ == "__main__":
    main()
