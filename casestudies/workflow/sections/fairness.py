"""The decision by protected group, with how sure the gaps are, and which columns stand in for a protected one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from casestudies.report import Block, Figure, Heading, Note, Table, Text, charts
from casestudies.workflow.compare import Judged, Sample
from casestudies.workflow.fairness import by_group
from casestudies.workflow.findings import Findings
from casestudies.workflow.sections.words import level_of, money, number, percent, span

_DRAWN = 24  # groups in the figure
_FOUR_FIFTHS = 0.8
_COMPARED = ("rest_rate", "sensitivity", "false_alarms", "calibration")
_SHARES = ("event_rate", "act_rate", "sensitivity", "false_alarms")


def fairness_blocks(f: Findings) -> tuple[Block, ...]:
    """For the section "Groups", in the place of its table."""
    told: Mapping[str, Any] = f.analysis.get("fairness", {})
    if not told:
        return ()
    words = f.study.words
    now = {name: _as_decided(f, name, entry) for name, entry in told.items()}
    blocks: list[Block] = [
        Text(
            "Protected columns are no features, and no threshold depends on a group. What follows is measured; nothing is "
            "adjusted. A difference is a question to be asked, not yet an answer: it can have reasons in the other columns."
        ),
        _figure(f, now),
    ]
    for name, entry in now.items():
        blocks += [Heading(f"By {name}"), _rates(f, name, entry)]
        if entry["gaps"]:
            blocks.append(_gaps(f, name, entry))
        blocks.append(Text(_verdict(f, entry)))
    blocks += [Heading("Columns that stand in for a protected one"), Text(_proxy_method(told)), _proxies(told)]
    without = _without(f, told)
    if without is not None:
        text = (
            "What the decisions would be if such a column told nothing: its cells were dealt out to the rows at random, and the "
            "same model decided again. A model fitted without the column could find part of the same in others."
        )
        note = " These rows show the recommended decision, not the reader's cut." if f.chosen else ""
        blocks += [Text(text + note), without]
    if any(entry["without"] for entry in told.values()):
        blocks.append(
            Note(
                f"Whether a column that stands in for a group may be used is not a matter of figures: ask who is {words.acted}, and why."
            )
        )
    return tuple(blocks)


def _as_decided(f: Findings, name: str, entry: dict[str, Any]) -> dict[str, Any]:
    """The run's own figures, or those of the cut that the reader chose."""
    if f.chosen is None:
        return entry
    told = f.predictions
    labels = told[f"group:{name}"].fillna("missing").replace({"None": "missing", "nan": "missing"}).to_numpy()
    held = Sample(told[[]], f.y, f.weight, f.costs, told.get("group"))
    judged = Judged(f.scores()[f.champion], told[f"act:{f.champion}"].to_numpy())
    return entry | by_group(held, judged, labels, f.settings)


def _figure(f: Findings, told: Mapping[str, Any]) -> Figure:
    words = f.study.words
    rows = [
        (f"{name}: {row['group']}", row["act_rate"])
        for name, entry in told.items()
        for row in entry["groups"]
        if not row["note"]
    ][:_DRAWN]
    act = f.predictions[f"act:{f.champion}"].to_numpy()
    ends = np.array([[100 * (1 - rate[end]) for end in ("value", "high", "low")] for _, rate in rows]).reshape(-1, 3)
    return charts.dot_whisker(
        [name for name, _ in rows],
        *ends.T,
        title=f"{words.rested.capitalize()}, per cent",
        reference=100 * (1 - float(np.average(act, weights=f.weight))),
        caption=f"Share {words.rested} by group, with {level_of(f)} intervals. The dashed line is the share of all: a group whose "
        "interval leaves it is treated otherwise than the rest",
    )


def _rates(f: Findings, column: str, told: Mapping[str, Any]) -> Table:
    words = f.study.words
    head = ("Group", "Rows", f"{words.event.capitalize()} rate", words.rested.capitalize(), "Caught", "False alarms")
    rows = []
    for row in told["groups"]:
        count = f"{row['rows']:,}"
        if row["note"]:
            rows.append((row["group"], count, row["note"], "", "", "", ""))
            continue
        cells = [_share(row[key], flip=key == "act_rate") for key in _SHARES]
        gap = row["calibration"]
        rows.append((row["group"], count, *cells, f"{100 * gap['value']:+.1f} ({span(gap, 1, 100)})"))
    caption = f"The decision by {column}, in per cent (intervals in brackets)"
    return Table(caption, (*head, "Stated minus observed"), tuple(rows), (False, *[True] * 6))


def _gaps(f: Findings, column: str, told: Mapping[str, Any]) -> Table:
    """The differences, and what has its own scale: points and money, as they are."""
    words = f.study.words
    means = {"score": "Points, mean", "cost": f"Cost per {words.row} ({f.unit})"}
    means = {key: title for key, title in means.items() if told["groups"][0][key] is not None}
    head = ["Group", words.rested.capitalize(), "Ratio", "Caught", "False alarms", *means.values()]
    apart = {gap["group"]: gap for gap in told["gaps"]}
    rows = []
    for row in told["groups"]:
        if row["note"]:
            continue
        gap = apart.get(row["group"])
        if gap is None:
            cells, stars = ["the largest", "", "", ""], {}
        else:
            stars = gap["difference"]
            rest, *others = (_points(stars[key]) for key in _COMPARED[:3])
            share = gap["ratio"]["rest_rate"]
            cells = [rest, f"{number(share['value'], 2)} ({span(share, 2)})", *others]
        rows.append((row["group"], *cells, *(_amount(row[key], stars.get(key)) for key in means)))
    caption = (
        f"Each group of {column} minus the largest, in percentage points; an asterisk marks a difference whose interval leaves 0 "
        "out"
    )
    return Table(caption, tuple(head), tuple(rows), (False, *[True] * (len(head) - 1)))


def _verdict(f: Findings, told: Mapping[str, Any]) -> str:
    words = f.study.words
    if not told["gaps"]:
        return "Fewer than two groups have enough rows, so nothing is compared."
    parity, odds, ratio = told["parity_difference"], told["odds_difference"], told["parity_ratio"]
    said = (
        f"Between the group {words.rested} most and the one {words.rested} least lie {100 * parity['value']:.1f} points "
        f"({span(parity, 1, 100)}; demographic parity difference); the least share is {number(ratio['value'], 2)} of the "
        f"greatest ({span(ratio, 2)})"
    )
    if ratio["value"] is not None and ratio["value"] < _FOUR_FIFTHS:
        said += ", below the 0.8 of the four-fifths rule, a usual sign to look closer"
    if odds["value"] is not None and np.isfinite(odds["value"]):
        said += f". The equalised odds difference is {100 * odds['value']:.1f} points ({span(odds, 1, 100)})"
    figures = [gap["difference"][key] for gap in told["gaps"] for key in _COMPARED]
    figures = [entry for entry in figures if entry["low"] is not None and np.isfinite(entry["low"])]
    apart = sum(map(_apart, figures))
    chance = (1 - f.settings.interval.level) * len(figures)
    return (
        f"{said}. Of the {len(figures)} differences from the largest group in shares and in calibration, {apart} have an interval that leaves 0 out; "
        f"about {chance:.1g} would by chance alone."
    )


def _proxy_method(told: Mapping[str, Any]) -> str:
    rows = max((entry["proxies"]["rows"] for entry in told.values() if entry["proxies"]), default=0)
    return (
        f"How well the features tell a group from the rest (AUC, on {rows:,} rows): 0.5 is not at all, 1 is always. A column is "
        "named when it does better than chance could (19 shuffles) and reaches 0.55. “Together” is what all columns tell."
    )


def _proxies(told: Mapping[str, Any]) -> Table:
    rows = []
    for name, entry in told.items():
        found = entry["proxies"]
        if found is None:
            rows.append((name, "too few to say", ""))
            continue
        named = [f"{p['column']} {p['best']:.2f} for {p['group']} (chance {p['chance']:.2f})" for p in found["named"]]
        more = [f"and {found['more']} more"] if found["more"] else []
        text = "; ".join([*named, *more]) or f"none of {found['asked']}"
        joint = f"{found['joint']:.2f}" + ("" if found["joint"] > found["joint_noise"] else " (no more than chance)")
        rows.append((name, joint, text))
    head = ("Protected column", "Together", "Columns that tell it, and the group they tell best")
    return Table("What the features tell of the protected columns", head, tuple(rows), (False, True, False))


def _without(f: Findings, told: Mapping[str, Any]) -> Table | None:
    words = f.study.words
    rows = []
    for name, entry in told.items():
        for told_ in entry["without"]:
            spread = [f"{100 * told_[k]:.1f}" if told_[k] is not None else "n/a" for k in ("before", "after")]
            cells = [told_["column"], name, f"{told_['rows']:,}", percent(told_["changed"]), " to ".join(spread)]
            if f.money:
                cells.append(f"{money(told_['cost_before'])} to {money(told_['cost_after'])}")
            rows.append(tuple(cells))
    if not rows:
        return None
    head = ["Column dealt out", "Stands in for", "Rows", "Decisions changed", f"Spread in {words.rested}, points"]
    head += [f"Cost per {words.row} ({f.unit})"] if f.money else []
    caption = "The decision without what a column tells: from before to after"
    return Table(caption, tuple(head), tuple(rows), (False, False, *[True] * (len(head) - 2)))


def _share(entry: Mapping[str, Any], flip: bool = False) -> str:
    value, low, high = (entry[end] for end in ("value", "low", "high"))
    if value is None or not np.isfinite(value):
        return "too few to say" if "too few" in entry["reason"] else "n/a"
    if flip:
        value, low, high = 1 - value, 1 - high, 1 - low
    return f"{100 * value:.1f} ({100 * low:.1f} to {100 * high:.1f})"


def _points(entry: Mapping[str, Any]) -> str:
    if entry["value"] is None or not np.isfinite(entry["value"]):
        return "too few to say"
    return f"{100 * entry['value']:+.1f} ({span(dict(entry), 1, 100)}){'*' if _apart(entry) else ''}"


def _amount(entry: Mapping[str, Any], difference: Mapping[str, Any] | None) -> str:
    """A mean on its own scale, starred where its difference from the largest group's leaves 0 out."""
    value, low, high = (entry[end] for end in ("value", "low", "high"))
    digits = 0 if max(abs(v) for v in (value, low, high)) >= 100 else 2
    star = "*" if difference is not None and _apart(difference) else ""
    return f"{value:,.{digits}f} ({low:,.{digits}f} to {high:,.{digits}f}){star}"


def _apart(entry: Mapping[str, Any]) -> bool:
    """Whether the interval leaves 0 out."""
    low, high = entry["low"], entry["high"]
    return low is not None and np.isfinite(low) and (low > 0 or high < 0)
