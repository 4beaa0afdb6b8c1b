"""Whether adapting helps, as a picture, a table, and in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from casestudies.recommendation.sections.named import known, pretty
from casestudies.report import Block, Note, Table, Text, charts
from casestudies.workflow.sections.words import money, percent

if TYPE_CHECKING:
    from casestudies.recommendation.findings import Findings

_NAMES = {
    "frozen": "Frozen",
    "folded": "Customers folded in",
    "online": "Customers and items online",
    "refitted": "Fitted again",
}
_MANY = 0.2  # of the predicted interactions
_MEANS = {
    "frozen": "as fitted at the start",
    "folded": "each customer's row from all that is known by then; the items stay",
    "online": "the same, and the rows of items move with what came",
    "refitted": "fitted anew from time to time, frozen in between",
}


def adaptation_blocks(f: Findings) -> tuple[Block, ...]:
    """Nothing where there are no times, or too little came last."""
    told: Mapping[str, Any] | None = f.analysis.get("adaptation")
    if told is None:
        return ()
    level = f"{100 * f.settings.interval.level:g} %"
    return (
        Text(_protocol(told)),
        Text(_verdict(told, level)),
        _figure(told),
        _table(told, level),
        *_refits(f, told),
        *_sittings(told),
        Note(
            "The stream is the latest part of the same table that the model was chosen on, and it may reach back before the "
            "judged rows: this chart compares ways of adapting, it is no further test of the model."
        ),
    )


def _protocol(told: Mapping[str, Any]) -> str:
    drawn = (
        ""
        if told["events"] == told["stream"]
        else f" ({told['events']:,} of them, new to their customer, are predicted)"
    )
    return (
        f"{pretty(told['model'])} is fitted on the first {told['known']:,} interactions. The {told['stream']:,} that follow come one "
        f"after the other{drawn}; each is first predicted and then learnt from. {told['users']:,} customers are in the figures, "
        f"{told['new_users']:,} of the stream were unknown when it began. ‘{_NAMES['refitted']}’ is fitted anew {told['refits']} times while they "
        f"pass; of ‘{_NAMES['online'].lower()}’ the rows move {told['moves']} times."
    )


def _verdict(told: Mapping[str, Any], level: str) -> str:
    """What is proved, and what is not."""
    parts = []
    for name in ("folded", "online", "refitted"):
        gain = told["policies"][name]["over_frozen"]
        what = _NAMES[name].lower()
        if not known(gain["low"]):
            parts.append(f"{what} cannot be compared with a frozen model")
        elif gain["low"] > 0:
            parts.append(
                f"{what} helps ({gain['value']:+.4f} NDCG, {level} interval {gain['low']:+.4f} to {gain['high']:+.4f})"
            )
        elif gain["high"] < 0:
            parts.append(f"{what} harms ({gain['value']:+.4f}, {gain['low']:+.4f} to {gain['high']:+.4f})")
        else:
            parts.append(f"{what} cannot be told apart from a frozen model ({gain['low']:+.4f} to {gain['high']:+.4f})")
    said = "; ".join(parts)
    return f"{said[0].upper()}{said[1:]}."


def _figure(told: Mapping[str, Any]) -> Any:
    curves = told["curves"]
    return charts.trace(
        {_NAMES[name]: (np.array(curves["events"]), np.array(curves[name])) for name in _NAMES},
        x_title="Interactions predicted so far",
        y_title=f"NDCG of {told['k']} items, running mean",
        caption="Ways of adapting: the mean so far, interaction by interaction; a line above that of the frozen model pays",
    )


def _table(told: Mapping[str, Any], level: str) -> Table:
    rows = []
    for name, title in _NAMES.items():
        one = told["policies"][name]
        gain = one["over_frozen"]
        beside = "" if name == "frozen" else f"{gain['value']:+.4f} ({gain['low']:+.4f} to {gain['high']:+.4f})"
        rows.append((title, _MEANS[name], f"{one['ndcg']['value']:.4f}", percent(one["hit_rate"]["value"]), beside))
    head = ("", "What it is", f"NDCG of {told['k']}", "In the list", f"NDCG over frozen ({level} interval)")
    return Table(
        "Four ways to live with new interactions, on the same ones", head, tuple(rows), (False, False, True, True, True)
    )


def _sittings(told: Mapping[str, Any]) -> list[Block]:
    """What much of a gain may be, where interactions come in one go."""
    if told["sitting"] < _MANY:
        return []
    return [
        Note(
            f"{percent(told['sitting'], 0)} of the predicted interactions came within a minute of the same customer's one before: "
            "they were made in one sitting, and what follows what may be the order in which a page showed the items. A gain "
            "from folding in may be smaller where customers come back on other days.",
            "warning",
        )
    ]


def _refits(f: Findings, told: Mapping[str, Any]) -> list[Block]:
    """When a refit would have paid, part by part; in money where a hit has a value."""
    parts = told["parts"]
    if not parts:
        return []
    gained = [(part["refitted"] - max(part["frozen"], part["folded"])) * part["came"] for part in parts]
    value = told["value_per_hit"]
    words = ", ".join(f"{gain:+,.0f}" for gain in gained)
    said = (
        f"Did a refit pay? Of the interactions that came after each of the {len(parts)} refits, lists of the refitted model held {words} "
        "beside those of the better of the frozen and the folded model (below 0: fewer)."
    )
    if value is None:
        return [Text(said + " With adapting.value_per_hit and adapting.refit_cost this becomes money.")]
    paid = sum(gain * value > told["refit_cost"] for gain in gained)
    worth = sum(gained) * value - len(parts) * told["refit_cost"]
    return [
        Text(
            f"{said} At {money(value, f.unit)} each and {money(told['refit_cost'], f.unit)} a refit, {paid} of {len(parts)} refits would have "
            f"paid, {money(worth, f.unit)} in all."
        )
    ]
