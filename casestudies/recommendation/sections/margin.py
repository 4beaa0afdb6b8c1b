"""Likelihood against margin in the report: the frontier, and what its lists earned on the judged rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from casestudies.report import Block, Figure, Table, Text, charts

if TYPE_CHECKING:
    from casestudies.recommendation.findings import Findings


def margin_blocks(f: Findings) -> tuple[Block, ...]:
    """The frontier and a table of its points; () where it was not asked or nothing is known to pay."""
    told = f.analysis.get("margin")
    if told is None:
        return ()
    if told["few"]:
        return (Text("Too few of the ranked items were then chosen to learn how probably each place is taken."),)
    level = f"{100 * f.settings.interval.level:g} %"
    return (Text(_how(told)), _figure(f, told), _table(f, told, level), Text(_verdict(f, told, level)))


def _how(told: Mapping[str, Any]) -> str:
    rate, factors = told["rate"]["rates"], told["factors"]
    source = f"“{told['margin']}” of the table of items"
    missing = f" ({told['missing']:,} items without one count the median)" if told["missing"] else ""
    earns = "what a sale brings in, since no margin is known" if told["margin"] == "price" else "what a sale earns"
    return (
        f"{source}{missing} is {earns}. How probably an item is taken follows from its place in the ranking of the served model: about "
        f"{100 * rate[0]:.1f} % at the top, {100 * rate[-1]:.2f} % near place {told['rate']['places'][-1]:.0f}. The fifth of the items "
        f"that earns most is taken {factors[-1]:.2f} times as often as its places say, the fifth that earns least {factors[0]:.2f} times. "
        f"Both were learnt on one half of {told['users']:,} judged customers for the other half ({told['takes']:,} takes). The line "
        f"holds the best lists of {told['k']} for every price of margin in takes, chosen from the first {told['depth']} items of each "
        f"customer: {told['swaps']:,} changes of one item for another, from the likeliest lists to those of the largest expected margin."
    )


def _figure(f: Findings, told: Mapping[str, Any]) -> Figure:
    curves = {
        "Expected": (np.array(told["curve"]["margin"]), np.array(told["curve"]["takes"])),
        "Measured": (np.array(told["measured"]["margin"]), np.array(told["measured"]["takes"])),
    }
    point = _chosen(told)
    words = (
        ("lists as they are:", "the model's own")
        if told["keep_takes"] >= 1
        else ("lists as they are:", f"{100 * told['keep_takes']:g} % of the takes kept")
    )
    return charts.margins(
        curves,
        chosen=(point["margin"], point["takes"]),
        words=words,
        currency=f.unit,
        caption="Items taken against margin, for each way to rank a list; up and to the right is better",
    )


def _chosen(told: Mapping[str, Any]) -> Mapping[str, Any]:
    """The point of the lists as they are written."""
    wanted = "own" if told["keep_takes"] == 1 else told["keep_takes"]
    found: Mapping[str, Any] = next((one for one in told["points"] if one["share"] == wanted), told["points"][-1])
    return found


def _table(f: Findings, told: Mapping[str, Any], level: str) -> Table:
    rows = []
    for one in told["points"]:
        measured, more = one["measured"], one["difference"]["margin"]
        kept = _kept(one)
        against = (
            ""
            if more["low"] == more["high"] == 0
            else f"{more['value']:+.2f} ({more['low']:+.2f} to {more['high']:+.2f})"
        )
        rows.append(
            (
                kept,
                f"{one['changed']:.1f}",
                f"{one['margin']:,.2f}",
                f"{measured['margin']['value']:,.2f}",
                against,
                f"{measured['takes']['value']:.3f}",
                f"{measured['ndcg']['value']:.4f}",
            )
        )
    caption = (
        f"A list of {told['k']} by the share of expected takes that it keeps; margin in {f.unit} a list, with the difference from "
        f"the model's own lists and its {level} interval"
    )
    head = ("Takes kept", "Items changed", "Margin expected", "Measured", "Difference", "Taken", f"NDCG@{told['k']}")
    return Table(caption, head, tuple(rows), (False, *(True,) * 6))


def _kept(one: Mapping[str, Any]) -> str:
    if one["share"] == "own":
        return "the model's own"
    return "margin alone" if one["share"] is None else f"{100 * one['share']:g} %"


def _verdict(f: Findings, told: Mapping[str, Any], level: str) -> str:
    """Whether any point is sure to earn more, in words, and whether expectations were met."""
    better = [one for one in told["points"][1:] if one["difference"]["margin"]["low"] > 0]
    if better:
        best = max(better, key=lambda one: one["difference"]["margin"]["low"])
        kept = (
            "ranked by margin alone"
            if best["share"] is None
            else f"keeping {100 * best['share']:g} % of the expected takes"
        )
        lost = best["difference"]["takes"]["value"]
        text = (
            f"Lists {kept} earned {best['difference']['margin']['value']:.2f} {f.unit} more each than the model's own ({level} "
            f"interval above 0), with {abs(lost):.3f} items {'fewer' if lost < 0 else 'more'} taken."
        )
        text += " ranking.keep_takes makes lists so." if told["keep_takes"] >= 1 else ""
    else:
        text = "No way to weigh margin is sure to earn more than the model's own lists on these rows."
    last = told["points"][-1]
    if last["measured"]["margin"]["high"] < last["margin"]:
        text += " Less was earned by margin alone than was expected: read the measured figures."
    text += " The judged rows are what customers chose without these lists; what a list changes is known only from an experiment."
    return text
