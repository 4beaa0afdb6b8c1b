"""The past campaign: whether it was random, what it changed, and for whom."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from casestudies.report import Block, Figure, Heading, Note, Table, Text
from casestudies.report.charts import dot_whisker
from casestudies.workflow.findings import Findings
from casestudies.workflow.sections.words import level_of, number, percent

_HEADING = "What contacting really changes: the past campaign"
_VIEWS: Mapping[str, str] = {
    "constant": "the same for everybody",
    "share of leavers": "the same share of those who would leave",
    "T-learner, logistic": "T-learner on logistic regression",
    "X-learner, logistic": "X-learner on logistic regression",
    "T-learner, lightgbm": "T-learner on boosted trees",
    "X-learner, lightgbm": "X-learner on boosted trees",
}


def uplift_blocks(f: Findings) -> tuple[Block, ...]:
    """Sentences on the campaign as a whole, the effect by groups of customers, and how the view was chosen."""
    told = f.analysis.get("uplift")
    if told is None:
        return ()
    heading = Heading(_HEADING, further=True)
    if "skipped" in told:
        return (heading, Text(f"Nothing can be learnt from the past campaign: {told['skipped']}."))
    blocks: list[Block] = [heading, Text(f"{_campaign(told)} {_whole(f, told)}"), _random(told)]
    blocks += [Text(_choice(f, told)), _figure(f, told), _bands(f, told), _candidates(told)]
    if (against := _against(f, told)) is not None:
        blocks.append(against)
    return tuple(blocks)


def _campaign(told: Mapping[str, Any]) -> str:
    contacted, control = told["arms"]["contacted"], told["arms"]["control"]
    drawn = f" (drawn from {told['of']:,}, to save time)" if told["rows"] < told["of"] else ""
    return (
        f"Of {told['rows']:,} customers{drawn} {contacted['rows']:,} were contacted and {control['rows']:,} were not; "
        f"{percent(contacted['left'])} of the contacted left, and {percent(control['left'])} of the others."
    )


def _whole(f: Findings, told: Mapping[str, Any]) -> str:
    """The mean effect and the acceptance that follows from it."""
    effect, acceptance = told["effect"], told["acceptance"]
    if effect["low"] is None or effect["low"] <= 0 <= effect["high"]:
        return (
            "Once chance differences between the two groups are taken out, whether contacting changed anything cannot be told "
            f"from chance: {_points(effect['value'])} of 100 fewer left ({level_of(f)} interval {_span(effect)})."
        )
    text = (
        "Once chance differences between the two groups are taken out, contacting kept "
        f"{_points(effect['value'])} of 100 customers ({level_of(f)} interval {_span(effect)})"
        if effect["value"] > 0
        else f"Contacting drove {_points(-effect['value'])} of 100 customers away ({level_of(f)} interval of those kept {_span(effect)})"
    )
    if effect["value"] > 0 and acceptance["low"] is not None:
        text += (
            f". Of those who would have left, {percent(acceptance['value'], 0)} stayed because of it "
            f"({percent(acceptance['low'], 0)} to {percent(acceptance['high'], 0)})"
        )
        if told["assumed"] is not None:
            inside = acceptance["low"] <= told["assumed"] <= acceptance["high"]
            agrees = "which the campaign does not contradict" if inside else "which the campaign contradicts"
            text += f"; the settings assume {percent(told['assumed'], 0)}, {agrees}"
    return text + "."


def _random(told: Mapping[str, Any]) -> Block:
    balance = told["balance"]
    model = f"AUC {number(balance['auc'])}, where 95 of 100 random campaigns stay under {number(balance['usual'])}"
    if balance["random"]:
        return Text(f"Nothing speaks against a random campaign: no column tells who was contacted ({model}).")
    apart = [one for one in balance["columns"] if one["clear"]]
    named = ", ".join(f"{one['column']} {_sides(one)}" for one in apart[:3])
    text = f"This campaign was not sent at random: the columns tell who was contacted ({model})"
    text += f"; contacted and others differ in {named}. " if named else ". "
    return Note(
        text
        + (
            "The chances given in uplift.propensity are used as they are."
            if balance["propensity"] == "given"
            else "The effects are adjusted for the columns of the table; what is not in the table can still make them wrong. Send "
            "the next campaign with a control group drawn at random."
        ),
        "warning",
    )


def _sides(one: Mapping[str, Any]) -> str:
    if one["what"] is None:
        return f"({one['inside']:,.3g} against {one['outside']:,.3g})"
    return f"{one['what']} ({percent(one['inside'], 0)} against {percent(one['outside'], 0)})"


def _choice(f: Findings, told: Mapping[str, Any]) -> str:
    chosen, best = told["chosen"], told["best"]
    if chosen["level"] == 0:
        what = (
            f"the same {_points(told['line'][0])} in 100 for everybody"
            if chosen["name"] == "constant"
            else f"the same share, {percent(told['line'][0], 0)}, of those who would leave"
        )
        tail = (
            "no view with an effect of each customer's own describes customers it has not seen any better"
            if best == chosen["name"]
            else f"the best view with an effect of each customer's own (the {_VIEWS[best]}) is better on customers it has not seen, but "
            "by less than one standard error"
        )
        return f"One number is enough here: {what}. For whom contact works better than for others this campaign cannot say; {tail}."
    text = f"Contacting works better for some than for others. The {_VIEWS[chosen['name']]} describes customers it has not seen "
    text += (
        "best"
        if best == chosen["name"]
        else f"within one standard error of the best (the {_VIEWS[best]}), and is simpler"
    )
    simple = min((one for one in told["candidates"] if one["level"] == 0), key=lambda one: one["loss"])
    text += f"; one number for all is worse by {simple['worse'] / simple['error']:.1f} standard errors."
    qini = told["qini"]
    if qini is not None and qini["low"] is not None:
        sure = "its order is better than chance" if qini["low"] > 0 else "its order cannot be told from chance"
        text += f" Qini {number(qini['value'])} ({level_of(f)} interval {number(qini['low'])} to {number(qini['high'])}): {sure}."
    return text


def _figure(f: Findings, told: Mapping[str, Any]) -> Figure:
    bands = told["bands"]
    seen = [one["observed"] for one in bands]
    tenth = "tenths" if len(bands) > 5 else "fifths"
    return dot_whisker(
        [_band(one, len(bands)) for one in bands],
        *(
            np.array([np.nan if one[end] is None else 100 * one[end] for one in seen])
            for end in ("value", "low", "high")
        ),
        title="Kept by contacting, of 100 customers",
        reference=100 * told["effect"]["value"],
        caption=f"Customers in {tenth}, by how much contact is expected to help: what the campaign kept there, with {level_of(f)} "
        "intervals; the dashed line is the mean of all",
    )


def _band(one: Mapping[str, Any], count: int) -> str:
    ends = {1: " (most)", count: " (least)"}
    return f"{one['band']}{ends.get(one['band'], '')}"


def _bands(f: Findings, told: Mapping[str, Any]) -> Table:
    rows = tuple(
        (
            _band(one, len(told["bands"])),
            f"{one['rows']:,}",
            percent(one["risk"]),
            _points(one["expected"]),
            f"{_points(one['observed']['value'])} ({_span(one['observed'])})",
        )
        for one in told["bands"]
    )
    head = (
        "Expected effect",
        "Customers",
        "Would leave uncontacted",
        "Expected kept of 100",
        "Kept of 100 in the campaign",
    )
    caption = "Expected and observed effect: the last two columns should agree. Each customer is scored by a model that has not seen the customer"
    return Table(caption, head, rows, (False, True, True, True, True))


def _candidates(told: Mapping[str, Any]) -> Table:
    rows = []
    for one in told["candidates"]:
        worse = "best" if one["worse"] == 0 else f"{1e4 * one['worse']:.1f} ± {1e4 * one['error']:.1f}"
        view = _VIEWS[one["name"]] if one["level"] == 0 else f"each customer's own: {_VIEWS[one['name']]}"
        rows.append((view, worse, "chosen" if one["name"] == told["chosen"]["name"] else ""))
    caption = "Views of the effect, the simpler first: R-loss above the best on customers held out, in 1/10,000, with one standard error"
    return Table(caption, ("View", "Worse by", ""), tuple(rows), (False, True, False))


def _against(f: Findings, told: Mapping[str, Any]) -> Block | None:
    """Whether contact drives some customers away, where there are enough of them to ask."""
    against = told["against"]
    if against is None:
        return None
    seen = against["observed"]
    who = f"{against['rows']:,} customers ({percent(against['share'])}) are expected to be more likely to leave if contacted"
    if against["sure"]:
        return Note(
            f"{who}, and the campaign bears it out: contact drove {_points(-seen['value'])} of 100 of them away ({level_of(f)} "
            f"interval of those kept {_span(seen)}). Leave them alone.",
            "warning",
        )
    return Text(
        f"{who}; whether contact really drives them away cannot be told from chance ({_points(seen['value'])} of 100 kept, "
        f"{level_of(f)} interval {_span(seen)})."
    )


def _points(value: float | None) -> str:
    return number(None if value is None else 100 * value, 1)


def _span(entry: Mapping[str, Any]) -> str:
    return f"{_points(entry['low'])} to {_points(entry['high'])}"
