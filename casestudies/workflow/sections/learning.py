"""More rows, more features, or neither: the learning curve as a sentence, a picture and a table, for every study."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from casestudies.report import Block, Figure, Heading, Table, Text, charts

Told = Mapping[str, Any]


@dataclass(frozen=True)
class Printed:
    """A figure's name in a sentence and at the head of a column, its digits and its unit."""

    name: str
    head: str
    digits: int
    unit: str = ""

    def said(self, value: float | None, *, sign: bool = False) -> str:
        """ "0.412", "1,200", "n/a"."""
        if value is None:
            return "n/a"
        shown = round(value, self.digits) + 0.0  # no "-0.000"
        return f"{shown:+,.{self.digits}f}" if sign else f"{shown:,.{self.digits}f}"

    def spanned(self, entry: Told, *, sign: bool = False) -> str:
        """ "0.412 (0.390 to 0.431)"."""
        if entry["low"] is None:
            return self.said(entry["value"], sign=sign)
        low, high = (self.said(entry[end], sign=sign) for end in ("low", "high"))
        return f"{self.said(entry['value'], sign=sign)} ({low} to {high})"

    @property
    def titled(self) -> str:
        """ "Cost per customer (EUR)"."""
        return f"{self.head} ({self.unit})" if self.unit else self.head


@dataclass(frozen=True)
class Reading:
    """How a study calls what it learns from and is judged by.

    Parameters
    ----------
    rows, judged: "customers". model: whose curve it is. level: "95 %".
    figures: {name in analysis/learning.json: how it is printed}, the one of the answer first.
    note: how the shares were made, and what a reader must know of it.
    """

    rows: str
    judged: str
    model: str
    level: str
    figures: Mapping[str, Printed]
    note: str

    @property
    def main(self) -> Printed:
        """The figure of the answer."""
        return next(iter(self.figures.values()))


def learning_blocks(told: Told | None, reading: Reading) -> tuple[Block, ...]:
    """The sentence first, then the curve, its table, and how it was made; () where it was not asked."""
    if told is None:
        return ()
    heading = Heading("More rows, more features, or neither?")
    if "none" in told:
        return (heading, Text(f"{told['none'][:1].upper()}{told['none'][1:]}."))
    return (
        heading,
        Text(f"{answer(told, reading)} {_beside(told, reading)}".strip()),
        _figure(told, reading),
        _table(told, reading),
        Text(f"{reading.note} {_how(told, reading)}"),
    )


def answer(told: Told, reading: Reading) -> str:
    """The one sentence."""
    main, gain = reading.main, told["figures"][told["measure"]]["gain"]
    now = told["figures"][told["measure"]]["points"][-1]["value"]
    what = f"with all {told['points'][-1]['rows']:,.0f} {reading.rows} the {main.name} of {reading.model} is {main.said(now)}"
    buys = f"twice as many would improve it by {main.spanned(gain)}"
    match told["answer"]:
        case "rows":
            return f"More rows: {what}, and {buys}."
        case "features":
            return f"More features or another model, not more rows: {what}, and {buys} only{_own(told, reading)}."
        case "neither":
            return f"Neither more rows nor more features: {what}, which leaves hardly anything to be known."
    return f"Not to be said from these rows: {what}, and {buys}, which may be nothing or may matter."


def _own(told: Told, reading: Reading) -> str:
    """How it does on what it learnt from, where that was measured."""
    own = told["points"][-1]["own"]
    if own is None:
        return ""
    said = f"the {reading.rows} it learnt from have {reading.main.said(own)}"
    if told["apart"]:
        return f"; {said}, so that a simpler model, or a stronger penalty, is worth a try"
    return f"; {said}, so that it is not the rows that are lacking"


def _beside(told: Told, reading: Reading) -> str:
    """What doubling buys in the other figures."""
    parts = []
    for name, figure in told["figures"].items():
        if name == told["measure"] or name not in reading.figures:
            continue
        printed, gain = reading.figures[name], figure["gain"]
        sure = gain["low"] is not None and (gain["low"] > 0 or gain["high"] < 0)
        how = "would improve by" if sure else "is not shown to change: its improvement would be"
        parts.append(f"The {printed.name} {how} {printed.spanned(gain)} {printed.unit}".rstrip() + ".")
    return " ".join(parts)


def _figure(told: Told, reading: Reading) -> Figure:
    main, figure = reading.main, told["figures"][told["measure"]]
    value, low, high = (
        np.array([np.nan if one[key] is None else one[key] for one in figure["points"]], dtype=np.float64)
        for key in ("value", "low", "high")
    )
    own = [point["own"] for point in told["points"]]
    return charts.learning_curve(
        np.array([point["rows"] for point in told["points"]], dtype=np.float64),
        (value, low, high),
        None if None in own else np.array(own, dtype=np.float64),
        ahead=(told["figures"][told["measure"]]["law"], told["best"]),
        names=(f"on judged {reading.judged}", f"on {reading.rows} learnt from"),
        x_title=f"{_capital(reading.rows)} learnt from",
        y_title=main.titled,
        digits=main.digits,
        caption=f"{main.head} by how many {reading.rows} were learnt from (band: {reading.level} interval). The dashed line without a "
        "colour is the law fitted to the shares, continued to twice as many: more rows pay as long as it goes on moving",
    )


def _table(told: Told, reading: Reading) -> Table:
    shown = {name: one for name, one in reading.figures.items() if name in told["figures"]}
    own = told["points"][-1]["own"] is not None
    area = "auc" in told["points"][-1]
    head = [f"{_capital(reading.rows)} learnt from", "Draws", *([f"{reading.main.head}, learnt from"] if own else [])]
    for one in shown.values():
        head += [one.titled, "Worse than with all"]
    rows = []
    for number, point in enumerate(told["points"]):
        last = number == len(told["points"]) - 1
        cells = [f"{point['rows']:,.0f} ({100 * point['share']:.0f} %)", f"{point['draws']}"]
        cells += [reading.main.said(point["own"])] if own else []
        for name, one in shown.items():
            figure = told["figures"][name]
            worse = "" if last else one.spanned(figure["behind"][number], sign=True)
            cells += [one.spanned(figure["points"][number]), worse]
        rows.append((*cells, *([f"{point['auc']:.3f}"] if area else [])))
    head += ["AUC"] if area else []
    caption = (
        f"The learning curve on {told['judged']:,} {reading.judged}, with {reading.level} intervals; those of the differences are "
        f"paired, on the same {reading.judged}"
    )
    return Table(caption, tuple(head), tuple(rows), (False, *[True] * (len(head) - 1)))


def _how(told: Told, reading: Reading) -> str:
    """What the intervals hold, from where on a gain matters, and what the law cannot know."""
    main = reading.main
    return (
        f"Intervals ({told['rounds']} resamples) hold both which {reading.judged} judged and which {reading.rows} were drawn. The law "
        f"a + b / n^c is fitted to the shares anew in every resample; a gain below {main.said(told['floor'])}, a twentieth of what the model "
        f"knows beyond a guess ({main.said(told['guess'])}), counts as too little. It speaks of more {reading.rows} of the same kind with the same "
        f"columns, not of others."
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
