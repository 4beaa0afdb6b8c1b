"""Columns of a transaction's past in words, as they follow "because": this terminal had 6 known frauds in 7 days."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from numbers import Real
from typing import Any

import numpy as np

from casestudies.explain import Explanation

_WINDOWED = re.compile(r"(card_payments|card_spent|card_mean|terminal_known|terminal_frauds|terminal_risk)_(\d+)d")
_CONCEPTS = (  # columns that say one thing in several ways
    re.compile(r"terminal_(known|frauds|risk)_\d+d"),
    re.compile(r"card_(spent|mean)_\d+d|card_amount_ratio"),
    re.compile(r"card_payments_\d+d|card_seconds_since_last"),
    re.compile(r"hour|night|weekend"),
)
_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))


def worded(column: str, value: Any) -> str | None:
    """What a made column says of a transaction; None for any other column, or a value that says nothing.

    Parameters
    ----------
    value: of the cell; NaN or None where it is missing.

    Examples
    --------
    >>> worded("terminal_frauds_7d", 6.0)
    'this terminal had 6 known frauds in 7 days'
    >>> worded("card_amount_ratio", 5.23)
    'the amount is 5.2 times what this card usually spends'
    >>> worded("card_seconds_since_last", 95.0)
    "this card's last payment was 2 minutes ago"
    >>> worded("income", 1200.0) is None
    True
    """
    if value is not None and not isinstance(value, Real):
        return None
    number = math.nan if value is None else float(value)
    found = _WINDOWED.fullmatch(column)
    if found is not None:
        days = int(found[2])
        return None if math.isnan(number) else _windowed(found[1], number, _counted(days, "day"))
    if math.isnan(number):
        return _MISSING.get(column)
    return _single(column, number)


def merged(explained: Explanation) -> Explanation:
    """The explanation with one column a concept in each row, that which says most, in the place of all of them.

    Frauds at a terminal over 1, 7 and 30 days and their shares move a score together; told one by one they would fill a
    list of reasons with one reason. It has their sum; they fall behind every other column of the row.
    """
    values = explained.values.copy()
    behind = np.minimum(values.min(axis=1), 0.0) - 1.0
    for concept in _CONCEPTS:
        columns = [place for place, name in enumerate(explained.names) if concept.fullmatch(name)]
        if len(columns) > 1:
            block = values[:, columns]
            rows, most = np.arange(len(block)), block.argmax(axis=1)
            values[:, columns] = behind[:, None]
            values[rows, np.array(columns)[most]] = block.sum(axis=1)
    return replace(explained, values=values)


_MISSING = {
    "card_amount_ratio": "nothing is known of what this card usually spends",
    "card_seconds_since_last": "this card has not paid before, as far as is known",
}
_FLAGS = {
    "night": ("it was not night", "it was night"),
    "weekend": ("it was a working day", "it was the weekend"),
    "card_new_terminal": ("this card has been at this terminal before", "this card is new at this terminal"),
}


def _windowed(what: str, number: float, days: str) -> str:
    match what:
        case "card_payments":
            return f"this card paid {_times(number)} in {days}"
        case "card_spent":
            return f"this card spent {_amount(number)} in {days}"
        case "card_mean":
            return f"this card's payments of {days} average {_amount(number)}"
        case "terminal_known":
            return f"this terminal had {_counted(number, 'payment')} in {days} whose outcome is known"
        case "terminal_frauds":
            return f"this terminal had {_counted(number, 'known fraud') if number else 'no known fraud'} in {days}"
        case _:
            return f"{_percent(number)} of this terminal's payments of {days} were known frauds"


def _single(column: str, number: float) -> str | None:
    if column in _FLAGS:
        return _FLAGS[column][number > 0]
    if column == "card_amount_ratio":
        return f"the amount is {_ratio(number)} what this card usually spends"
    if column == "card_seconds_since_last":
        return f"this card's last payment was {_span(number)} ago"
    return f"the hour is {int(number)}:00 to {int(number)}:59" if column == "hour" else None


def _counted(number: float, word: str) -> str:
    return f"{number:,.0f} {word}{'' if number == 1 else 's'}"


def _times(number: float) -> str:
    return "once" if number == 1 else "twice" if number == 2 else f"{number:,.0f} times"


def _ratio(number: float) -> str:
    if number < 0.995:
        return f"{_percent(number)} of"
    return f"{number:,.0f} times" if number >= 20 else f"{number:.2g} times" if number >= 1.05 else "about"


def _amount(number: float) -> str:
    return f"{number:,.0f}" if abs(number) >= 1000 or float(number).is_integer() else f"{number:,.2f}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.095 or share == 0 else f"{100 * share:.2g} %"


def _span(seconds: float) -> str:
    for length, word in _UNITS:
        if seconds >= length:
            return _counted(math.floor(seconds / length + 0.5), word)
    return "less than a second"
