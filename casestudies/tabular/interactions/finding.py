"""Which column is whose: as stated, else by name, else by what the cells hold; each guess with its reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from casestudies.errors import ConfigError, nearest, shown
from casestudies.tabular import dates
from casestudies.tabular.cells import clean, is_native, spread
from casestudies.tabular.contract import Contract
from casestudies.tabular.interaction_columns import ROWS
from casestudies.tabular.mapping import Guess, guess, plausible, words
from casestudies.tabular.numbers import to_numbers
from casestudies.tabular.read import Table

# words that give a role away within a longer name, such as "Customer No. (hashed)"
_WORDS: Mapping[str, frozenset[str]] = {
    "user": frozenset({"user", "userid", "customer", "customerid", "client", "visitor", "member", "reviewer", "buyer", "shopper", "kunde"}),
    "item": frozenset({"item", "itemid", "product", "productid", "sku", "article", "movie", "movieid", "film", "book", "isbn", "asin", "game", "song", "track", "artist", "artikel"}),
    "rating": frozenset({"rating", "ratings", "stars"}),
    "time": frozenset({"timestamp", "datetime", "date"}),
    "quantity": frozenset({"quantity", "qty"}),
}  # fmt: skip
_LOOKED = 2_000  # cells that a column is judged by
_LEVELS = 21  # values that a rating has at most: 0 to 10 by halves
_LARGEST = 100.0
_UNIX = (1e8, 2e10)  # seconds, from 1973 on; milliseconds are a thousand times that


def columns_of(
    table: Table, stated: Mapping[str, str | None], *, named: bool, drop: tuple[str, ...] = ()
) -> dict[str, Guess]:
    """{role: its column and why}; what is not there is not among them.

    Parameters
    ----------
    stated: {role: the column that the analyst names}. named: whether the columns have names of their own.
    drop: columns that are not looked at.

    Raises
    ------
    ConfigError: a column is named that is not there (the nearest names are given), or one for two roles.
    """
    there = [str(name) for name in table.frame.columns]
    found: dict[str, Guess] = {}
    for role, column in stated.items():
        if column is None:
            continue
        if column not in there:
            raise ConfigError(
                f"the file has no column {shown(column)}", where=f"data.{role}", advice=nearest(column, there)
            )
        if taken := next((other for other, told in found.items() if told.column == column), None):
            what = f"{shown(column)} is named by data.{taken} already"
            raise ConfigError(what, where=f"data.{role}", advice="name another column")
        found[role] = Guess(column, f"data.{role}")
    unused = [name for name in there if name not in drop and name not in {told.column for told in found.values()}]
    frame = table.frame[unused]
    if named:
        left = Contract(tuple(column for column in ROWS.columns if column.name not in found))
        found |= _told(guess(left, frame, decimal=table.source.decimal or "."))
        found |= dict(_by_preference(frame, found, table.source.decimal or "."))
        found |= dict(_by_word(frame, found))
    found |= dict(_by_cells(frame, found, named=named, decimal=table.source.decimal or "."))
    return {column.name: found[column.name] for column in ROWS.columns if column.name in found}


def _told(found: Mapping[str, Guess]) -> dict[str, Guess]:
    reasons = {
        "the same name": "its name",
        "words of a synonym": "its name",
        "the same words": "its name",
        "a synonym": "its name",
    }
    return {
        role: Guess(told.column, reasons.get(told.reason, told.reason), guessed=True) for role, told in found.items()
    }


def _free(frame: pd.DataFrame, found: Mapping[str, Guess]) -> list[str]:
    used = {told.column for told in found.values()}
    return [str(name) for name in frame.columns if str(name) not in used]


def _by_preference(frame: pd.DataFrame, found: Mapping[str, Guess], decimal: str) -> Iterator[tuple[str, Guess]]:
    """Where several columns go by a role's names, the one whose name comes first among them: customer_id before session_id."""
    for column in ROWS.columns:
        if column.name in found:
            continue
        by_name = {words(name): name for name in _free(frame, found)}
        fits = [by_name[words(synonym)] for synonym in column.synonyms if words(synonym) in by_name]
        fits = [name for name in dict.fromkeys(fits) if plausible(frame[name], column, decimal)]
        if fits:
            others = " and ".join(shown(name) for name in fits[1:])
            yield column.name, Guess(fits[0], f"its name ({others} would be another)", guessed=True)


def _by_word(frame: pd.DataFrame, found: Mapping[str, Guess]) -> Iterator[tuple[str, Guess]]:
    """Columns whose name holds a word of one role, where no other column does; of several words the last counts."""
    heads: dict[str, list[tuple[str, str]]] = {}
    for name in _free(frame, found):
        for word in reversed(words(name)):
            role = next((role for role, signs in _WORDS.items() if word in signs), None)
            if role is not None:
                heads.setdefault(role, []).append((name, word))
                break
    for role, fits in heads.items():
        name, word = fits[0]
        if role not in found and len(fits) == 1 and (role in ("user", "item") or _fits(role, frame[name])):
            yield role, Guess(name, f"the word {shown(word)} in its name", guessed=True)


def _fits(role: str, cells: pd.Series) -> bool:
    return _is_time(cells) if role == "time" else _numbers(cells) is not None


def _by_cells(
    frame: pd.DataFrame, found: Mapping[str, Guess], *, named: bool, decimal: str
) -> Iterator[tuple[str, Guess]]:
    """Times, ratings and ids by what they look like; under names of their own only where nothing else is left."""
    free = _free(frame, found)
    if "time" not in found:
        times = [name for name in free if _is_time(frame[name])]
        if len(times) == 1 or (times and not named):
            free.remove(times[0])
            yield "time", Guess(times[0], "it holds dates or seconds since 1970", guessed=True)
    wanted = [role for role in ("user", "item") if role not in found]
    if not named:
        ratings = [name for name in free if _is_rating(frame[name], decimal)] if "rating" not in found else []
        ratings = ratings if len(free) > len(wanted) else []
        if ratings:
            free.remove(ratings[-1])
            yield "rating", Guess(ratings[-1], "it holds few numbers, as ratings do", guessed=True)
    free = [name for name in free if _may_name(frame[name], decimal)]
    if len(wanted) == 2 and (not named or len(free) == 2) and len(free) >= 2:
        yield "user", Guess(free[0], "it is the first column that names things", guessed=True)
        yield "item", Guess(free[1], "it is the second column that names things", guessed=True)
    elif len(wanted) == 1 and (not named or len(free) == 1) and free:
        yield wanted[0], Guess(free[0], "it is the column that is left", guessed=True)


def _looked_at(cells: pd.Series) -> pd.Series:
    return clean(spread(cells, _LOOKED))[0].dropna()


def _numbers(cells: pd.Series, decimal: str = ".") -> np.ndarray | None:
    """The numbers among some cells of the column; None where more than one in fifty is none."""
    some = _looked_at(cells)
    if pd.api.types.is_datetime64_any_dtype(some) or not len(some):
        return None
    values, bad = to_numbers(some if is_native(some) else some.astype("str"), decimal)
    return values[~bad & ~np.isnan(values)] if bad.mean() <= 0.02 else None


def _is_time(cells: pd.Series) -> bool:
    some = _looked_at(cells)
    if pd.api.types.is_datetime64_any_dtype(some):
        return True
    values = _numbers(cells)
    if values is not None:
        low, high = _UNIX
        counted = any(bool(((values > low * unit) & (values < high * unit)).all()) for unit in (1, 1e3))
        return (counted or _are_days(values)) and len(np.unique(values)) > 1
    return not is_native(some) and len(some) > 0 and dates.found_format(some.astype("str")) is not None


def _are_days(values: np.ndarray) -> bool:
    """Whether all are dates such as 19970131."""
    year, month, day = values // 10_000, values // 100 % 100, values % 100
    written = (values % 1 == 0) & (year >= 1900) & (year <= 2100)
    return bool((written & (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)).all())


def _may_name(cells: pd.Series, decimal: str) -> bool:
    """Whether the cells could be ids: more than one, and no amounts, which have fractions other than .0."""
    if pd.api.types.is_datetime64_any_dtype(cells) or _looked_at(cells).astype("str").nunique() < 2:
        return False
    values = _numbers(cells, decimal)
    return values is None or not (np.mod(values, 1) != 0).any()


def _is_rating(cells: pd.Series, decimal: str) -> bool:
    values = _numbers(cells, decimal)
    if values is None or not len(values):
        return False
    levels = np.unique(values)
    return len(levels) <= min(_LEVELS, max(2, len(values) // 3)) and bool((np.abs(levels) <= _LARGEST).all())
