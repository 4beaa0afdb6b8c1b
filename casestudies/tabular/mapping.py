"""Which of the file's columns is which of the contract's: as stated, else guessed by name and said."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from casestudies.errors import ConfigError, nearest, shown
from casestudies.tabular import dates, kinds
from casestudies.tabular.cells import clean, spread
from casestudies.tabular.contract import NUMERIC, Column, Contract
from casestudies.tabular.roles import Roles


@dataclass(frozen=True)
class Guess:
    """The analyst's column for one of the contract's, and why: "data.map", "data.target", "the same name", ..."""

    column: str
    reason: str
    guessed: bool = False


def words(name: str) -> tuple[str, ...]:
    """A name as plain words: 'creditAmount_EUR' and 'Credit amount (EUR)' are both ('credit', 'amount', 'eur')."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", plain)
    return tuple(re.sub(r"[\W_]+", " ", parted.casefold()).split())


def resolve(contract: Contract, roles: Roles, frame: pd.DataFrame, *, decimal: str = ".") -> dict[str, Guess]:
    """{contract name: its column}: what `data.map` and the roles state, then guesses for what is left.

    Raises
    ------
    ConfigError: `data.map` names an unknown contract column or a column that is not in the file (the nearest names
    are given), one column serves two, or a role and the map contradict each other.
    """
    stated = _stated(contract, roles, [str(name) for name in frame.columns])
    owned = {told.column for told in stated.values()}
    busy = {
        locate(name, roles, frame.columns, key)
        for key, role, name in roles.named()
        if role not in ("protected", "dropped")
    }
    left = Contract(tuple(column for column in contract.columns if column.name not in stated))
    return stated | guess(left, frame.drop(columns=list(owned)), busy=busy, decimal=decimal)


def locate(name: str, roles: Roles, columns: Iterable[object], key: str) -> str:
    """The file's column that the config key means: by its own name, or by the contract's where `data.map` ties one.

    Raises
    ------
    ConfigError: there is no such column; the nearest names are given.
    """
    known = [str(column) for column in columns]
    found = name if name in known else roles.map.get(name)
    if found is None or found not in known:
        raise ConfigError(f"the file has no column {shown(name)}", where=key, advice=nearest(name, known))
    return found


def _stated(contract: Contract, roles: Roles, columns: list[str]) -> dict[str, Guess]:
    told: dict[str, Guess] = {}
    for name, column in roles.map.items():
        if name not in contract:
            raise ConfigError(
                f"the contract has no column {shown(name)}", where="data.map", advice=nearest(name, contract.names)
            )
        if column not in columns:
            key = f"data.map.{name}"
            raise ConfigError(f"the file has no column {shown(column)}", where=key, advice=nearest(column, columns))
        told[name] = Guess(column, "data.map")
    for key, role, name in roles.named():
        wanted = contract.in_role(role)
        if role in ("protected", "dropped") or len(wanted) != 1:
            continue
        column = locate(name, roles, columns, key)
        before = told.get(wanted[0].name)
        if before is not None and before.column != column:
            what = f"says {shown(column)}, and data.map says {shown(before.column)}"
            raise ConfigError(what, where=key, advice="keep one of the two")
        told.setdefault(wanted[0].name, Guess(column, key))
    _once(told)
    return told


def _once(told: Mapping[str, Guess]) -> None:
    owner: dict[str, str] = {}
    for name, guess_ in told.items():
        if guess_.column in owner:
            what = f"{shown(guess_.column)} is given to {shown(owner[guess_.column])} and to {shown(name)}"
            advice = f"make a copy: data.derive: {{{name}: \"col('{guess_.column}')\"}}"
            raise ConfigError(what, where="data.map", advice=advice)
        owner[guess_.column] = name


def guess(
    contract: Contract, frame: pd.DataFrame, *, busy: Collection[str] = (), decimal: str = "."
) -> dict[str, Guess]:
    """Columns that go by a contract column's name, the surest evidence first.

    In turn: the same name; a synonym; the same words; the words of a synonym; all words of a name of two or more.
    Beyond the same name, the cells must fit the kind, only one column may qualify, and none that is `busy` in a role.
    """
    free = [str(name) for name in frame.columns]
    found: dict[str, Guess] = {}
    for reason, same in _LEVELS:
        for column in contract.columns:
            fits = [name for name in free if same(column, name)]
            if reason != _SAME:
                fits = [name for name in fits if name not in busy and plausible(frame[name], column, decimal)]
            if column.name not in found and len(fits) == 1:
                found[column.name] = Guess(fits[0], reason, guessed=reason != _SAME)
                free.remove(fits[0])
    return found


_SAME = "the same name"
_LEVELS: tuple[tuple[str, Callable[[Column, str], bool]], ...] = (
    (_SAME, lambda column, name: column.name == name),
    ("a synonym", lambda column, name: name in column.synonyms),
    ("the same words", lambda column, name: words(column.name) == words(name)),
    ("words of a synonym", lambda column, name: words(name) in [words(synonym) for synonym in column.synonyms]),
    (
        "it holds the words",
        lambda column, name: len(words(column.name)) > 1 and {*words(column.name)} <= {*words(name)},
    ),
)


def plausible(series: pd.Series, column: Column, decimal: str) -> bool:
    """Whether a look at the cells speaks against the kind."""
    cells = spread(clean(series)[0], 200).reset_index(drop=True)
    if not len(cells) or column.kind in ("category", "text", "identifier"):
        return True
    if column.kind == "date":
        return pd.api.types.is_datetime64_any_dtype(cells) or dates.found_format(cells.astype("str")) is not None
    if column.kind == "flag":
        return bool(np.size(cells.unique()) <= 2)
    return column.kind in NUMERIC and kinds.number_share(cells, decimal) >= 0.9
