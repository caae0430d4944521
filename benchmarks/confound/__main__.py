"""The confound of block designs, demonstrated: ``python benchmarks/confound [FOLDER]``.

Six benchmarks on the embedded world, each one command: a brain that knows nothing of the pictures but drifts, under
five designs and divisions of the trials, and a brain that knows them and does not drift. Their tables and figures go
into ``docs/confound.md``, between its marks. It takes about half an hour on two cores; what a folder has is not run
again.
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
IGNORANT = ("--set", "dataset.recording.snr=0", "--set", "dataset.recording.drift=1")
BLOCKS = ("--set", "dataset.recording.blocks_per_class=5")
MIXED = ("--set", "dataset.recording.design=random")
EVERY = ("--control", "shuffle,shuffle-within-class,label-shuffle,predicted-label,oracle")
SOME = ("--control", "shuffle,predicted-label")


@dataclass(frozen=True)
class Case:
    """One benchmark."""

    name: str
    about: str
    options: tuple[str, ...]

    @property
    def command(self) -> list[str]:
        """Its command line."""
        return ["eegrecon", "bench", "brainvis", *self.options]


CASES = (
    Case("drift", "no information, drift; one block per class, usual split", (*IGNORANT, *EVERY)),
    Case("late-trials", "the same; the last trials of each block test",
         (*IGNORANT, *SOME, "--protocol", "late-trials")),
    Case("random", "the same drift; pictures in random order", (*IGNORANT, *SOME, *MIXED)),
    Case("held-out-blocks", "the same drift; five blocks per class, whole blocks test",
         (*IGNORANT, *SOME, *BLOCKS, "--protocol", "held-out-blocks")),
    Case("cross-subject", "the same drift; one block per class, tested on another person",
         (*IGNORANT, *SOME, "--protocol", "cross-subject")),
    Case("clean", "information, no drift; one block per class, usual split", SOME),
)  # fmt: skip


def main() -> None:
    """Run what is missing, then write the page's part and its figures."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "runs/confound")
    for case in CASES:
        out = folder / case.name
        if not (out / "result.json").is_file():
            subprocess.run([*case.command, "--quiet", "--out", str(out)], check=True)
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
    lines = [f"| | {' | '.join(columns)} | drift audit | time tells the class |", "|---|" + "---:|" * 5 + "---|---|"]
    for case in CASES:
        result = results[case.name]
        cells = [_cell(result, 0, column) for column in columns]
        verdicts = {audit.name: audit.verdict for audit in result.audits}
        tells = "yes" if verdicts["block-design"] == "WARN" else "no"
        lines.append(f"| {case.about} | {' | '.join(cells)} | **{verdicts['drift']}** | {tells} |")
    lines += ["", "The rows of the first benchmark:", "", f"| | {' | '.join(columns)} |", "|---|" + "---:|" * 5]
    for number, row in enumerate(results["drift"].rows):
        lines.append(f"| {row.label} | {' | '.join(_cell(results['drift'], number, column) for column in columns)} |")
    lines += ["", "What the audits said of each, in full:", ""]
    for case in CASES:
        wanted = [audit for audit in results[case.name].audits if audit.name in ("block-design", "drift")]
        lines += [f"- {case.about}:", *(f"  - `{a.name}` **{a.verdict}**: {a.evidence}" for a in wanted)]
    return [*lines, "", "The commands:", "", *(f"    {' '.join(case.command)}" for case in CASES), ""]


def _summary(result: Result, row: int, column: str) -> Summary | None:
    return next((one for one in result.rows[row].summaries if one.column == column), None)


def _cell(result: Result, row: int, column: str) -> str:
    from eegrecon.reporting.tables import between, number

    one = _summary(result, row, column)
    return "-" if one is None else f"{number(one.value)}{'‡' if one.marks else ''} {between(one.interval)}"


def _draw(results: dict[str, Result], path: Path) -> None:
    """Draw accuracy and identification of *Full* in each case, with intervals and chance."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.5, 3.4), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(1, 2, sharey=True)
    for axis, column, chance in zip(axes, ("top-1", "identification"), (1 / 12, 1 / 10), strict=True):
        for place, case in enumerate(CASES):
            one = _summary(results[case.name], 0, column)
            if one is None or one.interval is None:
                continue
            failed = any(audit.verdict == "FAIL" for audit in results[case.name].audits)
            low, high = one.interval
            axis.barh(place, one.value, color="#c0504d" if failed else "#5b8a5b", height=0.62)
            axis.plot([low, high], [place, place], color="black", linewidth=1.4)
        axis.axvline(chance, color="black", linestyle=":", linewidth=1)
        axis.set(title=f"{column} (dotted: chance)", xlim=(0, 1))
        axis.set_yticks(range(len(CASES)), [case.about.replace("; ", ";\n") for case in CASES], fontsize=8)
    axes[0].invert_yaxis()
    figure.suptitle("Full in each case; red: an audit fails", fontsize=10)
    figure.savefig(path, metadata={"Software": None})


if __name__ == "__main__":
    main()
