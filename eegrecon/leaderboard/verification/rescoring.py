"""Scores computed again: the verifier's metrics and judges on the submitted predictions and pictures.

The stage functions are those of a run, with the submission's arrays as their inputs. A metric that reads tokens, or
features beyond class scores, cannot be computed from a submission; its scores stay claims and are listed as such.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from eegrecon.errors import EegreconError
from eegrecon.evaluation.aggregation import ByColumn, CellScore, by_column, scores_of, summaries
from eegrecon.evaluation.scoring import score
from eegrecon.interfaces.components import Metric
from eegrecon.interfaces.records import ResultRow, Summary
from eegrecon.leaderboard.submission.opened import Submission
from eegrecon.leaderboard.verification.record import Check, RescoredRow
from eegrecon.leaderboard.verification.truth import GivenContext, Truth
from eegrecon.pipeline.context import Product
from eegrecon.pipeline.graph import Stage

EXACT = 1e-6  # relative tolerance of a score without a judge: sums in another order
OF_VALUE, OF_INTERVAL = 1e-3, 0.1  # tolerance of a judge's score: relative, or share of the interval's half width


Chances = dict[tuple[str, str, int, int], float | None]  # by metric, column, subject, seed


@dataclass
class Rescored:
    """What re-scoring found.

    Attributes:
        checks: one for each column of each row.
        rows: the scores by row, for what could be computed.
    """

    checks: list[Check] = field(default_factory=list)
    rows: list[RescoredRow] = field(default_factory=list)


def rescored(submission: Submission, truth: Truth) -> Rescored:
    """Compute the scores of every row with predictions or pictures again, and compare them with the claims."""
    found = [_Row(submission, truth, number, row) for number, row in enumerate(submission.result.rows) if row.scores]
    columns = [by_column(row.scores()) for row in found]
    result = Rescored()
    for row, own, computed in zip(found, columns, summaries(columns), strict=True):
        result.rows.append(RescoredRow(label=row.row.label, summaries=computed))
        result.checks += row.compared(own, computed)
    return result


@dataclass
class _Row:
    """One claimed row, and what could not be computed of it."""

    submission: Submission
    truth: Truth
    number: int
    row: ResultRow
    reasons: dict[str, str] = field(default_factory=dict)  # by metric
    chances: Chances = field(default_factory=dict)

    def scores(self) -> Iterator[CellScore]:
        """Yield the scores of every subject and seed; a metric that cannot be computed leaves its reason."""
        claimed = {each.metric for each in self.row.scores}
        metrics = [(name, metric) for name, metric in self.truth.benchmark.metrics if name in claimed]
        for seed in self.submission.result.seeds:
            for subject in self.submission.result.subjects:
                outputs, views = self._outputs(subject, seed), dict[object, Product]()
                for name, metric in metrics:
                    lacking = sorted(need for need in metric.needs if need not in outputs)
                    if lacking:
                        self.reasons[name] = f"it reads {lacking[0]}, which the submission does not have"
                        continue
                    try:
                        yield from self._scored(name, metric, outputs, views, subject, seed)
                    except (EegreconError, ArithmeticError, ValueError, TypeError, IndexError) as error:
                        self.reasons[name] = f"the metric cannot be computed from a submission ({error})"

    def _outputs(self, subject: int, seed: int) -> dict[str, Product]:
        """Return the submitted outputs of one cell in the order of the verifier's trials, by what a metric needs."""
        trials, test = self.submission.trials[self.row.label, subject, seed], self.truth.test(subject)
        place = np.argsort(np.argsort(test.arrays["trial"]))  # of each declared trial among the sorted ones
        order = np.argsort(trials.trial)[place]
        found = {}
        logits = trials.logits(test.metadata["classes"])
        if logits is not None:
            embedding = np.empty((len(order), 0))  # a submission has none
            found["features"] = Product({"embedding": embedding, "logits": logits[order]})
        record = self.submission.pictures_of(self.number)
        if record is not None:
            found["generated"] = Product({"pictures": self.submission.pictures(record, subject, seed)[order]})
        return found

    def _scored(
        self,
        name: str,
        metric: Metric,
        outputs: dict[str, Product],
        views: dict[object, Product],
        subject: int,
        seed: int,
    ) -> Iterator[CellScore]:
        truth = self.truth
        test = truth.test(subject)
        given: dict[str, Product] = {
            "test": Product(test.arrays, test.metadata),
            **{str(need): outputs[need] for need in metric.needs},
        }
        if "generated" in metric.needs:
            pictures = outputs["generated"].arrays["pictures"]
            size = (pictures.shape[2], pictures.shape[3])
            given["reference"] = truth.reference(subject, size)
            if metric.judge is not None:
                if metric.judge not in views:  # each looks once
                    views[metric.judge] = truth.views(metric.judge, pictures, seed)
                given["reference_views"] = truth.reference_views(metric.judge, subject, size)
                given["generated_views"] = views[metric.judge]
        stage = Stage("score", f"score.{name}", "0" * 32, metric, None, subject, seed)
        product = score(GivenContext(stage, truth.context.run(stage), truth.context, given=given))
        for column, values in product.metadata["scores"].items():
            self.chances[name, column, subject, seed] = values["chance"]
        more = {"subject": subject, "seed": seed}
        yield from scores_of(name, metric, product, str(subject), test.arrays["picture"], **more)

    def compared(self, own: ByColumn, computed: tuple[Summary, ...]) -> Iterator[Check]:
        """Yield the comparison of each claimed column with what was computed."""
        metrics = dict(self.truth.benchmark.metrics)
        intervals = {(summary.metric, summary.column): summary.interval for summary in computed}
        for metric, column in dict.fromkeys((each.metric, each.column) for each in self.row.scores):
            state, text = "FAILED", ""
            if metric not in metrics:
                text = f"the benchmark has no metric {metric!r}"
            elif metric in self.reasons:
                state, text = "not checked", self.reasons[metric]
            elif (metric, column) not in own:
                text = "the metric does not give this column"
            else:
                cells = own[metric, column]
                text = self._problem(cells, intervals[metric, column], metrics[metric].judge is not None)
                if not text:
                    state, text = "ok", f"{np.mean([cell.value for cell in cells]):.6g}"
            name = f"score: {metric}.{column} of {self.row.label}"
            yield Check.model_validate({"name": name, "state": state, "text": text})

    def _problem(self, cells: Sequence[CellScore], interval: tuple[float, float] | None, judged: bool) -> str:
        """Return in what the claims of one column are not what was computed; empty if they agree."""
        key = (cells[0].metric, cells[0].column)
        claimed = [each for each in self.row.scores if (each.metric, each.column) == key]
        claims = {(each.subject, each.seed): each for each in claimed}
        if len(claimed) != len(cells) or len(claims) != len(cells):
            return f"{len(claimed)} scores are claimed, for {len(cells)} subjects and seeds"
        for cell in cells:
            claim, where = claims.get((cell.subject, cell.seed)), f"subject {cell.subject}, seed {cell.seed}"
            if claim is None:
                return f"no score is claimed for {where}"
            if claim.identity != cell.identity:
                return f"claimed as {claim.identity}, and the benchmark computes {cell.identity}"
            if (claim.better == "higher") != cell.higher:
                return f"{claim.better} is claimed to be better"
            if not _close(claim.chance, self.chances[(*key, cell.subject, cell.seed)]):
                return f"the chance level {claim.chance} is claimed for {where}, which is another one"
            tolerance = _tolerance(cell.value, interval, judged)
            if not abs(claim.value - cell.value) <= tolerance:
                return f"{claim.value:.6g} is claimed for {where}, {cell.value:.6g} was computed (± {tolerance:.1g})"
        summary = next((each for each in self.row.summaries if (each.metric, each.column) == key), None)
        return "" if summary is None else _of_interval(summary.interval, interval, judged)


def _close(claimed: float | None, computed: float | None) -> bool:
    if claimed is None or computed is None:
        return claimed is computed
    return abs(claimed - computed) <= 0.01 * max(1.0, abs(computed))  # some chance levels depend on the judge


def _tolerance(value: float, interval: tuple[float, float] | None, judged: bool) -> float:
    if not judged:
        return EXACT * max(1.0, abs(value))
    half = 0.0 if interval is None else (interval[1] - interval[0]) / 2
    return max(OF_VALUE * abs(value), OF_INTERVAL * half, EXACT)


def _of_interval(claimed: tuple[float, float] | None, computed: tuple[float, float] | None, judged: bool) -> str:
    """Return in what a claimed interval is not the computed one; empty if they agree."""
    if claimed is None or computed is None:
        same = claimed is computed
    else:
        half = (computed[1] - computed[0]) / 2
        same = bool(np.allclose(claimed, computed, rtol=EXACT, atol=max(EXACT, half / 2 if judged else 0.0)))
    return "" if same else f"the interval {claimed} is claimed, and {computed} was computed"
