"""What a search came to, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from casestudies.tuning import SECONDS, Goal
from casestudies.workflow.tuned.findings import Findings

SMALL = 0.001  # a share of the score below which more trials are said to buy next to nothing


def verdict(f: Findings) -> str:
    """The one sentence: what was gained, and whether the folds can tell it from nothing; then the other goals."""
    searched = len(f.tuning["trials"]) - f.tuning["first"]
    stays = f.lead.said(f.trial("defaults")["mean"][f.lead.name])
    if not f.found:
        return f"{trials(searched).capitalize()} found nothing better than the settings as they are: {within(f.lead.label)} stays at {stays}."
    level, gains = f.settings.interval.level, f.tuning["gain"]
    said = f"Tuned, the study {gained(f.lead, gains[f.lead.name], level)} against the settings as they are, in {trials(searched)}."
    if len(f.goals) == 1:
        return said
    others = " and ".join(gained(goal, gains[goal.name], level) for goal in f.goals[1:])
    proposed = (
        f"Of {trials(len(f.tuning['front']))} on the front the one nearest to the best of every goal is proposed."
    )
    return f"{said} It {others}. {proposed}"


def gained(goal: Goal, found: Mapping[str, Any], level: float) -> str:
    """ "gained 1.2 % +- 0.8 % in cost a row (95 % interval -0.1 to 2.4): cannot be told apart"."""
    value, share = found["value"], found["share"]
    verb = "gained" if value >= 0 else "lost"
    what = f" in {within(goal.label)}"
    size = f"{abs(100 * share):.1f} %" if share is not None else goal.said(abs(value))
    if goal.name == SECONDS.name:
        return f"{'saved' if value >= 0 else 'took'} {size} {'of' if value >= 0 else 'more'} processor time"
    if found["low"] is None:
        return f"{verb} {size}{what}, on one part, so that nothing is known of how sure that is,"
    half = (found["high"] - found["low"]) / 2
    around = f" ± {100 * half / abs(value / share):.1f} %" if share else f" ± {goal.said(half)}"
    certain = "" if found["told_apart"] else "; the two cannot be told apart"
    return f"{verb} {size}{around}{what} ({100 * level:g} % interval{certain})"


def within(label: str) -> str:
    """A label inside a sentence; one that begins with capitals keeps them."""
    return label if label[1:2].isupper() else label[0].lower() + label[1:]


def trials(count: int) -> str:
    """ "1 trial", "30 trials"."""
    return f"{count} trial{'' if count == 1 else 's'}"


def shares(found: Mapping[str, Any]) -> str:
    """ "1.2 %"."""
    return "n/a" if found["share"] is None else f"{100 * found['share']:+.1f} %"


def signed(goal: Goal, found: Mapping[str, Any]) -> str:
    """Its interval as shares: "-0.1 to +2.4 %"."""
    if found["share_low"] is None:
        return "no interval"
    return f"{100 * found['share_low']:+.1f} to {100 * found['share_high']:+.1f} %"


def value_of(goal: Goal, entry: Mapping[str, Any]) -> tuple[str, str]:
    """A score with its unit, and its interval over folds."""
    if entry["low"] is None:
        return goal.said(entry["value"]), "no interval"
    return goal.said(entry["value"]), f"{entry['low']:,.{goal.digits}f} to {entry['high']:,.{goal.digits}f}"


def told_trials(f: Findings) -> str:
    """How many trials there were, and what became of them."""
    every = f.tuning["trials"]
    first, early = f.tuning["first"], sum(one["state"] == "stopped early" for one in every)
    starts = "The settings as they are" if first == 1 else f"The {first} candidates with the settings as they are"
    said = f"{starts} came first, then {trials(len(every) - first)}."
    return said + (
        f" {early} of them were stopped before their last fold, since they were behind on every fold." if early else ""
    )


def outlook(f: Findings) -> list[str]:
    """What more trials would buy, with care."""
    told = f.tuning["outlook"]
    if told is None:
        return ["There are too few trials to say what more of them would buy."]
    bought = abs(told["best_of_all"] - told["best_of_half"])
    share = bought / abs(told["best_of_half"]) if told["best_of_half"] else 0.0
    said = (
        f"{told['half']} trials drawn at random from these {told['all']} have a best of {f.lead.said(told['best_of_half'])} on "
        f"average; all of them have {f.lead.said(told['best_of_all'])}: the second half bought {100 * share:.2g} %. As many trials "
        "again usually buy less than that."
    )
    if share < SMALL:
        said += " More trials are not worth their time here."
    return [said]
