"""The lists of a run in the report: where they come from, what they show most, how new items fare."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from casestudies.recommendation.sections.named import MADE_OF
from casestudies.report import Block, Table, Text

if TYPE_CHECKING:
    from casestudies.recommendation.findings import Findings


def lists_blocks(f: Findings) -> tuple[Block, ...]:
    """A summary, the sources and the items that are shown most; () where it was not asked."""
    told = f.analysis.get("lists")
    if told is None:
        return ()
    return (Text(_said(told)), _sources(told), _most(told), Text(_new(told)))


def _said(told: Mapping[str, Any]) -> str:
    seen = {
        "all": "what a customer has had already is left out",
        "days": f"what a customer has had in the last {told['days'] or 0:g} days is left out",
        "none": "what a customer has had may be shown again",
    }[told["exclude_seen"]]
    text = (
        f"Every one of {told['users']:,} customers has a list of {told['k']} in lists/recommendations.csv, with its reasons; "
        f"{seen}. Of {told['items']:,} items {told['on_offer']:,} are on offer, and {told['shown']:,} stand in some list."
    )
    if told["by_margin"]:
        text += " Lists give up some likelihood for margin (ranking.keep_takes)."
    if told["short"]:
        text += f" {told['short']:,} lists are shorter: nothing else may be shown to these customers."
    return text


def _sources(told: Mapping[str, Any]) -> Table:
    rows = [
        (name, MADE_OF[name], f"{one['customers']:,}", f"{100 * one['share']:.1f} %")
        for name, one in told["from"].items()
        if one["customers"] or one["share"]
    ]
    caption = "Where the lists come from; a customer counts where the first item comes from"
    return Table(caption, ("From", "Made of", "Customers", "Places"), tuple(rows), (False, False, True, True))


def _most(told: Mapping[str, Any]) -> Table:
    rows = [
        (one["title"], f"{one['lists']:,}", f"{100 * one['share']:.0f} %", f"{one['popularity_rank']:,}")
        for one in told["most"]
        if one["lists"]
    ]
    caption = "The items shown most, with their place by popularity"
    return Table(caption, ("Item", "Lists", "Of customers", "Popularity"), tuple(rows), (False, True, True, True))


def _new(told: Mapping[str, Any]) -> str:
    new = told["new"]
    if new is None:
        return "No times are known, so nothing can be said of new items."
    if not new["items"]:
        return f"No item on offer was first seen in the last {new['days']:g} days."
    text = (
        f"Items first seen in the last {new['days']:g} days, or by nobody yet, are {100 * new['of_items']:.1f} % of those on offer "
        f"({new['items']:,}) and have {100 * new['of_places']:.1f} % of the places; {new['shown']:,} of them are shown at all."
    )
    if new["of_places"] < 0.5 * new["of_items"]:
        text += (
            " A model cannot know what nobody has chosen: name side features (model.features), or keep places for them."
        )
    return text
