"""How good the lists are, and the predicted ratings: every model beside popularity and bias, on the same users."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from casestudies.metrics.ranking import ranking_metric
from casestudies.recommendation.findings import Findings
from casestudies.recommendation.sections.named import baselines_first, compared, ends, listed, meanings, pretty
from casestudies.report import Block, Note, Table, Text

_LISTS = ("ndcg_at", "recall_at", "precision_at", "hit_rate_at", "map_at")


def performance_blocks(f: Findings) -> tuple[Block, ...]:
    """How it was judged, the figures with intervals, who can be told apart, ratings."""
    told = f.evaluation
    level = f"{100 * f.settings.interval.level:g} %"
    blocks: list[Block] = [Text(_protocol(f))]
    if told["candidates"] is not None:
        blocks.append(Note(_SAMPLED, "warning"))
    blocks += [
        _lists(f, level),
        *(Text(said) for said in compared(told["paired"], told["metric"], level)),
        meanings(_names(f)),
    ]
    if any("rmse" in figures for figures in f.metrics["models"].values()):
        blocks += [Text(_rating(told)), _ratings(f, level)]
        blocks += [Text(said) for said in compared(told["paired"], "rmse", level)]
    return tuple(blocks)


_SAMPLED = (
    "The good items are ranked among a few drawn ones only, as some papers do. Such figures are larger than those of a ranking "
    "of all items and can put the models in another order: use them to compare with papers, not to choose (Krichene and Rendle 2020)."
)


def _protocol(f: Findings) -> str:
    told = f.evaluation
    sentences = []
    if told["candidates"] is None:
        among = f"{told['items']:,} items" + ("" if told["repeats"] else " that the customer did not have before")
    else:
        among = f"the good items and others that were drawn, about {told['candidates']:,.0f} in all"
    good = (
        "an item that the customer chose in the test part"
        if told["liked"] is None
        else f"one rated {told['liked']:g} or more"
    )
    sentences.append(
        f"For each of {told['users']:,} customers the {told['k']} best of {among} are listed; a good item is {good} "
        f"({told['relevant']:,} in all)."
    )
    if told["drawn_from"] is not None:
        sentences.append(f"They were drawn at random from {told['drawn_from']:,} who could be judged.")
    if told["new_users"]:
        sentences.append(f"{told['new_users']:,} of these customers are new: nothing was known of them.")
    sentences += _alike(told["alike"])
    if told["unjudged"]:
        only = "no good item" if told["liked"] is not None else "nothing that was new to them"
        sentences.append(f"{told['unjudged']:,} customers of the test part had {only} and are left out.")
    return " ".join(sentences)


def _alike(counts: Mapping[str, int]) -> list[str]:
    """A sentence for each number of customers, not for each model."""
    out = []
    for users in dict.fromkeys(counts.values()):
        models = [pretty(model) for model, count in counts.items() if count == users]
        out.append(
            f"{listed(models)} cannot tell items apart for {users:,} of them, who are listed what is popular, as in use."
        )
    return out


def _names(f: Findings) -> tuple[str, ...]:
    return (*(f"{family}_{f.evaluation['k']}" for family in _LISTS), "mrr")


def _lists(f: Findings, level: str) -> Table:
    names = _names(f)
    models = baselines_first(f.metrics["models"])
    rows = tuple((pretty(model), *(ends(f.metrics["models"][model][name]) for name in names)) for model in models)
    head = ("Model", *(ranking_metric(name).title for name in names))
    return Table(f"Quality of the lists, with {level} intervals from resampled customers", head, rows)


def _rating(told: dict[str, Any]) -> str:
    return (
        f"How near the predicted ratings are to the {told['rows']:,} given ones of the test part. Good ratings do not make good "
        "lists: a list is judged by what people chose, a rating by what they then said of it."
    )


def _ratings(f: Findings, level: str) -> Table:
    rating = [model for model in baselines_first(f.metrics["models"]) if "rmse" in f.metrics["models"][model]]
    rows = tuple(
        (pretty(model), *(ends(f.metrics["models"][model][name], 4) for name in ("rmse", "mae"))) for model in rating
    )
    caption = f"Errors of the predicted ratings in points of the scale, with {level} intervals; smaller is better"
    return Table(caption, ("Model", "RMSE", "MAE"), rows)
