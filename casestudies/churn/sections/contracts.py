"""How long customers under contract stay, for the part on their value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from casestudies.report import Block, Note, Table, Text, charts
from casestudies.workflow.sections.words import number, percent

Told = Mapping[str, Any]
_SHOWN = 6  # curves in the figure
_BOTH = 3  # segments up to which the model's curves are drawn beside the counted ones
_NOBODY = 0.005  # share of beginners
_APART = 0.05  # share of customers
_ALIKE = 1e4  # alpha + beta from which chances to leave differ by less than 1 %


def contract_blocks(told: Told) -> list[Block]:
    """Who is at risk when, the curves beside what was counted, and what a new customer's time is worth."""
    several = told["window"] > 1
    step = f"{told['window']} {told['period']}s" if several else told["period"]
    the_step, a_step = f"the {step}" if several else f"the one {step}", step if several else f"a {step}"
    if told["table"] == "snapshot":
        how = (
            f"The table holds those who were customers at a date, so each is at risk in {the_step} after the tenure it came with, "
            "and in none before (left truncation). Taking them all as watched since their first day, as a plain Kaplan-Meier "
            "curve does, would leave out everybody who left before the date and make customers look far too faithful."
        )
    else:
        how = "The table holds all who ever began, watched from their first day, so each is at risk until it left or was last seen."
    used = (
        "Values follow the shifted-beta-geometric curve: each customer has a chance of its own to leave, and the likeliest go first."
        if told["curve"] == "model"
        else "Values follow the curve as counted; beyond it, its last quarter goes on."
    )
    blocks: list[Block] = [Text(f"{how} {used}")]
    curves = {}
    modelled = told["curve"] == "model" and len(told["segments"]) <= _BOTH
    for one in told["segments"][:_SHOWN]:
        name = one["name"] or "all"
        curves[f"{name}, counted"] = np.array(one["counted"])
        if modelled:
            curves[f"{name}, model"] = np.array(one["curve"])
    blocks.append(
        charts.survival(
            _trimmed(curves),
            step=told["window"],
            x_title=f"{told['period'].capitalize()}s since the start",
            y_title="Still there",
            caption=(
                "Beginners who are still there, by time: where a model’s line leaves the counted one, values of such tenures are off"
                if modelled
                else "Beginners who are still there, by time, as counted"
            ),
        )
    )
    rows = []
    for one in told["segments"]:
        chance = one["left"] / one["at_risk"]
        parameters = one["parameters"]
        rows.append(
            (
                one["name"] or "all",
                f"{one['at_risk']:,.0f}",
                f"{one['left']:,.0f}",
                percent(chance),
                "never" if one["median"] is None else f"{one['median'] * told['window']:,}",
                number(one["worth"], 1),
                _shape(parameters),
            )
        )
    blocks.append(
        Table(
            f"Chances to leave in {a_step}, and what a new customer’s time is worth",
            (
                "Customers",
                "At risk" if told["table"] == "snapshot" else f"At risk, {told['period']}s",
                "Left",
                "Share",
                f"Half gone after ({told['period']}s)",
                f"{told['period'].capitalize()}s of margin, new",
                "alpha, beta",
            ),
            tuple(rows),
            (False, *[True] * 6),
        )
    )
    off = [one["name"] or "all" for one in told["segments"] if one["gap"] is not None and one["gap"] > _APART]
    if off:
        blocks.append(
            Note(
                f"The shifted-beta-geometric curve leaves the counted one by more than {percent(_APART, 0)} of customers: "
                f"{', '.join(off)}. Its chance to leave can only fall with time; where contracts end at fixed times, "
                "value.curve: life_table follows them.",
                "warning",
            )
        )
    return blocks


def _trimmed(curves: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Up to where all but nobody is left on any of them."""
    last = max(int(np.flatnonzero(curve > _NOBODY)[-1]) for curve in curves.values()) + 2
    return {name: curve[:last] for name, curve in curves.items()}


def _shape(parameters: Mapping[str, float] | None) -> str:
    """Parameters so large that customers are all alike say only that."""
    if parameters is None:
        return ""
    alpha, beta = parameters["alpha"], parameters["beta"]
    return "all alike" if alpha + beta > _ALIKE else f"{alpha:.3g}, {beta:.3g}"
