"""What a table's content says against trusting it: leaks, copies, identifiers, constants, codes, repeats, few events.

Nothing is changed here. `dropped` names the columns that cannot be features, each with its reason, for
`Checked.without`; everything else is the analyst's decision.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from casestudies.tabular import leaks
from casestudies.tabular.checked import Checked
from casestudies.tabular.contract import NUMERIC
from casestudies.tabular.features import Feature
from casestudies.tabular.problems import Code, Problem, ticked

if TYPE_CHECKING:
    from casestudies.tabular.split import Split

_EVENTS = 50  # fewer, and intervals are wide and calibration by steps is not possible
_DROPPING = (Code.IDENTIFIER_LIKE, Code.CONSTANT, Code.ALL_MISSING, Code.AFTER_OUTCOME, Code.TARGET_COPY)


def findings(checked: Checked, *, costs: Collection[str] = (), leaks_allowed: bool = False) -> list[Problem]:
    """Everything the checked table says against itself, one problem a fact.

    Parameters
    ----------
    costs: columns that the cost formulas read, by contract name or the analyst's.
    leaks_allowed: a column that gives the label away is a warning, not an error.
    """
    paid = [name for name, source in checked.sources.items() if name in costs or source in costs]
    found: list[Problem] = []
    for name in checked.in_role("feature"):
        feature = Feature(checked.columns[name], checked.sources[name], checked.frame[name], checked.y)
        found.extend(feature.problems(leaks_allowed=leaks_allowed))
    found.extend(_money(checked, paid))
    found.extend(_rows(checked))
    found.extend(_events(checked.y))
    return found


def dropped(found: Iterable[Problem], checked: Checked) -> dict[str, str]:
    """{column of the frame: why it is no feature}, for the findings that leave no choice."""
    name_of = {source: name for name, source in checked.sources.items()}
    return {name_of[p.column]: p.rule for p in found if p.code in _DROPPING and p.column is not None}


def _money(checked: Checked, paid: list[str]) -> Iterator[Problem]:
    for name, column in checked.columns.items():
        source = checked.sources[name]
        if name in paid and name in checked.features and name in checked.inferred:
            rule = "is read by the cost formulas and is a feature too"
            advice = f"if it is known only after the decision write data.drop: [{source}]"
            yield Problem(Code.COST_IS_FEATURE, "warning", rule, advice, source, count=len(checked.frame))
        counted = column.kind == "money" and column.role != "dropped" and column.known == "at decision"
        if column.kind in NUMERIC and (counted or name in paid):
            values = checked.frame[name].to_numpy()
            negative, zeros = values < 0, int((values == 0).sum())
            if negative.any():
                row, line = checked.places.of(int(np.argmax(negative)))
                rule = f"has {negative.sum()} negative amounts (sum {values[negative].sum():,.2f}) and {zeros} zeros"
                advice = "a negative cost is a gain: make sure that this is meant"
                count = int(negative.sum())
                yield Problem(Code.MONEY_SIGN, "warning", rule, advice, source, row, line, count=count)
            elif zeros:
                yield Problem(Code.MONEY_SIGN, "note", f"is zero in {zeros} rows", column=source, count=zeros)


def _rows(checked: Checked) -> Iterator[Problem]:
    """Repeated rows, as they bear on the evaluation."""
    if not checked.features:
        return
    hashes = leaks.row_hashes(checked.frame[checked.features])
    _, first, group = np.unique(hashes, return_index=True, return_inverse=True)
    rows = np.bincount(group)
    y = checked.y
    if y is not None:
        events = np.bincount(group, weights=y)
        torn = (events > 0) & (events < rows)
        if torn.any():
            count, (row, line) = int(rows[torn].sum()), checked.places.of(int(first[torn].min()))
            rule = f"{count} rows share all features with a row of the other label"
            yield Problem(
                Code.SAME_ROW_OTHER_LABEL, "note", rule, "no model can tell them apart", None, row, line, None, count
            )
    key = group if y is None else 2 * group + y.astype(np.int64)
    _, whole_first = np.unique(key, return_index=True)
    again = np.ones(len(key), dtype=bool)
    again[whole_first] = False
    if again.any():
        count, (row, line) = int(again.sum()), checked.places.of(int(np.argmax(again)))
        rule = f"{count} of {len(key)} rows repeat an earlier row in all features and the label"
        advice = "remove repeats, or write data.group if rows belong together"
        yield Problem(Code.DUPLICATE_ROWS, "warning", rule, advice, None, row, line, None, count)


def repeats_across(checked: Checked, split: Split) -> list[Problem]:
    """Judged rows that a training row repeats in all features: their figures flatter the model.

    Out of fold, a row counts where it repeats a row of another fold.
    """
    if not checked.features:
        return []
    hashes = leaks.row_hashes(checked.frame[checked.features])
    parts = split.folds if split.out_of_fold else ((split.train, split.test),)
    known = np.zeros(len(hashes), dtype=bool)
    for train, test in parts:
        known[test] = np.isin(hashes[test], hashes[train])
    if not known.any():
        return []
    row, line = checked.places.of(int(np.argmax(known)))
    judged = sum(len(test) for _, test in parts)
    rule = f"{known.sum()} of {judged} judged rows repeat a training row in all features"
    advice = "remove repeats, or write data.group"
    return [Problem(Code.DUPLICATES_ACROSS, "warning", rule, advice, None, row, line, None, int(known.sum()))]


def against_time(checked: Checked, split: Split, *, asked: bool) -> list[Problem]:
    """What the split does to time: dates that it does not use, and judged rows older than those that train.

    Parameters
    ----------
    asked: the kind of split was asked for by its name; a random one is then meant.
    """
    times = checked.in_role("time")
    if times and split.kind == "given":
        return _older(checked, split, times[0])
    if times or asked or split.kind not in ("stratified", "group"):
        return []
    dates = [checked.sources[name] for name, column in checked.columns.items() if column.kind == "date"]
    if not dates:
        return []
    rule = f"the table has dates in {', '.join(map(ticked, dates))} and the split is random"
    advice = f"if that is when the decision was taken write data.time: {dates[0]}, else split.kind: {split.kind}"
    return [Problem(Code.DATES_UNUSED, "warning", rule, advice, count=len(checked.frame))]


def _older(checked: Checked, split: Split, time: str) -> list[Problem]:
    when = checked.frame[time]
    older = split.test[(when.iloc[split.test] < when.iloc[split.train].max()).to_numpy()]
    if not len(older):
        return []
    row, line = checked.places.of(int(older[0]))
    rule = f"{len(older):,} of {len(split.test):,} judged rows are older than the latest row that trains"
    advice = "figures of the past do not say how the next rows will do; write split.kind: time"
    return [Problem(Code.TEST_BEFORE_TRAIN, "warning", rule, advice, None, row, line, None, len(older))]


def _events(y: np.ndarray | None) -> Iterator[Problem]:
    if y is None:
        return
    events, others = int(y.sum()), int(len(y) - y.sum())
    if min(events, others) < _EVENTS:
        rule = f"there are {events} events and {others} other rows: intervals are wide below {_EVENTS} of either"
        yield Problem(
            Code.FEW_EVENTS,
            "warning",
            rule,
            "bring more rows before a decision rests on this",
            count=min(events, others),
        )
