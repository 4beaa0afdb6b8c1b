"""Whom the models serve well: by how much is known of a user, and by how popular the item is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from casestudies.metrics.ranking import ranking_metric
from casestudies.recommendation.findings import Findings
from casestudies.recommendation.sections.named import apart, baselines_first, ends, pretty
from casestudies.report import Block, Figure, Heading, Table, Text, charts

_ITEMS: Mapping[str, str] = {
    "head": "Head: the most popular, half of all rows",
    "tail": "Tail: all others",
    "new": "New: nobody had them",
}
_MOST = 4  # models in one figure or table; all of them are in analysis/activity.json


def activity_blocks(f: Findings) -> tuple[Block, ...]:
    """NDCG for new, light and heavy users, and the share of popular and rare items found; () where it was not asked."""
    told = f.analysis.get("activity")
    if told is None:
        return ()
    level = f"{100 * f.settings.interval.level:g} %"
    blocks: list[Block] = [Heading("New, light and heavy customers"), _users(told, level)]
    if said := _said(told, level):
        blocks.append(Text(said))
    if sum("models" in group for group in told["users"]) > 1:
        blocks.append(_figure(told, level))
    return (*blocks, Heading("Popular and rare items"), Text(_split(told)), _items(told, level))


def _named(group: Mapping[str, Any]) -> str:
    if group["group"] == "new":
        return "New: nothing known"
    least, most = group["least"], group["most"]
    known = f"{least:,}" if least == most else f"{least:,} to {most:,}"
    return f"{group['group'].capitalize()}: {known} rows known"


def _models(told: Mapping[str, Any]) -> list[str]:
    return baselines_first(next((group["models"] for group in told["users"] if "models" in group), {}))


def _users(told: Mapping[str, Any], level: str) -> Table:
    models = _drawn(told)
    rows = tuple(
        (
            _named(group),
            f"{group['users']:,}",
            *(ends(group["models"][model]) if "models" in group else "too few to say" for model in models),
        )
        for group in told["users"]
    )
    title = ranking_metric(told["metric"]).title
    caption = f"{title} by how many rows of a customer are known, with {level} intervals"
    return Table(caption, ("Customers", "Judged", *map(pretty, models)), rows, (False, True, *[False] * len(models)))


def _said(told: Mapping[str, Any], level: str) -> str:
    """The champion against popularity in each group."""
    out = []
    for group in told["users"]:
        if group.get("difference"):
            found = group["difference"]
            pair = {
                "metric": told["metric"],
                "model": told["champion"],
                "rival": "popularity",
                **found,
                "difference": found["value"],
            }
            out.append(f"{group['group'].capitalize()} customers: {apart(pair, level)}")
    return " ".join(out)


def _figure(told: Mapping[str, Any], level: str) -> Figure:
    drawn = [group for group in told["users"] if "models" in group]

    def column(model: str, key: str) -> np.ndarray:
        return np.array([group["models"][model][key] for group in drawn], dtype=float)

    title = ranking_metric(told["metric"]).title
    return charts.grouped_dots(
        [_named(group) for group in drawn],
        {
            pretty(model): (column(model, "value"), column(model, "low"), column(model, "high"))
            for model in _drawn(told)
        },
        title=f"{title} (1 = perfect)",
        caption=f"{title} by what is known of a customer, with {level} intervals: further right is better",
    )


def _drawn(told: Mapping[str, Any]) -> list[str]:
    return _few(_models(told), told["champion"])


def _few(models: Iterable[str], champion: str) -> list[str]:
    """Popularity, the champion, and of the others as many as a figure or the width of a page can show."""
    names = baselines_first(models)
    first = [model for model in names if model in ("popularity", champion)]
    rest = [model for model in names if model not in (*first, "bias")]
    return baselines_first([*first, *rest][:_MOST])


def _split(told: Mapping[str, Any]) -> str:
    counts = {group["group"]: group for group in told["items"]}
    head = counts.get("head")
    if head is None:
        return "Nobody had any of these items before, so none is more popular than another."
    whole = sum(group["items"] for group in told["items"])
    chosen = sum(group["relevant"] for group in told["items"])
    return (
        f"The {head['items']:,} most popular of {whole:,} items hold half of what was known; {100 * head['relevant'] / max(chosen, 1):.0f} % "
        "of what customers then chose was among them. A model that finds nothing beyond them adds little to a list of bestsellers."
    )


def _items(told: Mapping[str, Any], level: str) -> Table:
    models = _few(told["items"][0]["shown"], told["champion"])
    rows = []
    for group in told["items"]:
        cells = []
        for model in models:
            found = ends(group["models"][model]) if "models" in group else "too few to say"
            cells.append(f"{found}; {100 * group['shown'][model]:.0f} %")
        rows.append((_ITEMS[group["group"]], f"{group['items']:,}", f"{group['relevant']:,}", *cells))
    caption = (
        f"The share of the chosen items that were listed ({ranking_metric(told['recall']).title}, {level} intervals), and the share of "
        "all places in the lists that such items take"
    )
    flags = (False, True, True, *[False] * len(models))
    return Table(caption, ("Items", "In all", "Chosen", *map(pretty, models)), tuple(rows), flags)
