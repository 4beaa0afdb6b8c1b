"""Reasons in the report: four customers, and whether what is said of them can be trusted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from casestudies.recommendation.sections.named import MADE_OF, listed
from casestudies.report import Block, Heading, Table, Text, charts

if TYPE_CHECKING:
    from casestudies.recommendation.findings import Findings

_KINDS: Mapping[str, str] = {
    "heavy": "Much is known",
    "light": "Little is known",
    "changed": "A taste that changed",
    "cold": "Nothing is known",
}
_BARS = 7  # items met that have a bar of their own
_BESIDES = 1e-3  # of the score; less is rounding
_FAITHFUL = 0.7  # share of customers whose largest reason moves the score more than a random one


def reasons_blocks(f: Findings) -> tuple[Block, ...]:
    """The cases, and the neighbours of some items; () where it was not asked."""
    told = f.analysis.get("reasons")
    if told is None:
        return ()
    blocks: list[Block] = [Text(_how(told))]
    for case in told["cases"]:
        blocks += [
            Heading(f"{_KINDS[case['kind']]}: {case['user']}"),
            Text(_said(case)),
            *_list(case),
            *_first(case),
            *_afterwards(case),
        ]
    return (*blocks, Heading("Items alike"), _alike(told))


def quality_blocks(f: Findings) -> tuple[Block, ...]:
    """The tests of the reasons, and side features two ways; () where it was not asked."""
    told = f.analysis.get("reasons")
    if told is None:
        return ()
    blocks: list[Block] = []
    if told["deletion"] is not None:
        blocks.append(Text(_deletion(told["deletion"])))
    blocks.append(Text(_stored(told)))
    if told["features"] is not None:
        blocks += _features(told["features"])
    return tuple(blocks)


def _how(told: Mapping[str, Any]) -> str:
    what = "rating" if told["explicit"] else "choice"
    text = (
        f"A score is a sum: what is expected of anybody, and a part for each earlier {what} of the customer. The largest parts are "
        "named, the rest is one number, and together they are the score."
    )
    if told["half_life"] is not None:
        text += f" A {what} counts half once {told['half_life']:g} others have come after it, so the latest ones weigh most."
    if not told["explicit"]:
        text += " The score is no probability: 0 is nobody's choice and 1 about what a customer has chosen."
    return text


def _said(case: Mapping[str, Any]) -> str:
    if case["kind"] == "cold":
        source = "what is known of the customer" if case["from"] == "features" else "what most others chose"
        return f"Without a history the list is made of {source}."
    text = f"{case['interactions']:,} interactions, the latest: {', '.join(case['latest'])}."
    if case["moved"] is not None:
        text += (
            f" The tastes of the older and the newer half of them have a cosine of {case['moved']:.2f} (1 = the same)."
        )
    return text


def _list(case: Mapping[str, Any]) -> tuple[Block, ...]:
    if not case["list"]:
        return (Text("Nothing may be shown."),)
    rows = [
        (
            one["title"],
            "" if one["score"] is None else f"{one['score']:.3f}",
            f"{one['popularity_rank']:,}",
            one["because"],
        )
        for one in case["list"]
    ]
    caption = f"The first {len(rows)} items for {case['user']}, made of {MADE_OF[case['from']]}"
    return (Table(caption, ("Item", "Score", "Popularity", "Because"), tuple(rows), (False, True, True, False)),)


def _first(case: Mapping[str, Any]) -> tuple[Block, ...]:
    """The score of the first item as a way from anybody's to this customer's; () where it rests on no history."""
    told = case.get("parts")
    if told is None:
        return ()
    names, parts = list(told["names"]), list(told["parts"])
    if abs(told["besides"]) > _BESIDES * abs(told["base"] + sum(parts)):
        names.append("learnt besides")
        parts.append(told["besides"])
    title = case["list"][0]["title"]
    figure = charts.waterfall(
        told["base"],
        names,
        np.array(parts),
        top=_BARS,
        probability=False,
        title="Score",
        ends=("anybody", case["user"]),
        rest=("other part", "other parts"),
        digits=3,
        caption=f"Why {title} stands first for {case['user']}: from what is expected of anybody, by what this customer has chosen",
    )
    return (figure,)


def _afterwards(case: Mapping[str, Any]) -> tuple[Block, ...]:
    """What would be without the largest reason; and the two lists of a taste that changed."""
    out: list[Block] = []
    if (less := case.get("without")) is not None:
        first = case["list"][0]["title"]
        text = f"Without {less['item']} the score of {first} would be {less['score_without']:.3f} instead of {less['score']:.3f}"
        if less["out"]:
            text += f"; {listed(less['out'])} would leave the list, and {listed(less['in'])} come in"
        else:
            text += ", and the list would hold the same items"
        out.append(Text(f"{text}."))
    if "older" in case:
        out.append(
            Text(
                f"By the older half alone the list would begin {listed(case['older'])}; by the newer half {listed(case['newer'])}."
            )
        )
    return tuple(out)


def _alike(told: Mapping[str, Any]) -> Table:
    rows = [
        (one["title"], ", ".join(f"{near['title']} ({near['cosine']:.2f})" for near in one["near"]))
        for one in told["alike"]
    ]
    return Table(
        "The most popular items and those nearest to them, by the cosine of their vectors",
        ("Item", "Nearest"),
        tuple(rows),
    )


def _deletion(told: Mapping[str, Any]) -> str:
    text = (
        f"Do the named reasons matter? For {told['customers']:,} customers the first item was scored again as if its largest reason "
        f"had never been: the score moves by {told['top']:.3f} on average, without a random other one by {told['random']:.3f}, and "
        f"{100 * told['larger']:.0f} % of the customers have the larger move in the named one. "
    )
    text += (
        "The reasons are faithful."
        if told["larger"] >= _FAITHFUL
        else "That is too few: read the reasons as a sum, not as an order."
    )
    return f"{text} Parts and scores differ by {told['error']:.0e} at most, which is rounding."


def _stored(told: Mapping[str, Any]) -> str:
    stored = told["stored"]
    if stored is None:
        return "Lists are made of rows that are folded in from each history, so the parts are all of the score."
    if not stored["customers"]:
        return "No list holds a choice of the model, so there are no scores to compare."
    text = (
        "A stored row was learnt along with all others and is not quite what its history alone would give. For "
        f"{stored['customers']:,} customers the two lists share {100 * stored['overlap']:.0f} % of their items, and the scores differ by "
        f"{stored['difference']:.3f} on average (their spread is {stored['spread']:.3f})"
    )
    return f"{text}; where it shows in a score, it is printed as “learnt besides”."


def _features(told: Mapping[str, Any]) -> list[Block]:
    what = f"{told['newcomer']} for {told['facing']}"
    lime = told["lime"]
    text = (
        f"What is known of newcomers enters the score as a straight line in the features, so their parts are exact (SHAP; they add "
        f"up to {told['additivity_error']:.0e}). {what}, as if nobody had met it: from {told['base']:.2f} for the average to "
        f"{told['score']:.2f}. LIME, which only asks the model for scores, is {lime['sentence']}."
    )
    text += (
        " The two tell the same story."
        if told["agreement"]["agree"]
        else " The two do not agree; trust the exact parts."
    )
    rows = [
        (f"{name} = {value}", f"{shap:+.3f}", f"{effect:+.3f}", f"{low:+.3f} to {high:+.3f}")
        for name, value, shap, effect, low, high in zip(
            told["names"], told["values"], told["shap"], lime["effects"], lime["low"], lime["high"], strict=True
        )
    ]
    head = ("Feature", "SHAP, exact", "LIME", "over its seeds")
    return [
        Heading("Side features"),
        Text(text),
        Table(f"Side features of {what}", head, tuple(rows), (False, True, True, True)),
    ]
