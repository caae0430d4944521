"""A run's material made by hand, in which everything that a report can show is present."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

from PIL import Image
from records import audit, result, row, score, summary

from eegrecon import Result
from eegrecon.interfaces.records import PublishedRecord, ResultRow, ScoreRecord, StageRecord, Summary
from eegrecon.reporting.html.material import Example, Examples, Material, Views

HOSTILE = '"><script>document.title="owned"</script><img src=x onerror=alert(1)>'
CLASSES = ("cat", "dog", HOSTILE)
COLUMNS = ("top-1", "identification")
STRUCTURE = {"metric.structure": {"use": "metric.structure"}}
TRIALS = 12
SUBJECTS, SEEDS = (1, 2), (0, 1, 2)


def picture(colour: str, form: str = "PNG") -> str:
    """Return a picture of one colour in base64."""
    file = io.BytesIO()
    Image.new("RGB", (8, 8), colour).save(file, form)
    return base64.b64encode(file.getvalue()).decode()


def examples(rows: tuple[str, ...], **more: Any) -> Examples:
    """Return three trials, one of each group, with a hostile caption."""
    groups = ("best", "median", "worst")
    trials = [
        Example(group=group, subject=1, index=place, label=CLASSES[place], caption=f"a caption {HOSTILE}")
        for place, group in enumerate(groups)
    ]
    fields: dict[str, Any] = {
        "metric": "m", "column": "identification", "seed": 0, "trials_ranked": 24, "best_shared": 5, "trials": trials,
        "size": (8, 8), "shown_size": (8, 8), "truth": [picture("red")] * 3,
        "rows": {label: [picture("blue", "JPEG")] * 3 for label in rows}, **more,
    }  # fmt: skip
    return Examples(**fields)


def views(**more: Any) -> Views:
    """Return the EEG of two classes at two channels and three times, with maps of one band."""
    fields: dict[str, Any] = {
        "subject": 1, "trials": 10, "of": 20, "unit": "uV", "baseline": "before onset", "times": (-10.0, 0.0, 10.0),
        "channels": ("Oz", "Pz"), "classes": ("cat", HOSTILE), "of_classes": 5,
        "responses": (((0.0, 1.0, 2.0), (0.0, 0.0, 1.0)), ((0.0, -1.0, -2.0), (0.0, 0.0, 0.0))),
        "grand": ((0.0, 0.0, 0.0), (0.0, 0.0, 0.5)), "bands": (("alpha", 8, 13),), "latencies": (0.0, 5.0, 10.0),
        "scales": (2.0,), "peaks": ((("Oz", 1.0), ("Oz", 1.5), ("Pz", -0.5)),), "maps": ((picture("white"),) * 3,),
        **more,
    }  # fmt: skip
    return Views(**fields)


def material(rows: tuple[str, ...] = ("Full",), **more: Any) -> Material:
    """Return pictures and views."""
    return Material(**{"schema": "eegrecon.report/1", "examples": examples(rows), "views": views(), **more})


def lines(labels: tuple[str, ...] = ("Full",), subjects: tuple[int, ...] = SUBJECTS) -> list[dict[str, Any]]:
    """Return the lines of ``trials.csv`` of a seed: two of three trials are right."""
    return [
        {
            "row": label, "subject": subject, "seed": 0, "index": index, "trial": 1000 - index, "image": index,
            "picture": 5000 + index,
            "label": CLASSES[index % 3], "predicted": CLASSES[index % 3 if index % 2 else 0], "m.top-1": index % 2,
            "m.identification": 1 / (index + 1),
        }
        for label in labels for subject in subjects for index in range(TRIALS)
    ]  # fmt: skip


def scored(value: float, subjects: tuple[int, ...] = SUBJECTS, seeds: tuple[int, ...] = SEEDS) -> dict[str, Any]:
    """Return scores and summaries of every column."""
    scores: list[ScoreRecord] = []
    summaries: list[Summary] = []
    for column in (*COLUMNS, "position error"):
        metric = "structure" if "error" in column else "m"
        names = {"column": column, "metric": metric, "identity": f"{column}/n{TRIALS}", "better": "higher"}
        scores += [
            score(
                value + 0.01 * subject + 0.02 * seed,
                subject,
                seed=seed,
                n=TRIALS,
                interval=(value - 0.1, value + 0.1),
                **names,
            )
            for subject in subjects
            for seed in seeds
        ]
        del names["better"]
        null = {"null": (0.2, 0.4), "p_null": 0.01}
        tested = {"difference": 0.1, "difference_interval": (0.0, 0.2), "p": 0.001, "p_corrected": 0.004}
        summaries.append(summary(value, **names, **null, **tested))
    return {"scores": tuple(scores), "summaries": tuple(summaries)}


def measured(label: str, value: float, **more: Any) -> ResultRow:
    """Return a row with scores."""
    found = scored(value, **{name: more.pop(name) for name in ("subjects", "seeds") if name in more})
    return row(label, *found["scores"], summaries=found["summaries"], **more)


def whole(**more: Any) -> Result:
    """Return a result of the demo profile with variants, controls, a baseline, audits and stages."""
    counts = {name: more[name] for name in ("subjects", "seeds") if name in more}
    rows = (
        measured("Full", 0.7, configuration=STRUCTURE, **counts),
        measured(f"w/o {HOSTILE}", 0.65, removed=("encoder.freq",), configuration=STRUCTURE, **counts),
        measured("a baseline", 0.6, baseline=True, configuration=STRUCTURE, **counts),
        measured("control: EEG shuffled across test trials", 0.34, control="shuffle", **counts),
        measured("control: only the predicted class", 0.7, control="predicted-label", **counts),
        row("a row that failed", failed=True, blank={"m": f"it failed: {HOSTILE}"}),
    )
    published = (PublishedRecord(label="The paper", source="p. 1", without=(), scores={"m.top-1": 0.9}),)
    audits = (
        audit("drift", "FAIL", f"it drifts: 1 {HOSTILE}", ("m",)),
        audit("copies", "PASS", "none of 24"),
        audit("touches", "inconclusive", "not known"),
    )
    fields: dict[str, Any] = {
        "title": f"A title {HOSTILE}", "seeds": SEEDS, "notes": (f"a note {HOSTILE}",), "audits": audits,
        "published": published, "dataset": "dataset.d", "protocol": "p", "command": f"eegrecon bench {HOSTILE}",
        "stages": {
            "a" * 32: StageRecord(name="encoder", kind="fit", seconds=2.0, hit=True),
            "b" * 32: StageRecord(name="features", kind="encode", seconds=0.5, hit=False),
        },
        "environment": {"torch": HOSTILE}, "plugins": {"a_plugin": "1"}, **more,
    }  # fmt: skip
    return result(*rows, **fields)


def page_file(folder: Path, html: str) -> Path:
    """Write a page and return its path."""
    file = folder / "report.html"
    file.write_text(html, encoding="utf-8")
    return file
