"""A test in a reader's words: effects, means, and the verdict as a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_MONEY_ROWS = 1_000  # units that money is told for


def verdict_sentence(own: Mapping[str, Any], value: float | None, unit: str, level: str) -> str:
    """Ship, do not, or not yet, with the effect, its interval that holds at every look, and its money.

    own: `Analysis.told()`. value: money a success; None leaves money out. level: "95 %".
    """
    verdict, rules = own["verdict"], own["rules"]
    named = {one["name"]: one for one in own["effects"]}
    worth = "" if not rules["worth"] else f" (smallest effect worth having: {effect(own, rules['worth'])})"
    combined = any(one["kind"] == "combination" for one in own["effects"])
    judged_so = ", so combinations are judged" if combined else ""
    depends = [f"{_together(own, named[name])}{judged_so}." for name in verdict["together"]]
    if verdict["answer"] == "ship":
        said = [f"Ship {' and '.join(_quoted(name) for name in verdict['chosen'])}{worth}."]
        said += [_change(own, named[name], level) + _money(own, named[name], value, unit) for name in verdict["chosen"]]
        return " ".join([*said, *depends, *_rest(verdict)])
    judged = [named[one["name"]] for one in verdict["judged"]]
    if verdict["answer"] == "do not":
        said = [f"Do not ship{worth}: every interval lies short of an effect worth having."]
        return " ".join([*said, *(_change(own, one, level) for one in judged[:2]), *depends])
    said = [f"Not yet{worth}: what was seen fits an effect worth having as well as none."]
    best = max(judged, key=lambda one: one["value"] * (1 if rules["better"] == "higher" else -1))
    said.append(_change(own, best, level))
    units = next(one["units"] for one in verdict["judged"] if one["name"] == best["name"])
    if units is not None:
        said.append(
            f"If that effect is as estimated, about {_rounded_up(units):,} units in all would make it clear ({own['units']:,} are in)."
        )
    return " ".join([*said, *depends])


def effect(own: Mapping[str, Any], value: float, unit: bool = True, sign: bool = False) -> str:
    """A difference of the outcome: points of a rate, else its own unit."""
    shown = 100 * value if own["binary"] else value
    digits = 2 if abs(shown) < 100 else 0
    text = f"{round(shown, digits) + 0.0:{'+' if sign else ''},.{digits}f}"
    return f"{text} points" if unit and own["binary"] else text


def mean(own: Mapping[str, Any], value: float | None) -> str:
    if value is None:
        return ""
    return f"{100 * value:.2f} %" if own["binary"] else f"{value:,.2f}"


def p_cell(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def p_said(p_value: float) -> str:
    return "p < 0.001" if p_value < 0.001 else f"p = {p_value:.3f}"


def _quoted(name: str) -> str:
    return f"‘{name}’"


def _rounded_up(units: int) -> int:
    """Two digits: more would pretend to know."""
    step = 10 ** max(0, len(str(units)) - 2)
    return -(-units // step) * step


def _change(own: Mapping[str, Any], one: Mapping[str, Any], level: str) -> str:
    """From what to what, by how much, and how sure."""
    count = len(own["effects"])
    corrected = f", corrected for {count} comparisons" if count > 1 else ""
    ends = f"{effect(own, one['lasting_low'], False)} to {effect(own, one['lasting_high'])}"
    return (
        f"{_quoted(one['name'])} moves {own['outcome']} from {mean(own, one['base'])} to "
        f"{mean(own, one['base'] + one['value'])}, by {effect(own, one['value'], sign=True)} "
        f"({level} interval that holds at every look{corrected}: {ends})."
    )


def _money(own: Mapping[str, Any], one: Mapping[str, Any], value: float | None, unit: str) -> str:
    if value is None:
        return ""
    amounts = [_MONEY_ROWS * value * one[key] for key in ("value", "lasting_low", "lasting_high")]
    text = [f"{amount:,.0f}" if abs(amount) >= 10 else f"{amount:,.2f}" for amount in amounts]
    each = "success" if own["binary"] else f"unit of {own['outcome']}"
    return f" At {value:g} {unit} a {each} that is {text[0]} {unit} per {_MONEY_ROWS:,} units ({text[1]} to {text[2]})."


def _together(own: Mapping[str, Any], one: Mapping[str, Any]) -> str:
    more = "more" if one["value"] > 0 else "less"
    return f"Together, {one['name']} do {effect(own, abs(one['value']))} {more} than the two alone"


def _rest(verdict: Mapping[str, Any]) -> list[str]:
    """What is left open beside what is shipped."""
    open_still = [_quoted(one["name"]) for one in verdict["judged"] if one["answer"] == "not yet"]
    return [f"Of {', '.join(open_still)} the test does not say yet whether it is worth having."] if open_still else []
