"""The lesson of the study: the same probabilities asked two questions, and what the difference is worth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from casestudies.report import Block, Figure, Heading, Table, Text, charts
from casestudies.workflow.findings import Findings
from casestudies.workflow.sections.words import level_of, money, number, percent

_NAMES: Mapping[str, str] = {
    "half": "Leaves or not, above 50 %",
    "f1": "Leaves or not, best F1",
    "value": "Value at risk",
    "same": "By expected gain, as many as above 50 %",
}


def framings_blocks(f: Findings) -> tuple[Block, ...]:
    """Both questions side by side: the verdict in money, who is contacted, and the table; nothing without an offer."""
    told = f.analysis.get("framings")
    if told is None:
        return ()
    return (
        Heading("Who will leave, or what is at stake?", further=True),
        Text(_question(told)),
        Text(_verdict(f, told)),
        _figure(f, told),
        _table(f, told),
        Text(_who(f, told)),
    )


def _question(told: Mapping[str, Any]) -> str:
    text = (
        "A model that is trained on log loss gives probabilities. What is asked of them is a second choice. “Will this "
        "customer leave?” is answered yes above one cut for all; it is scored by accuracy or F1, and money has no part in it. “Is "
        "more at stake here than the attempt costs?” puts each customer’s own value, offer and contact beside the probability, "
        "so that a good customer is called at a lower probability than a small one."
    )
    if told["held_back"]:
        text += f" {told['held_back']:,} customers who must not be contacted are left out of both."
    return text


def _verdict(f: Findings, told: Mapping[str, Any]) -> str:
    """What the second question is worth against the first, and what remains at an equal number of contacts."""
    half, value = told["framings"]["half"], told["framings"]["value"]
    text = (
        f"On {told['rows']:,} judged customers, with the same probabilities, “leaves or not” at 50 % contacts "
        f"{_count(half)} and would have brought {money(half['came'], f.unit)}; value at risk contacts {_count(value)} and "
        f"would have brought {money(value['came'], f.unit)}: {_apart(f, told['against_half']['value'])}. "
    )
    better = [name for name in ("accuracy", "f1") if half[name] > value[name]]
    if better and told["against_half"]["value"]["low"] > 0:
        words = " and ".join({"accuracy": "accuracy", "f1": "F1"}[name] for name in better)
        figures = ", ".join(f"{number(half[name])} against {number(value[name])}" for name in better)
        text += f"By {words} the poorer decision is the better one ({figures}). "
    return text + (
        f"Against the cut of best F1, {percent(told['cut'])}, it is {_apart(f, told['against_f1'])}; and as many customers as "
        f"are above 50 %, chosen by expected gain, are {_apart(f, told['against_half']['same'])} against those."
    )


def _apart(f: Findings, test: Mapping[str, Any]) -> str:
    """ "worth 31,021 EUR more (95 % interval +19,643 to +42,162)"."""
    ends = f"{level_of(f)} interval {_ends(test)}"
    if test["low"] <= 0 <= test["high"]:
        return f"worth {_plus(test['value'])} {f.unit}, which chance may explain ({ends})"
    return f"worth {money(abs(test['value']), f.unit)} {'more' if test['value'] > 0 else 'less'} ({ends})"


def _ends(test: Mapping[str, Any]) -> str:
    return f"{_plus(test['low'])} to {_plus(test['high'])}"


def _plus(value: float) -> str:
    return f"{'+' if value >= 0 else '−'}{money(abs(value))}"


def _count(part: Mapping[str, Any]) -> str:
    return f"{part['contacts']:,.0f}"


def _figure(f: Findings, told: Mapping[str, Any]) -> Figure:
    points = {key: np.asarray(values, dtype=float) for key, values in told["points"].items()}
    some = len(points["p"])
    shown = f"{some:,} of the judged customers" if some < told["rows"] else "The judged customers"
    return charts.stakes(
        points["clv"],
        points["p"],
        points["half"] > 0,
        points["value"] > 0,
        names=("leaves or not", "value at risk"),
        cut=0.5,
        titles=(f"Value of the customer ({f.unit})", "Probability of leaving"),
        rows="customers",
        caption=f"{shown}: “leaves or not” contacts all above the dashed line, whatever they are worth; value at risk "
        "follows each one’s own threshold, lower where more is at stake",
    )


def _table(f: Findings, told: Mapping[str, Any]) -> Table:
    rows = []
    for name, title in _NAMES.items():
        one = told["framings"][name]
        came, more = one["realised"], told["against_half"].get(name)
        rows.append(
            (
                title,
                _count(one),
                number(None if one["left"] is None else 100 * one["left"], 1),
                money(one["clv"]),
                number(one["accuracy"]),
                number(one["f1"]),
                money(one["spend"]),
                f"{money(came['value'])} ({money(came['low'])} to {money(came['high'])})",
                "" if more is None else f"{_plus(more['value'])} ({_ends(more)})",
            )
        )
    head = (
        "Contacted where",
        "Contacts",
        "Left (%)",
        f"Mean value ({f.unit})",
        "Accuracy",
        "F1",
        f"Spent ({f.unit})",
        f"Gain as it came ({f.unit})",
        "Against the first row",
    )
    caption = (
        f"The same probabilities, four decisions. Gains are against contacting nobody, with {level_of(f)} intervals: whoever left "
        "counts as kept with the assumed probability"
    )
    return Table(caption, head, tuple(rows), (False, *[True] * (len(head) - 1)))


def _who(f: Findings, told: Mapping[str, Any]) -> str:
    """The customers on whom the two differ, in plain words."""
    said = []
    for name, words in (("value", "only value at risk contacts"), ("half", "only “leaves or not” contacts")):
        part = told["swap"][name]
        if part["contacts"]:
            said.append(
                f"{_count(part)} customers {words}: {percent(part['left'])} of them left, they are worth "
                f"{money(part['clv'], f.unit)} each, and contacting them would have brought {money(part['came'], f.unit)}"
            )
    if not said:
        return "Both contact the same customers here."
    both = told["swap"]["both"]
    return "Where they differ: " + "; ".join(said) + f". Both contact {_count(both)}."
