"""Coverage against accuracy: what a model shows of the catalogue beside how well it shows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from casestudies.metrics.ranking import ranking_metric
from casestudies.recommendation.coverage import FIGURES
from casestudies.recommendation.findings import Findings
from casestudies.recommendation.sections.named import baselines_first, ends, known, meanings, pretty
from casestudies.report import Block, Figure, Heading, Table, Text, charts

_COPY = 0.7  # of the places: from there on a model is said to be little else than popularity
_LIKENESS: Mapping[str, str] = {
    "category": "Diversity is the share of pairs within a list that are of different categories.",
    "users": "Diversity is one minus the cosine of two items' customers, over the pairs within a list.",
}


def coverage_blocks(f: Findings) -> tuple[Block, ...]:
    """The figures beyond accuracy for every model, how near each is to popularity, and one picture; () if not asked."""
    told = f.analysis.get("coverage")
    if told is None:
        return ()
    level = f"{100 * f.settings.interval.level:g} %"
    return (
        Heading("Coverage against accuracy"),
        Text(_said(told)),
        _table(told, level),
        _figure(told),
        meanings(FIGURES),
    )


def _said(told: Mapping[str, Any]) -> str:
    champion = told["champion"]
    mine = told["models"][champion]
    sentences = [
        f"{pretty(champion)} shows {100 * mine['catalogue_coverage']['value']:.0f} % of {told['items']:,} items to {told['users']:,} customers "
        f"in lists of {told['k']}"
    ]
    if "popularity" in told["models"] and champion != "popularity":
        theirs = told["models"]["popularity"]["catalogue_coverage"]["value"]
        sentences[0] += f", popularity {100 * theirs:.0f} %"
    sentences[0] += "."
    if "popularity_overlap" in mine:
        shared = mine["popularity_overlap"]["value"]
        close = (
            "it is little else than a list of bestsellers"
            if shared >= _COPY
            else "the rest is what it knows of the customer"
        )
        sentences.append(
            f"Of its places {100 * shared:.0f} % are what popularity would have shown the same customer; {close}."
        )
    if known(mine["popularity_lift"]["value"]):
        lift = mine["popularity_lift"]["value"]
        than = f"{100 * abs(lift):.0f} % {'more' if lift > 0 else 'less'} popular than"
        sentences.append(f"What it shows is {than} what customers chose themselves.")
    return " ".join([*sentences, _LIKENESS[told["likeness"]]])


def _table(told: Mapping[str, Any], level: str) -> Table:
    names = (told["metric"], *FIGURES)
    rows = tuple(
        (
            pretty(model),
            *(_cell(name, told["models"][model][name]) if name in told["models"][model] else "" for name in names),
        )
        for model in baselines_first(told["models"])
    )
    head = ("Model", *(_head(name) for name in names))
    return Table(f"Beyond accuracy, with {level} intervals where resampled customers give one", head, rows)


def _head(name: str) -> str:
    metric = ranking_metric(name)
    return f"{metric.title} ({metric.unit})" if metric.unit else metric.title


def _cell(name: str, entry: Mapping[str, Any]) -> str:
    if name in ("catalogue_coverage", "popularity_overlap") and known(entry["value"]):
        return f"{100 * entry['value']:.1f} %"
    return ends(entry, 2 if name in ("novelty", "popularity_lift") else 3)


def _figure(told: Mapping[str, Any]) -> Figure:
    models = baselines_first(told["models"])

    def column(name: str, key: str) -> np.ndarray:
        return np.array(
            [told["models"][m][name][key] if known(told["models"][m][name][key]) else np.nan for m in models]
        )

    title = ranking_metric(told["metric"]).title
    return charts.tradeoff(
        [pretty(model) for model in models],
        column("catalogue_coverage", "value"),
        *(column(told["metric"], key) for key in ("value", "low", "high")),
        x_title="Catalogue coverage: share of all items shown to anybody",
        y_title=f"{title} (1 = perfect)",
        caption=f"{title} with its interval against the share of the catalogue that is shown: up and to the right is better; the diamond "
        "is the champion",
        chosen=pretty(told["champion"]),
    )
