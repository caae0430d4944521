"""Put the audits' questions to a finished run, and keep the ledger that one of them asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from eegrecon import keys, ledger
from eegrecon.ablation import PLACES
from eegrecon.audits import Audit, Circumstances, Opinion
from eegrecon.contract_checks import who
from eegrecon.results import AuditRecord
from eegrecon.runner import Executed
from eegrecon.spec import Benchmark
from eegrecon.stages import Graph
from eegrecon.workshop import Workshop

if TYPE_CHECKING:
    from eegrecon.api import Session

Audits = tuple[AuditRecord, ...]
Remade = Mapping[str, float] | None


def said_of_the_data(graph: Graph, shop: Workshop) -> tuple[str, ...]:
    """Gather what the data set says of its protocol and trials."""
    return tuple(dict.fromkeys(note for row in graph.rows for note in shop.artefact(row.test).meta["said"]["notes"]))


def _concerned(audit: Audit, benchmark: Benchmark) -> tuple[str, ...]:
    """Return the metrics whose numbers an audit is about."""
    return tuple(name for name, metric in benchmark.metrics if metric.needs & audit.concerns)


def examine(session: Session, shop: Workshop, graph: Graph, executed: Executed, remade: Remade) -> Audits:
    """Let every audit conclude from what it measured.

    Args:
        session: what was asked.
        shop: where the measurements are.
        graph: its rows as they can be shown.
        executed: what became of the stages.
        remade: differences from a second making by stage; None if there was none.
    """
    pages = _pages(session, shop, graph).values()
    scored = frozenset().union(*(ledger.configurations(shop.store, page) for page in pages))
    known = Circumstances(said_of_the_data(graph, shop), len(scored) or None, remade)
    found = []
    for name, audit in session.audits.items():
        own = dict.fromkeys(row.audits[name] for row in graph.rows if name in row.audits)
        opinion = _opinion(audit, list(own), shop, executed, known)
        found.append(
            AuditRecord(
                name=name,
                question=audit.question,
                verdict=opinion.verdict,
                evidence=opinion.evidence,
                concerns=_concerned(audit, session.full),
            )
        )
    return tuple(found)


def _opinion(audit: Audit, own: list[str], shop: Workshop, executed: Executed, known: Circumstances) -> Opinion:
    lost = next((executed.lost[key] for key in own if key in executed.lost), None)
    if lost is not None:
        return Opinion("inconclusive", lost)
    try:
        return audit.conclude([shop.artefact(key).arrays for key in own], known)
    except Exception as error:  # a plugin's mistake must not take the numbers away
        return Opinion("inconclusive", f"{who(audit, 'conclude')} failed: {type(error).__name__}: {error}")


def enter_ledger(session: Session, shop: Workshop, graph: Graph) -> None:
    """Write into the ledger which configurations were scored on whose test trials. Controls are none."""
    page_of, command = _pages(session, shop, graph), session.request.command()
    pages: dict[str, dict[str, dict[str, str]]] = {}
    for row in graph.rows:
        benchmark = row.variant.benchmark
        if row.variant.control or not row.scores or benchmark is None:
            continue
        components = [component for component in map(benchmark.place, PLACES) if component is not None]
        described = [keys.describe(component, session.catalog.name_of, lambda nested: None) for component in components]
        digest = keys.digest(described)
        entry = {"configuration": digest, "benchmark": benchmark.name, "row": row.variant.label, "command": command}
        pages.setdefault(page_of[row.test], {})[digest] = entry
    for page, entries in pages.items():
        ledger.enter(shop.store, page, entries.values())


def _pages(session: Session, shop: Workshop, graph: Graph) -> dict[str, str]:
    """Name the ledger's page of each subject's test trials, by the key of their stage."""
    described = keys.describe(session.full.dataset, session.catalog.name_of, lambda nested: None)
    return {key: ledger.page(shop.artefact(key).arrays, described) for key in {row.test for row in graph.rows}}
