"""What a run shows, in at most six sentences.

Each is chosen by rule and states what a test of the result supports: differences between rows by their test corrected
over the table, the comparison with chance by one test of one column, the rest by the verdicts of the audits. Where two
tests of one question disagree, the sentence says so and claims nothing. A question that the run does not ask has no
sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from eegrecon.interfaces.records import AuditRecord, ResultRecord
from eegrecon.reporting.cells import Standing, TableColumn, between, number, signed
from eegrecon.reporting.summary.clauses import clause, conclusion, findings, listed, sentence
from eegrecon.reporting.summary.view import Line, View
from eegrecon.reporting.tables import Table

MOST = 6
LEVEL = 0.025  # of the one-sided test against chance
_SHOWN = 3  # columns or rows whose numbers a sentence has
_BASELINE = "linear-baseline"  # the audit that compares with a linear reader
_EXPLAINED, _IDENTIFIED = "explained", "identification"  # the audit of what accuracy explains, and of which column
_OF_FULL: dict[Standing, Standing] = {"better": "worse", "worse": "better", "no evidence": "no evidence"}
_OF_VERDICT: dict[str, Standing] = {"PASS": "better", "WARN": "no evidence", "FAIL": "worse"}
_ONCE = "one training each{beside}, which compares these trainings and not the methods (--seeds 3 does)"
_Columns = Sequence[TableColumn]


def sentences(result: ResultRecord, table: Table) -> tuple[str, ...]:
    """Return what a result shows, at most `MOST` sentences.

    Args:
        result: the result.
        table: its table.
    """
    view = View(result, table)
    rules: tuple[Callable[[View], str], ...] = (_accuracy, _reader, _variants, _beyond_class, _without_eeg, _audits)
    return tuple(text for text in (rule(view) for rule in rules) if text)[:MOST]


def _accuracy(view: View) -> str:
    """Compare the most important column that has a chance level with chance, and with the EEG shuffled."""
    column = next((column for column in view.headline if view.chance(column) is not None), None)
    value, chance = (None, None) if column is None else (view.full.cell(column).value, view.chance(column))
    if column is None or value is None or chance is None:
        return ""
    shown = f"{number(value)} {between(view.full.cell(column).interval)}".strip()
    top = column.name == "top-1"
    found = f"names the right class in {shown} of" if top else f"scores {shown} in {_name(column)} on"
    text = f"{view.full.label} {found} {column.n} test trials, where chance is {number(chance)}"
    tests: dict[str, bool] = {}
    if (p := view.p_of_chance(column)) is not None:
        tests[f"p = {p:.2g} against guessing"] = p <= LEVEL
    shuffled = view.control("shuffle")
    if shuffled and (standing := view.standings(shuffled).get(column)):
        p_shuffled = shuffled.cell(column).p
        tests[f"with the EEG shuffled {_number(shuffled, column)}, p = {p_shuffled:.2g}"] = standing == "worse"
    if not tests:
        claim = "not tested"
    elif all(tests.values()):
        claim = "better than chance"
    else:
        claim = "inconclusive" if any(tests.values()) else "no evidence that it is better than chance"
    return sentence(f"{text}: {claim}" + (f" ({'; '.join(tests)})" if tests else "") + _doubtful(view, [column]))


def _reader(view: View) -> str:
    """Compare the full method with the baseline of the benchmark file, or else with the linear reader of the audit.

    With one training of each it has the numbers only.
    """
    audit, line = view.audit(_BASELINE), view.baseline
    claims = [_OF_VERDICT[audit.verdict]] if audit and audit.verdict in _OF_VERDICT else []
    full, other, once = view.full.label, "a linear reader of the same EEG", len(view.result.seeds) == 1
    numbers = findings(audit).partition("; ")[0] if audit and claims else ""
    if line and (columns := [column for column in view.columns if line.cell(column).difference is not None]):
        column, cell = columns[0], line.cell(columns[0])
        other, once = line.label, cell.one_training
        values = f"{_number(view.full, column)} for {full}, {_number(line, column)} for {other}"
        numbers = f"{_name(column)} {values}, difference {_change(line, column)}"
        claims += [_OF_FULL[standing]] if (standing := cell.standing(column)) else []
    if not numbers:
        return ""
    if once:
        return sentence(f"{numbers}; {_ONCE.format(beside='')}")
    about = {
        "better": f"{full} decodes more than {other}",
        "worse": f"{other} decodes more than {full}",
        "no evidence": f"no evidence that {full} decodes more than {other}",
    }
    agreed = about[claims[0]] if len(set(claims)) == 1 else f"inconclusive whether {full} decodes more than {other}"
    return sentence(f"{agreed}: {numbers}")


def _variants(view: View) -> str:
    """Say which other configurations differ from the full method; of those trained once, only the numbers."""
    changed: list[tuple[Line, _Columns]] = []
    same: list[tuple[Line, _Columns]] = []
    once: list[tuple[Line, _Columns]] = []
    for line in view.variants:
        standings, trained_once = view.standings(line), view.trained_once(line)
        different = [column for column, standing in standings.items() if standing != "no evidence"]
        if different:
            changed.append((line, different))
        if trained_once:
            once.append((line, trained_once))
        if standings and not different and not trained_once:
            same.append((line, sorted(standings, key=lambda column: line.cell(column).difference == 0)))  # shared last
    full, parts = view.full.label, []
    if changed:
        parts.append(f"different from {full}: {_differences(changed, claimed=True)}")
    if same:
        parts.append(f"no evidence of a difference from {full}: {_differences(same)}")
    if once:
        parts.append(f"{_ONCE.format(beside=f' beside {full}')}: {_differences(once)}")
    return sentence("; ".join(parts)) if parts else ""


def _beyond_class(view: View) -> str:
    """Say whether the reconstructions tell more than the predicted class, beside the control that has only the class.

    A score that is as good with the EEG shuffled, or that accuracy explains, is no evidence of more.
    """
    line = view.control("predicted-label")
    if line is None:
        return ""
    of_full = {column: _OF_FULL[standing] for column, standing in view.standings(line).items()}
    shuffled, explained = view.control("shuffle"), view.audit(_EXPLAINED)
    of_shuffled = view.standings(shuffled) if shuffled else {}
    is_explained = explained is not None and explained.verdict != "PASS"
    refuted = [c for c in of_full if of_shuffled.get(c, "worse") != "worse" or (is_explained and c.name == _IDENTIFIED)]
    more = [column for column, standing in of_full.items() if standing == "better" and column not in refuted]
    less = [column for column, standing in of_full.items() if standing == "worse"]
    even = [column for column in of_full if column not in (*more, *less)]
    what, beside = "the reconstructions tell more than the predicted class", "from the class alone"
    if more:
        but = f"; but they are worse in {_beside(view, line, less, beside)}" if less else ""
        return sentence(f"{what}: {_beside(view, line, more, beside)}{but}{_doubtful(view, more)}")
    if less:
        return sentence(f"the reconstructions are worse than {beside}: {_beside(view, line, less, beside)}")
    return sentence(f"no evidence that {what}: {_beside(view, line, even, beside)}") if even else ""


def _without_eeg(view: View) -> str:
    """Say which scores do not change when the EEG is shuffled across trials."""
    line = view.control("shuffle")
    standings = view.standings(line) if line else {}
    if line is None or not standings:
        return ""
    beside = "with the EEG shuffled"
    unmoved, better, worse = (
        [column for column, standing in standings.items() if standing == wanted]
        for wanted in ("no evidence", "better", "worse")
    )
    if not unmoved and not better:
        count = "the one score that was tested" if len(worse) == 1 else f"each of {len(worse)} scores"
        return sentence(f"{count} is worse when the EEG is shuffled: {_beside(view, line, worse, beside)}")
    found = "no evidence that these scores depend on the EEG"
    parts = [f"{found}: {_beside(view, line, unmoved, beside)}"] if unmoved else []
    parts += [f"better with the EEG shuffled: {_beside(view, line, better, beside)}"] if better else []
    return sentence("; ".join(parts))


def _audits(view: View) -> str:
    """Name the audits that did not pass, the gravest first."""
    audits = view.result.audits
    if not audits:
        return ""
    parts = []
    for verdict, word in (("FAIL", "failed"), ("WARN", "warnings")):
        found = [_named(audit, view) for audit in audits if audit.verdict == verdict]
        parts += [f"{word}: {', '.join(found)}"] if found else []
    undecided = [audit.name for audit in audits if audit.verdict == "inconclusive"]
    parts += [f"inconclusive: {listed(undecided, 2 * _SHOWN)}"] if undecided else []
    if not parts:
        return sentence(f"all {len(audits)} audits passed")
    passed = sum(audit.verdict == "PASS" for audit in audits)
    return sentence(f"{passed} of {len(audits)} audits passed; {'; '.join(parts)}")


def _named(audit: AuditRecord, view: View) -> str:
    """Return the name of an audit with one clause, unless a sentence before has said it."""
    said = conclusion(audit) if audit.name == _BASELINE and _reader(view) else None
    return f"{audit.name} ({clause(audit.evidence) if said is None else f'{said}, see above'.removeprefix(', ')})"


def _differences(rows: Sequence[tuple[Line, _Columns]], *, claimed: bool = False) -> str:
    """Return rows with their differences from the first row: two of a single row, else one of each.

    Args:
        rows: the rows, each with its columns.
        claimed: whether to say which are better and which worse.
    """
    shown = 2 if len(rows) == 1 else 1
    items = []
    for line, columns in rows:
        numbers = []
        for column in columns[:shown]:
            standing = f": {line.cell(column).standing(column)}" if claimed else ""
            numbers.append(f"{_name(column)} {_change(line, column)}{standing}")
        items.append(f"{line.label} ({', '.join(numbers)})")
    return listed(items, _SHOWN)


def _beside(view: View, line: Line, columns: _Columns, what: str) -> str:
    """Return the full method's number in each column, and behind it in brackets that of another row."""
    items = []
    for place, column in enumerate(columns):
        other = _number(line, column) if place else f"{what} {_number(line, column)}"
        items.append(f"{_name(column)} {_number(view.full, column)} ({other})")
    return listed(items, _SHOWN)


def _change(line: Line, column: TableColumn) -> str:
    """Return the difference from the first row with its interval."""
    cell = line.cell(column)
    assert cell.difference is not None
    return f"{signed(cell.difference)} {between(cell.difference_interval)}".strip()


def _number(line: Line, column: TableColumn) -> str:
    value = line.cell(column).value
    return "-" if value is None else number(value)


def _name(column: TableColumn) -> str:
    return column.label or column.name


def _doubtful(view: View, columns: _Columns) -> str:
    """Return why the full method's numbers in these columns are doubtful, as the end of a sentence."""
    doubts = view.doubts(columns)
    return f"; doubtful ({', '.join(doubts)})" if doubts else ""
