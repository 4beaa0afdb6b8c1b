"""The first page: what is served and how good it is, one picture, the aim beside what was done."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from casestudies.recommendation.findings import Findings
from casestudies.recommendation.sections.named import apart, pretty
from casestudies.report import Block, Figure, Heading, Metric, Metrics, Note, Section, Table, Text, charts
from casestudies.workflow.sections.words import number, percent, span

_FRAME = {
    "goal": "Goal",
    "unit": "One row is",
    "label_means": "A rating or choice means",
    "proxy_for": "It stands in for",
    "excluded": "Not in the table",
    "decided_by": "Decided by",
}
_NO_BETTER = (
    "So on these rows nothing proves that a list for each customer beats the same bestsellers for all: show these, or let a test "
    "on customers decide."
)


def summary(f: Findings, own: Iterable[Block] = ()) -> Section:
    """The decision, its figures with intervals, the verdict against what is simple, a picture, the frame.

    own: what the further questions have to say on the first page.
    """
    blocks: list[Block] = [headline(f), Text(decision(f))]
    blocks += [Text(sentence) for sentence in against(f)]
    blocks += _ratings(f)
    blocks += own
    blocks.append(_picture(f))
    blocks += [Heading("What was to be achieved, and what was done"), _frame(f)]
    blocks += [Note(text, "warning") for text in f.profile["split_warnings"]]
    if f.settings.frame.proxy_for:
        blocks.append(
            Note(f"What is learnt only stands in for something else: {f.settings.frame.proxy_for}.", "warning")
        )
    return Section("summary", "Summary", tuple(blocks))


def headline(f: Findings) -> Metrics:
    """How many find something in their list, how far up, and how much of the catalogue is shown."""
    champion = f.champion
    hits, ndcg = f.figure(champion, f"hit_rate_at_{f.k}"), f.figure(champion, f"ndcg_at_{f.k}")
    coverage = f.figure(champion, "catalogue_coverage")
    items = [
        Metric(
            "Lists that hold what was taken next",
            percent(hits["value"]),
            span(hits, 1, 100, "%"),
            f"of {f.evaluation['users']:,} customers; the same popular items for all: {_popular(f, 'hit_rate_at', percent)}",
        ),
        Metric(
            f"NDCG of {f.k} items",
            number(ndcg["value"], 4),
            span(ndcg, 4),
            f"1 is a perfect list; popularity: {_popular(f, 'ndcg_at', lambda value: number(value, 4))}",
        ),
        Metric(
            "Catalogue shown",
            percent(coverage["value"]),
            "",
            f"of the items; popularity: {_popular(f, 'catalogue_coverage', percent)}",
        ),
    ]
    return Metrics(tuple(items))


def _popular(f: Findings, metric: str, said: Callable[[float | None], str]) -> str:
    """A figure of popularity's lists."""
    name = f"{metric}_{f.k}" if metric.endswith("_at") else metric
    return said(f.figure("popularity", name)["value"])


def decision(f: Findings) -> str:
    """What is served to whom."""
    told = f.analysis.get("lists", {})
    served = told.get("served")
    tail = "" if served is None else f" {served}"
    return f"Show each customer the {f.settings.ranking.k} items at the top of their list, made by the {pretty(f.champion).lower()}.{tail}"


def against(f: Findings) -> list[str]:
    """The served model beside popularity and beside the best of the others, as paired differences over the same users."""
    metric = f"ndcg_at_{f.k}"
    told = {
        test["rival"]: test
        for test in f.evaluation["paired"]
        if test["metric"] == metric and test["model"] == f.champion
    }
    others = [name for name in told if name != "popularity"]
    best = max(others, key=lambda name: f.figure(name, metric)["value"], default=None)
    level = f"{100 * f.settings.interval.level:g} %"
    said = [apart(told[name], level) for name in ("popularity", best) if name in told]
    low = told["popularity"]["low"] if "popularity" in told else None
    return [*said, _NO_BETTER] if low is not None and low <= 0 else said


def _ratings(f: Findings) -> list[Block]:
    """How far predicted ratings are off, where there are any."""
    rating = f.evaluation["choice"]["rating"]
    if rating is None:
        return []
    rmse, scale = f.figure(rating, "rmse"), f.profile["scale"]
    return [
        Text(
            f"Predicted ratings, by the {pretty(rating).lower()}, are off by {number(rmse['value'])} (RMSE; {span(rmse)}) on the "
            f"scale {scale[0]:g} to {scale[1]:g}."
        )
    ]


def _picture(f: Findings) -> Figure:
    metric = f"ndcg_at_{f.k}"
    names = list(f.metrics["models"])
    entries = [f.figure(name, metric) for name in names]
    values = [
        np.array([e[key] if e[key] is not None else np.nan for e in entries], dtype=float)
        for key in ("value", "low", "high")
    ]
    return charts.dot_whisker(
        [pretty(name) for name in names],
        *values,
        title=f"NDCG of {f.k} items",
        caption=f"NDCG of the lists of {f.k}, on rows no model saw: further right is better; the diamond is what is served",
        chosen=pretty(f.champion),
    )


def _frame(f: Findings) -> Table:
    frame = f.settings.frame.model_dump()
    rows = [(title, str(frame[key] or "not stated")) for key, title in _FRAME.items()]
    rows += [
        (
            "Optimised",
            "squared error of ratings"
            if f.champion == "factorisation"
            else "squared error over the whole table of users and items",
        ),
        ("Chosen by", f"NDCG of {f.k} items on the validation rows"),
        (
            "Reported first",
            f"NDCG of {f.k} items, all items ranked"
            if f.settings.judging.negatives is None
            else "NDCG among sampled items",
        ),
    ]
    return Table("What was to be achieved, beside what was optimised, chosen and reported", ("", "Stated"), tuple(rows))


def in_lines(f: Findings) -> list[str]:
    """The summary as plain lines, for a terminal."""
    lines = [
        f"{'SYNTHETIC DATA. ' if f.synthetic else ''}served: {pretty(f.champion)}. {f.evaluation['choice']['sentence']}"
    ]
    lines += [
        f"{item.label}: {item.value}" + (f" ({item.interval})" if item.interval else "") for item in headline(f).items
    ]
    return [*lines, decision(f), *against(f)]
