"""The label: exactly two values, and which of them is the event is the analyst's word, never a guess."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from casestudies.errors import shown
from casestudies.tabular.cells import coded, plain
from casestudies.tabular.problems import Code, Places, Problem, Problems

_BARE = re.compile(r"^[A-Za-z_][A-Za-z_ -]*$")
_YAML_WORDS = frozenset({"y", "n", "yes", "no", "true", "false", "on", "off", "null", "none"})
_LISTED = 8


def outcome(
    cells: pd.Series, name: str, positive: str | float | bool | None, places: Places, problems: Problems
) -> np.ndarray | None:
    """The label as 0/1.

    Values are compared as text and as numbers: 1, '1' and '1.0' are one value; True, 'true' and 'yes' are three.

    Parameters
    ----------
    cells: (rows,) cleaned. name: the column's name in the file.
    positive: the value that is the event. Anything but a clear answer adds an error that says what to write.

    Returns
    -------
    (rows,) float64, 1 = the event; None when an error was added.
    """
    codes, levels = coded(cells)
    counts = np.bincount(codes[codes >= 0], minlength=len(levels))
    listed = _listed(levels, counts)
    missing = codes < 0
    if missing.any() and len(levels):
        rule = f"is the label and is missing in {missing.sum()} of {len(codes)} rows"
        advice = f"leave them out: data.where: \"{quoted(name)} != ''\""
        problems.add_rows(Problem(Code.LABEL_MISSING, "error", rule, advice, name), missing, places)
    trouble = _trouble(name, levels, counts, positive)
    if trouble is not None:
        code, advice = trouble
        problems.add(Problem(code, "error", f"has {listed}", advice, name, count=len(codes)))
    if trouble is not None or missing.any():
        return None
    return np.asarray(codes == levels.index(plain(positive)), dtype=np.float64)


def _listed(levels: list[str], counts: np.ndarray) -> str:
    if not levels:
        return "no value"
    order = sorted(range(len(levels)), key=lambda i: (counts[i], i))
    if len(levels) > _LISTED:
        order = order[::-1][:_LISTED]
    values = ", ".join(f"{shown(levels[i])} ({counts[i]})" for i in order)
    more = f" and {len(levels) - _LISTED} more" if len(levels) > _LISTED else ""
    return f"{'values' if len(levels) > 1 else 'one value'} {values}{more}"


def _trouble(
    name: str, levels: list[str], counts: np.ndarray, positive: str | float | bool | None
) -> tuple[Code, str] | None:
    """What keeps the column from being a label, and what to write; None when nothing does."""
    if len(levels) < 2:
        return Code.LABEL_VALUES, "a label needs rows of both kinds: check data.target and data.where"
    if len(levels) > 2:
        return Code.LABEL_VALUES, _narrowed(name, levels, counts, positive)
    if positive is None:
        return Code.LABEL_POSITIVE, f"write data.positive: {as_yaml(levels[int(np.argmin(counts))])}"
    if plain(positive) in levels:
        return None
    if isinstance(positive, bool):
        alike = [level for level in levels if level.casefold() in _YAML_WORDS]
        example = as_yaml(alike[-1] if alike else levels[0])
        return (
            Code.LABEL_POSITIVE,
            f"data.positive was read as {positive} (YAML reads a bare yes so): write it in quotes, {example}",
        )
    return Code.LABEL_POSITIVE, f"{shown(positive)} is none of them: correct data.positive"


def _narrowed(name: str, levels: list[str], counts: np.ndarray, positive: str | float | bool | None) -> str:
    """Advice for a label of three or more values: leave the odd rows out, or make a new label of the event."""
    rarest = int(np.argmin(counts))
    if len(levels) == 3 and counts[rarest] < 0.01 * counts.sum():
        return f'two are wanted; leave the odd rows out: data.where: "{quoted(name)} != {levels[rarest]!r}"'
    event = plain(positive) if positive is not None and plain(positive) in levels else levels[rarest]
    made = f'data.derive: {{event: "{quoted(name)} == {event!r}"}}'
    return f"two are wanted; make a label: {made}, data.target: event, data.positive: 1"


def quoted(name: str) -> str:
    """A column's name as a formula reads it: bare where it can be, else col('...')."""
    return name if name.isidentifier() else f"col('{name}')"


def as_yaml(value: str) -> str:
    """A value as it must be typed in the config so that YAML leaves it alone: bad, 1, 'Yes', '<30'."""
    number = re.fullmatch(r"-?\d+(\.\d+)?", value)
    bare = _BARE.match(value) and value.casefold() not in _YAML_WORDS and value == value.strip()
    return value if number or bare else "'" + value.replace("'", "''") + "'"
