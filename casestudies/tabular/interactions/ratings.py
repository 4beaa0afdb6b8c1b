"""Ratings: numbers on a scale, zeros that mean none, and columns that are no ratings at all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from casestudies.errors import ConfigError, shown
from casestudies.tabular.cells import clean, is_mark, is_native
from casestudies.tabular.interactions.draft import Draft
from casestudies.tabular.interactions.options import Options
from casestudies.tabular.numbers import to_numbers
from casestudies.tabular.problems import Code

Floats = NDArray[np.float64]
Scale = tuple[float, float]

_USUAL = (5.0, 10.0)  # ends of scales that begin at 1, where nobody gave a 1
_LEVELS = 100  # more values than a scale has
MOST = 1e12  # sums and squares of what is smaller stay within single precision
_FEWEST = 3  # levels beside 0 for it to mean none: 0 and 1 are a thumb down and up


@dataclass(frozen=True, eq=False)
class Ratings:
    """values: (rows,) float64, NaN where a row is left out. scale: of explicit feedback; None = the rows are acts."""

    values: Floats
    scale: Scale | None


def numbers_of(draft: Draft, role: str) -> Floats:
    """(rows,) the numbers of a column, NaN where missing; unreadable cells are left out where few, else an error."""
    cells, _ = clean(draft.cells(role))
    if not is_native(cells):
        cells = cells.mask(is_mark(cells))
    values, bad = to_numbers(cells, draft.table.source.decimal or ".")
    words = sorted(map(str, cells[bad & draft.kept].unique()[:4]))
    if len(words) and (bad & draft.kept).sum() > 0.5 * draft.left:
        rule, advice = (
            f"holds words ({', '.join(map(shown, words[:3]))}), and numbers are needed",
            _in_words(draft, role, words[0]),
        )
        draft.say(Code.NOT_A_NUMBER, rule, advice, role=role, severity="error", count=int(bad.sum()))
        return values
    draft.leave_few_out(
        bad, Code.NOT_A_NUMBER, "are not numbers", "correct them, or write data.read.decimal", role=role
    )
    beyond = f"are numbers beyond {MOST:.0e}"
    draft.leave_few_out(np.abs(values) > MOST, Code.NOT_A_NUMBER, beyond, "correct them, or divide them", role=role)
    return values


def _in_words(draft: Draft, role: str, word: str) -> str:
    column = draft.columns[role]
    return f"make numbers: data.derive: {{{role}_number: \"where({column} == '{word}', 5, 1)\"}} and data.{role}: {role}_number"


def ratings_of(draft: Draft, options: Options) -> Ratings:
    """The ratings, checked; rows without one and off the scale are left out and counted.

    Raises
    ------
    ConfigError: `reading.scale` ends where it begins.
    """
    if options.scale is not None and not options.scale[0] < options.scale[1]:
        raise ConfigError("ends where it begins, or before", where="reading.scale", advice="write for example [1, 5]")
    values = numbers_of(draft, "rating")
    if draft.problems.errors:
        return Ratings(values, None)
    advice = "write reading.feedback: implicit to take every row as an act"
    missing = draft.leave_out(np.isnan(values), Code.MISSING, "are without a rating", advice, role="rating")
    if not draft.left:
        raise draft.none_left(f"with a rating ({missing:,} cells are empty)", "name another column in data.rating")
    zeros = _zeros(values[draft.kept], options)
    if zeros:
        words = "are 0, which stands for not rated"
        draft.leave_out(
            values == 0,
            Code.NOT_RATED,
            words,
            "if 0 is the worst rating write reading.zero_is_missing: false",
            role="rating",
        )
        if not draft.left:
            raise draft.none_left(
                "with a rating: all are 0", "write reading.zero_is_missing: false, or name another column"
            )
    levels = np.unique(values[draft.kept])
    if options.feedback != "explicit" and len(levels) == 1:
        rule = f"is {levels[0]:g} in every row: this looks like implicit feedback, and only who and what is used"
        draft.say(
            Code.ONE_RATING,
            rule,
            "write reading.feedback: explicit if they are ratings",
            role="rating",
            count=draft.left,
        )
        return Ratings(values, None)
    return Ratings(values, _scale(draft, values, levels, options))


def acts_of(draft: Draft, options: Options) -> None:
    """Implicit feedback that comes with ratings: those below `reading.liked` are no acts."""
    if "rating" not in draft or options.liked is None:
        return
    values = numbers_of(draft, "rating")
    words = f"are below {options.liked:g}, the least that counts as an act (reading.liked)"
    draft.leave_out(~(values >= options.liked), Code.NOT_RATED, words, role="rating", severity="note")
    if not draft.left:
        raise draft.none_left(f"with a rating of {options.liked:g} or more", "write a lower reading.liked")


def _zeros(values: Floats, options: Options) -> bool:
    """Whether 0 means none: as stated, or where it stands alone below a scale of whole numbers from 1 on."""
    if not (values == 0).any():
        return False
    if options.zero_is_missing is not None:
        return options.zero_is_missing
    if options.scale is not None:
        return options.scale[0] > 0
    rest = np.unique(values[values != 0])
    return len(rest) >= _FEWEST and bool((rest >= 1).all() and (np.mod(rest, 1) == 0).all())


def _scale(draft: Draft, values: Floats, levels: Floats, options: Options) -> Scale:
    if options.scale is not None:
        low, high = options.scale
        outside = (values < low) | (values > high)
        advice = "correct them, or write another reading.scale"
        draft.leave_few_out(outside, Code.SCALE, f"lie outside the scale {low:g} to {high:g}", advice, role="rating")
        return options.scale
    low, high = float(levels[0]), float(levels[-1])
    if high in _USUAL and low > 1 and (np.mod(levels, 1) == 0).all():
        low = 1.0
    if low == high:  # asked for as ratings
        low, high = low - 0.5, high + 0.5
    many = len(levels) > _LEVELS
    rule = f"runs from {low:g} to {high:g} in {len(levels):,} values: that is taken for the scale"
    advice = (
        "if these are counts or money write data.quantity or reading.feedback: implicit"
        if many
        else "write reading.scale if it is another"
    )
    draft.say(Code.SCALE, rule, advice, role="rating", count=draft.left, severity="warning" if many else "note")
    return low, high
