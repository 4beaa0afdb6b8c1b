"""The champion beside the best other candidate: figures, whom they treat otherwise, what that is worth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from casestudies.report import Block, Heading, Table, Text
from casestudies.workflow.findings import Findings
from casestudies.workflow.sections.words import level_of, money, number, percent, pretty

_TITLES: Mapping[str, str] = {
    "auc": "AUC",
    "gini": "Gini",
    "ks": "KS",
    "brier": "Brier",
    "log_loss": "Log loss",
    "ece": "ECE",
    "expected_cost": "Cost",
    "savings": "Savings",
}
_LINES = {"slope": "Calibration slope (1 is right)", "level": "Calibration level (0 is right)"}
_LOWER_WINS = ("brier", "log_loss", "ece", "expected_cost")


def challenger_blocks(f: Findings) -> tuple[Block, ...]:
    """The pair's table, the swap set from champion to challenger, and who is in it; nothing with one candidate."""
    told = f.analysis.get("challenger")
    if told is None or "skipped" in told:
        return ()
    champion, challenger = pretty(f, told["champion"]), pretty(f, told["challenger"])
    blocks: list[Block] = [
        Heading(f"Champion against challenger: {champion} and {challenger}"),
        Text(_verdict(f, told)),
        _figures(f, told),
        Text(_agreement(f, told)),
        _swap(f, told),
    ]
    if told["who"]:
        blocks.append(_who(f, told))
    return tuple(blocks)


def _verdict(f: Findings, told: Mapping[str, Any]) -> str:
    """What can be told apart, in ranking, probability and money."""
    champion, challenger = pretty(f, told["champion"]), pretty(f, told["challenger"])
    better: dict[str, list[str]] = {champion: [], challenger: []}
    open_ = []
    for metric in ("auc", "log_loss", *(["expected_cost"] if "expected_cost" in told["paired"] else [])):
        test = told["paired"][metric]
        words = {"auc": "ranking (AUC)", "log_loss": "probability (log loss)", "expected_cost": "money"}[metric]
        if test["low"] is None or test["low"] <= 0 <= test["high"]:
            open_.append(words)
        else:
            wins = (test["difference"] < 0) == (metric in _LOWER_WINS)
            better[challenger if wins else champion].append(words)
    said = [f"{name} is better in {_listed(what)}" for name, what in better.items() if what]
    if open_:
        said.append(f"they cannot be told apart in {_listed(open_)}")
    text = "; ".join(said)
    return (
        f"On {told['rows']:,} judged {f.study.words.rows}: {text} ({level_of(f)} intervals of the paired differences on the "
        "same resamples)."
    )


def _listed(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _figures(f: Findings, told: Mapping[str, Any]) -> Table:
    pair = (told["champion"], told["challenger"])
    rows = []
    for metric, title in _TITLES.items():
        if metric not in told["paired"]:
            continue
        digits, scale = _scale(told["models"][pair[0]][metric]["value"], metric)
        unit = {"expected_cost": f" per {f.study.words.row} ({f.unit})", "savings": " (%)"}.get(metric, "")
        test = told["paired"][metric]
        cells = [_span(told["models"][name][metric], digits, scale) for name in pair]
        rows.append((title + unit, *cells, _span(test, digits, scale, sign=True), _p_value(test["p_value"])))
    for key, title in _LINES.items():
        rows.append((title, *(_span(told["lines"][name][key], 3, 1.0) for name in pair), "", ""))
    head = ("", *(pretty(f, name) for name in pair), "Difference", "p")
    caption = f"Both on the same rows, with {level_of(f)} intervals; the difference is {head[2]} minus {head[1]}"
    return Table(caption, head, tuple(rows), (False, True, True, True, True))


def _scale(value: float | None, metric: str) -> tuple[int, float]:
    """(digits, factor) a figure is printed with."""
    if metric == "savings":
        return 1, 100.0
    if metric == "expected_cost" and value is not None:
        return (3 if abs(value) < 10 else 2 if abs(value) < 100 else 0), 1.0
    return 3, 1.0


def _span(told: Mapping[str, Any], digits: int, scale: float, *, sign: bool = False) -> str:
    """ "0.781 (0.768 to 0.793)"; a difference has signs."""
    value = told.get("difference", told.get("value"))
    if value is None:
        return "n/a"

    def cell(figure: float | None) -> str:
        return number(None if figure is None else scale * figure, digits) if not sign else _plus(figure, digits, scale)

    return f"{cell(value)} ({cell(told['low'])} to {cell(told['high'])})"


def _plus(figure: float | None, digits: int, scale: float) -> str:
    return "n/a" if figure is None else f"{round(scale * figure, digits) + 0.0:+,.{digits}f}"


def _p_value(p: float | None) -> str:
    return "n/a" if p is None else "<0.01" if p < 0.01 else number(p, 2)


def _agreement(f: Findings, told: Mapping[str, Any]) -> str:
    words, differ = f.study.words, told["differ"]
    challenger = pretty(f, told["challenger"])
    away = differ["rested"]["rows"] + differ["acted"]["rows"]
    text = (
        f"Both decide alike on {differ['agree']:,} {words.rows} and differently on {away:,} "
        f"({percent(differ['rested']['share'] + differ['acted']['share'])})."
    )
    if "both" not in differ:
        return text
    saved = differ["both"]["saved"]
    ends = f"{level_of(f)} interval {money(saved['low'], f.unit)} to {money(saved['high'], f.unit)}"
    verb = "save" if saved["value"] >= 0 else "lose"
    return (
        text
        + f" Handing the decision to {challenger} would {verb} {money(abs(saved['value']), f.unit)} on these rows ({ends})."
    )


def _swap(f: Findings, told: Mapping[str, Any]) -> Table:
    words, differ = f.study.words, told["differ"]
    challenger = pretty(f, told["challenger"])
    in_money = "both" in differ
    rows = []
    for side, done in (("rested", words.rested), ("acted", words.acted)):
        one = differ[side]
        cells = (f"{one['rows']:,}", percent(one["event_rate"]))
        rows.append((f"{done} by {challenger} only", *cells, *([_money_span(one["saved"])] if in_money else [])))
    if in_money:
        total = differ["rested"]["rows"] + differ["acted"]["rows"]
        rows.append(("the change", f"{total:,}", "", _money_span(differ["both"]["saved"])))
    head = (
        "",
        words.rows.capitalize(),
        f"{words.event.capitalize()} rate",
        *([f"Saved ({f.unit})"] if in_money else []),
    )
    caption = f"The swap set: whom {challenger} would treat otherwise, and what that saves"
    return Table(caption, head, tuple(rows), (False, *[True] * (len(head) - 1)))


def _money_span(told: Mapping[str, Any]) -> str:
    return f"{money(told['value'])} ({money(told['low'])} to {money(told['high'])})"


def _who(f: Findings, told: Mapping[str, Any]) -> Table:
    words = f.study.words
    challenger = pretty(f, told["challenger"])
    sides = {"rested": f"{words.rested} by {challenger} only", "acted": f"{words.acted} by {challenger} only"}
    rows = []
    for one in told["who"]:
        name = one["column"] if one["what"] is None else f"{one['column']}: {one['what']}"
        values = [one["alike"], *(one["means"].get(side) for side in sides)]
        cells = [_mean(value, one["what"]) for value in values]
        rows.append((name, *cells, f"{one['difference']:+.2f} ({getattr(words, one['side'])})"))
    head = ("Mean or share", "Decided alike", *sides.values(), "Standard deviations apart")
    caption = "Who is decided differently: the columns that set these rows most apart from those decided alike"
    return Table(caption, head, tuple(rows), (False, True, True, True, True))


def _mean(value: float | None, what: str | None) -> str:
    if value is None:
        return "too few"
    return percent(value) if what is not None else f"{value:,.4g}" if abs(value) < 1e4 else f"{value:,.0f}"
