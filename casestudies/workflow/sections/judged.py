"""How well the decisions did on rows that nothing was chosen on: ranking, probability, money, groups."""

from __future__ import annotations

import numpy as np

from casestudies.models.costsensitive.names import by_name
from casestudies.report import Block, Figure, Heading, Note, Section, Table, Text, charts
from casestudies.workflow.evaluate import INCUMBENT
from casestudies.workflow.findings import Findings
from casestudies.workflow.sections.bands import bands_blocks
from casestudies.workflow.sections.challenger import challenger_blocks
from casestudies.workflow.sections.drift import drift_blocks
from casestudies.workflow.sections.fairness import fairness_blocks
from casestudies.workflow.sections.learning import Printed, Reading, learning_blocks
from casestudies.workflow.sections.summary import gaps
from casestudies.workflow.sections.windows import windows_blocks
from casestudies.workflow.sections.words import level_of, money, number, percent, pretty, span, verdict

_SHOWN = ("auc", "gini", "ks", "ap", "brier", "log_loss", "ece")


_TERMS = {
    "clv": "Keeping a customer who would have left is worth",
    "accept": "Of those who would leave, the offer keeps",
    "offer": "An offer that is taken costs",
    "contact": "Contacting a customer costs",
}


def performance(f: Findings) -> Section:
    """How well the rows are ranked, against the baseline and today's score."""
    scores = _drawn(f)
    models = [name for name in f.metrics["models"] if "auc" in f.metrics["models"][name] and _compared(f, name)]
    head = (
        "Model",
        *(
            metric.replace("_", " ").upper() if len(metric) < 5 else metric.replace("_", " ").capitalize()
            for metric in _SHOWN
        ),
    )
    rows = []
    for name in models:
        entries = [f.figure(name, metric) for metric in _SHOWN]
        rows.append((pretty(f, name), *(f"{number(e['value'])} ({span(e)})" for e in entries)))
    table = Table("Ranking and probability, with intervals", head, tuple(rows))
    words = f.study.words
    blocks: list[Block] = [
        table,
        Text(
            " ".join(verdict(f, t) for t in f.evaluation["paired"] if t["metric"] == "auc" and _compared(f, t["rival"]))
        ),
        charts.ranking_curves(
            f.y,
            scores,
            weight=f.weight,
            caption="Left: the further above the diagonal, the better the ranking. Right: the share of alarms that are "
            f"right, by how many {words.event}s are caught; the dashed line is what {words.acting} everybody gives",
        ),
        charts.score_histogram(
            f.y,
            f.scores()[f.champion],
            outcomes=(f"no {words.event}", words.event),
            weight=f.weight,
            x_title=f"Probability of a {words.event}",
            caption="Probabilities of both outcomes: where they overlap no cut can be right for all",
        ),
    ]
    blocks += [
        *challenger_blocks(f),
        *drift_blocks(f),
        *windows_blocks(f),
        *learning_blocks(f.analysis.get("learning"), _learning(f)),
    ]
    return Section("performance", "Performance", tuple(b for b in blocks if not (isinstance(b, Text) and not b.text)))


def _learning(f: Findings) -> Reading:
    """The learning curve in the study's own words."""
    words, told = f.study.words, f.analysis.get("learning", {})
    by = told.get("by")
    whole = f" Rows of one {by} are drawn together." if by else ""
    gain = told.get("figures", {}).get("cost", {}).get("gain", {})
    digits = 0 if max((abs(end or 0.0) for end in gain.values()), default=0.0) >= 10 else 2  # of what is told apart
    return Reading(
        words.rows,
        words.rows,
        pretty(f, f.champion),
        level_of(f),
        {
            "log_loss": Printed("log loss", "Log loss", 4),
            "cost": Printed(f"cost per {words.row}", f"Cost per {words.row}", digits, f.unit),
        },
        f"Shares of the training {words.rows} are drawn at random and lie within each other.{whole} At every share the model is fitted "
        f"anew, with the penalty that all {words.rows} chose, and judged on the same {words.rows}.",
    )


def _drawn(f: Findings) -> dict[str, np.ndarray]:
    """(judged,) scores of those whose ranking is compared: the champion, those taught log loss, today's; the losses have
    their own part."""
    return {pretty(f, name): p for name, p in f.scores().items() if _compared(f, name)}


def _compared(f: Findings, name: str) -> bool:
    return name == f.champion or by_name(name)[1] == "log"


def calibration(f: Findings) -> Section:
    """Whether a probability means what it says; the decision in money rests on it."""
    scores = {name: p for name, p in _drawn(f).items() if name != pretty(f, INCUMBENT)}
    ece = f.figure(f.champion, "ece")
    text = (
        f"The decision compares probabilities with prices, so they have to be right, not only in the right order. The mean "
        f"gap between stated and observed share (ECE) of {pretty(f, f.champion)} is {number(ece['value'])} ({span(ece)})."
    )
    figure = charts.calibration(
        f.y, scores, weight=f.weight, caption="Stated against observed: points on the diagonal mean what they say"
    )
    return Section("calibration", "Calibration", (Text(text), figure))


def cost(f: Findings) -> Section:
    """Prices, the profit curve with the cut, the four cells in money, the swap set."""
    words = f.study.words
    if f.costs is None:
        text = f"No prices are given. {f.decision['words']}"
        return Section("cost", "Cost and threshold", (Text(text), Note(gaps(f)[0], "warning"), *bands_blocks(f)))
    profit, champion = f.evaluation["profit"], f.champion
    best, total = profit["cost"][profit["best"]], profit["cost_taken"]
    gap = (
        f"On the {f.evaluation['rows']:,} judged {words.rows} the rule costs {money(total, f.unit)}: {_than(total, profit['constant'][0], f.unit)} "
        f"{words.resting} everybody, {_than(total, profit['constant'][1], f.unit)} {words.acting} everybody, and "
        f"{_than(total, best, f.unit)} the best single cut, which is known only in hindsight."
    )
    blocks: list[Block] = [
        Text(gap),
        Text(f"{f.decision['words']} {_own_thresholds(f)}".strip()),
        _prices(f),
        _profit_figure(f),
        _confusion(f),
    ]
    if f.evaluation["swap"] is not None:
        blocks += [Heading(f"Against {pretty(f, INCUMBENT).lower()}"), Text(f.evaluation["incumbent"]), _swap(f)]
    tests = [verdict(f, t) for t in f.evaluation["paired"] if t["metric"] == "expected_cost" and t["rival"] != champion]
    blocks += [Text(" ".join(tests)), *bands_blocks(f)]
    return Section("cost", "Cost and threshold", tuple(blocks))


def _than(total: float, other: float, unit: str) -> str:
    """ "1,200 EUR less than"."""
    return f"{money(abs(other - total), unit)} {'less' if total <= other else 'more'} than"


def _prices(f: Findings) -> Table:
    """What the costs were made of, as they were given: those of an offer, else those of the four outcomes."""
    words, given = f.study.words, f.decision["costs"]
    if (terms := given.get("terms")) is not None:
        told = [(said, _price(terms[name], "" if name == "accept" else f.unit)) for name, said in _TERMS.items()]
        return Table("What an offer costs and keeps", ("", "Given"), tuple(told))
    cells = {
        "fn": f"{words.event_adjective.capitalize()}, {words.rested}",
        "fp": f"Good, {words.acted}",
        "tp": f"{words.event_adjective.capitalize()}, {words.acted}",
        "tn": f"Good, {words.rested}",
    }
    rows = tuple((title, _price(given[cell], f.unit)) for cell, title in cells.items())
    return Table("What each outcome costs", ("Outcome", "Cost"), rows)


def _price(given: float | str | None, unit: str) -> str:
    """A price as it was given: an amount in its unit, or the formula that reads it off the row."""
    if isinstance(given, str):
        return f"{given} ({unit})" if unit else given
    return "0" if not given else f"{given:,.10g} {unit}".strip()


def _own_thresholds(f: Findings) -> str:
    told = f.evaluation["thresholds"]
    if told is None or "median" not in told or f.decision["decider"]["kind"] != "bmr":
        return ""
    rows = f.study.words.rows
    text = (
        f"Half of these thresholds lie below {percent(told['median'])}, nine in ten between {percent(told['p05'])} and "
        f"{percent(told['p95'])}."
    )
    ends = [
        (told["always"], f"acting costs nothing, whatever the probability ({percent(told['always'])} of {rows})"),
        (told["never"], f"acting never pays ({percent(told['never'])})"),
    ]
    found = [said for share, said in ends if share > 0]
    return f"{text} For some {rows} {'; for others '.join(found)}." if found else text


def _profit_figure(f: Findings) -> Figure:
    profit = f.evaluation["profit"]
    share, cost_ = np.array(profit["acted_share"]), np.array(profit["cost"], dtype=float)
    words = f.study.words
    best, nobody = cost_[profit["best"]], profit["constant"][0]
    near = share[np.abs(cost_ - best) <= 0.01 * abs(best)]
    own = f.decision["decider"]["kind"] == "bmr"
    which = "with a threshold of each row's own it" if own else "it"
    return charts.profit_curve(
        {f"one cut for all ({pretty(f, f.champion)})": (share, nobody - cost_)},
        cut=float(profit["acted_taken"]),
        saved=float(nobody - profit["cost_taken"]),
        flat=(float(near.min()), float(near.max())) if len(near) > 1 else None,
        currency=f.unit,
        x_title=f"Share of {words.rows} {words.acted}",
        caption=f"Money saved against {words.resting} everybody, by the share {words.acted}. The line is what a single cut "
        f"for all would save; the diamond is the rule as taken: {which} need not lie on the line",
    )


def _confusion(f: Findings) -> Figure:
    words, told = f.study.words, f.evaluation["confusion"]
    count = np.array([[told["rows"]["tn"], told["rows"]["fp"]], [told["rows"]["fn"], told["rows"]["tp"]]])
    cells = told["cost"]
    amounts = 0.0 - np.array([[cells["tn"], cells["fp"]], [cells["fn"], cells["tp"]]])
    return charts.money_table(
        count,
        amounts,
        outcomes=(f"no {words.event}", words.event),
        decisions=(words.rested, words.acted),
        currency=f.unit,
        caption="Where the money goes: rows and money of each outcome under the decision",
    )


def _swap(f: Findings) -> Table:
    swap, words = f.evaluation["swap"], f.study.words
    rows = [
        (
            f"newly {words.rested}",
            f"{swap['in']['rows']:,}",
            percent(swap["in"]["event_rate"]),
            money(swap["in"]["saved"]),
        ),
        (
            f"newly {words.acted}",
            f"{swap['out']['rows']:,}",
            percent(swap["out"]["event_rate"]),
            money(swap["out"]["saved"]),
        ),
        ("decided as today", f"{swap['unchanged']:,}", "", ""),
        ("the change", f"{swap['in']['rows'] + swap['out']['rows']:,}", "", money(swap["saved"])),
    ]
    head = ("", words.rows.capitalize(), f"{words.event.capitalize()} rate", f"Saved ({f.unit})")
    return Table("The swap set: whom the change would treat otherwise", head, tuple(rows), (False, True, True, True))


def groups(f: Findings) -> Section:
    """The decision by group."""
    words = f.study.words
    if found := fairness_blocks(f):
        return Section("groups", "Groups", found)
    if not f.evaluation["groups"]:
        text = "No column is named as protected (data.protected), so nothing is said about groups."
        return Section("groups", "Groups", (Text(text),))
    blocks: list[Block] = [
        Text(
            "Protected columns (data.protected) are not features. The table shows how the same decision falls on each group; "
            "differences can have reasons in the other columns and are a question to be asked, not yet an answer."
        )
    ]
    head = (
        "Group",
        "Rows",
        f"{words.event.capitalize()} rate",
        words.acted.capitalize(),
        "Caught",
        "False alarms",
        "Stated minus observed",
    )
    for column, told in f.evaluation["groups"].items():
        rows = []
        for row in told:
            keys = ("event_rate", "act_rate", "sensitivity", "false_alarms")
            if row["note"]:
                rows.append((row["group"], f"{row['rows']:,}", *([row["note"]] + [""] * 4)))
                continue
            cells = [f"{percent(row[key]['value'])} ({span(row[key], 1, 100)})" for key in keys]
            gap = row["calibration"]
            rows.append((row["group"], f"{row['rows']:,}", *cells, f"{100 * gap['value']:+.1f} ({span(gap, 1, 100)})"))
        blocks.append(
            Table(f"The decision by {column}, in per cent with intervals", head, tuple(rows), (False, *[True] * 6))
        )
    return Section("groups", "Groups", tuple(blocks))
