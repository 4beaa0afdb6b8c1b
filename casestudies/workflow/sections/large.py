"""A table larger than memory: what was done on a sample of its rows, what on all, and what all were worth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from casestudies.report import Block, Heading, Table, Text
from casestudies.workflow.findings import Findings
from casestudies.workflow.sections.words import level_of, money, number, percent, pretty, span

_FIGURES = {"savings": "Savings", "auc": "AUC", "log_loss": "Log loss", "brier": "Brier"}
_FITTED = {"rows drawn": "the rows drawn", "all rows": "all rows"}


def large_blocks(f: Findings) -> tuple[Block, ...]:
    """Counts, and the two fits side by side; () where the table was in memory as a whole."""
    told = f.analysis.get("large")
    if told is None:
        return ()
    blocks: list[Block] = [Heading("On all rows and on a sample"), _where(told)]
    if told["figures"]:
        blocks += [_table(f, told), Text(_worth(f, told))]
    if told["limit"] is not None:
        blocks.append(Text(_limit(f, told)))
    return tuple(blocks)


def _limit(f: Findings, told: Mapping[str, Any]) -> str:
    """What became of a budget or a capacity, which is for all rows together."""
    rule = f.settings.decide.rule
    amount = money(told["limit"], f.unit) if rule == "budget" else f"{told['limit']:,.0f} {f.study.words.rows}"
    return (
        f"decide.{rule} is for all {told['rows']:,} rows of the file. The rows drawn have their share of it, and so {amount} "
        "are what the judged rows are given; predict gives whatever it is asked about the whole of it."
    )


def _where(told: Mapping[str, Any]) -> Table:
    rows, sample = told["rows"], told["sample"]
    share = percent(sample / rows)
    saved = f"all, in {told['row_groups']:,} row groups, by {told['engine']}"
    return Table(
        "What rests on which rows",
        ("What", "Rows", "Which"),
        (
            ("Cells checked, counted and summed up", f"{rows:,}", "all that are kept"),
            ("Quality, choice of model, calibration, cut", f"{sample:,}", f"drawn at random ({share})"),
            ("Figures and intervals", f"{told['judged']:,}", "held-out rows among those drawn"),
            ("Saved model", f"{told['fitted']:,}", saved),
        ),
        (False, True, False),
    )


def _table(f: Findings, told: Mapping[str, Any]) -> Table:
    shown = [name for name in _FIGURES if name in told["figures"]["all rows"]]
    seen = {"rows drawn": "training rows of the sample", "all rows": f"{told['seen']:,} rows"}
    rows = [
        (
            f"{_FITTED[who].capitalize()}: {seen[who]}",
            *(f"{number(entry[name]['value'])} ({span(entry[name])})" for name in shown),
        )
        for who, entry in ((who, told["figures"][who]) for who in _FITTED)
    ]
    caption = (
        f"{pretty(f, told['champion'])} on the same {told['judged']:,} judged rows, which neither fit has seen, nor rows "
        f"of their groups or their time; {level_of(f)} intervals"
    )
    return Table(caption, ("Fitted on", *(_FIGURES[name] for name in shown)), tuple(rows))


def _worth(f: Findings, told: Mapping[str, Any]) -> str:
    test = told["paired"]
    if told["measure"] == "expected_cost":
        word, amount = f"cost per {f.study.words.row}", lambda value: money(value, f.unit)
    else:
        word, amount = "log loss", lambda value: number(value, 4)
    ends = f"{level_of(f)} interval {amount(test['low'])} to {amount(test['high'])}"
    change = f"{amount(abs(test['difference']))} {'lower' if test['difference'] < 0 else 'higher'}"
    if test["low"] is None or test["low"] <= 0 <= test["high"]:
        return (
            f"With all rows the {word} is {change}, within chance ({ends}): for this model the rows drawn would have "
            "been enough, and the figures elsewhere in this report, made on them, hold for the saved model as well."
        )
    return (
        f"With all rows the {word} is {change} ({ends}). The figures elsewhere in this report are of the fit on the rows "
        "drawn; the saved model is the other one."
    )
