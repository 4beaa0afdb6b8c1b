"""A simulated test of the models, and how large a real one would have to be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from casestudies.recommendation.experiments.wording import effect, mean
from casestudies.recommendation.sections.named import pretty
from casestudies.report import Block, Heading, Note, Table, Text

_FEW = 200  # visits that speak for a policy; under it the intervals of a simulation held the truth in 5 of 6 cases only


def simulated_blocks(told: Mapping[str, Any], level: str) -> list[Block]:
    """What the test is, its table beside the truth, and what one arm's log says of the others."""
    test, champion = told["test"], pretty(told["champion"])
    heading = Heading("A simulated test of the models")
    text = (
        f"Simulated, not run: {told['visits']:,} visits by the {told['customers']:,} judged customers, drawn into three arms: popularity, "
        f"‘{champion}’, and the same with {100 * told['epsilon']:g} % of its lists drawn at random (exploring). A customer takes an item of a list of "
        f"{told['k']} with chance {told['taken']:.2g} if they took it in the held-out part, else never; at that chance {100 * told['truth']['popularity']:.1f} % of "
        "visits with popularity end with a take (experiments.rate). It shows how a test of these models "
        "would be read, and by how much they differ; what customers of a real shop do, only a real test says."
    )
    if test["ratio"]["wrong"]:
        return [heading, Text(text), Note(test["ratio_said"], "warning")]
    names = {"exploring": "the same, exploring", told["champion"]: champion}
    truth = {told["champion"]: told["truth"][told["champion"]] - told["truth"]["popularity"]}
    rows = tuple(
        (
            names.get(one["name"], one["name"]),
            effect(test, one["value"], False, sign=True),
            f"{effect(test, one['low'], False)} to {effect(test, one['high'], False)}",
            f"{effect(test, one['lasting_low'], False)} to {effect(test, one['lasting_high'], False)}",
            effect(test, truth[one["name"]], False, sign=True) if one["name"] in truth else "",
        )
        for one in test["effects"]
    )
    caption = f"Simulated: visits that end with a take, in points more than with popularity ({mean(test, test['effects'][0]['base'])}); {level} intervals, corrected for {len(rows)} comparisons"
    table = Table(caption, ("Arm", "Effect", "One look", "Any time", "Truth"), rows, (False, True, True, True, True))
    return [heading, Text(text), table, Text(_interleaved(told, champion, level)), *_offline(told, champion, level)]


def _interleaved(told: Mapping[str, Any], champion: str, level: str) -> str:
    """What lists drafted from both models say, and how few visits they need."""
    one = told["interleaved"]
    wins = 0.5 * (1.0 + one["value"] * one["visits"] / max(one["decided"], 1))
    text = (
        f"Simulated as well: in {one['visits']:,} lists drafted in turn from both (team-draft interleaving), {one['decided']:,} visits took more from "
        f"one of them, and ‘{champion}’ won {100 * wins:.0f} % of these (lead over all visits {100 * one['value']:+.1f} points, {level} interval "
        f"{100 * one['low']:+.1f} to {100 * one['high']:+.1f})"
    )
    if one["needed"] is None or one["low"] <= 0 <= one["high"]:
        return f"{text}; they cannot be told apart."
    return f"{text}. About {one['needed']:,} such visits would show it in most tests: a quick way to choose between two models, not to know what one earns."


def _offline(told: Mapping[str, Any], champion: str, level: str) -> list[Block]:
    def cell(one: Mapping[str, Any]) -> str:
        if one["effective"] < _FEW:
            return "too few visits"
        return f"{one['value']:.4f} ({one['low']:.4f} to {one['high']:.4f})"

    rows = tuple(
        (
            pretty(one["policy"]),
            cell(one["ips"]),
            cell(one["snips"]),
            f"{one['ips']['effective']:,.0f}",
            f"{one['truth']:.4f}",
        )
        for one in told["offline"]
    )
    text = (
        "Because the exploring arm knows with which chance it showed each item, its log alone says what other lists would have earned "
        f"(IPS, and SNIPS, which is less noisy). Nothing is said of a policy that fewer than {_FEW} visits speak for: intervals are not to be "
        "trusted then."
    )
    caption = f"Simulated: takes a visit, estimated from the log of the exploring arm, with {level} intervals"
    head = ("Policy", "IPS", "SNIPS", "Visits that speak for it", "Truth")
    return [Text(text), Table(caption, head, rows, (False, True, True, True, True))]


def size_blocks(told: Mapping[str, Any], level: str) -> list[Block]:
    """Units that a test of the measured gain needs, and of the low end of its interval."""
    size = told["size"]
    gain, heading = size["gain"], Heading("How large a real test would have to be")
    span = f"{100 * gain['low']:+.2f} to {100 * gain['high']:+.2f}"
    measured = (
        f"On the held-out part, at that chance of a take, lists of ‘{pretty(told['simulated']['champion'])}’ move {100 * size['rate']:.2f} % of "
        f"visits with a take by {100 * gain['value']:+.2f} points ({level} interval {span})"
    )
    if size["measured"] is None:
        return [heading, Text(f"{measured}: there is no gain that a test could prove.")]
    if size["low"] is None:
        measured += "; the interval reaches below 0, so a test of any size may find nothing"
    rows = []
    for name, one in (("as measured", size["measured"]), ("at the low end of its interval", size["low"])):
        if one is not None:
            days = () if one["days"] is None else (f"{one['days']:,}", f"{one['lasting_days']:,}")
            cells = (f"{one['per_arm']:,}", f"{one['lasting_per_arm']:,}", f"{one['median_per_arm']:,}")
            rows.append((name, f"{100 * one['effect']:.2f}", *cells, *days))
    known = size["measured"]["days"] is not None
    head = ("Gain", "Points", "Units an arm, one look", "Any time, at most", "Any time, half are clear by")
    head = (*head, *(("Days, one look", "Days, any time") if known else ()))
    power = size["measured"]["power"]
    saved = ""
    if size["variance_ratio"] < 0.995:
        saved = f", after what a column from before the start takes off ({100 * size['variance_ratio']:.0f} % of the variance is left)"
    caption = f"Units in each of 2 arms that show the gain in {100 * power:g} % of tests{saved}"
    return [heading, Text(f"{measured}."), Table(caption, head, tuple(rows), (False, *[True] * (len(head) - 1)))]
