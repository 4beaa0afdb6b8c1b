"""Effects and means of a test in a reader's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


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


def quoted(name: str) -> str:
    return f"‘{name}’"


def rounded_up(units: int) -> int:
    """Two digits: more would pretend to know."""
    step = 10 ** max(0, len(str(units)) - 2)
    return -(-units // step) * step
