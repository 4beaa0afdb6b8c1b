"""The columns that settings name, held against the table as soon as it is read: a slip is said before anything is fitted."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from casestudies.errors import ConfigError, nearest, shown
from casestudies.tabular.bins import is_pair
from casestudies.tabular.checked import Checked
from casestudies.tabular.contract import NUMERIC
from casestudies.tabular.numbers import to_numbers

_ROLE_KEYS = {"target": "data.target", "protected": "data.protected", "identifier": "data.id"}


@dataclass(frozen=True, eq=False)
class NamedColumns:
    """A checked table as settings may speak of it.

    Parameters
    ----------
    why: {column that the content of the table took out of the features: what it says against it}.
    """

    checked: Checked
    why: Mapping[str, str]

    def known(self, where: str, names: Iterable[str]) -> None:
        """Raises a ConfigError for a name that no column of the table has."""
        for name in names:
            if name not in self.checked.columns:
                raise self._unknown(where, name, self.checked.columns)

    def own(self, where: str, name: str) -> str:
        """The table's name of a column that is called so in the settings, by the contract's name or the file's.

        Raises
        ------
        ConfigError: there is none; the nearest names are given.
        """
        found = name if name in self.checked.columns else self._called(name)
        if found is None:
            raise self._unknown(where, name, [*self.checked.columns, *self.checked.sources.values()])
        return found

    def features(self, where: str, names: Iterable[str]) -> None:
        """Raises a ConfigError for a name that is no feature, which says why it is none; nearest names are given."""
        features = self.checked.features
        for name in names:
            if name in features:
                continue
            ours = name if name in self.checked.columns else self._called(name)
            if ours is None or ours in features:
                raise self._unknown(where, name, features)
            column = self.checked.columns[ours]
            if ours in self.why:
                what = self.why[ours]
            elif column.role != "feature":
                key = _ROLE_KEYS.get(column.role, "")
                what = f"is {column.role}{f' ({key})' if key else ''} and no feature"
            elif column.known != "at decision":
                what = "is known only after the outcome and is no feature"
            else:
                what = f"is read as {column.kind} and is no feature"
            raise ConfigError(f"{shown(name)} {what}", where=where, advice=f"take it out; {nearest(name, features)}")

    def numbers(self, where: str, names: Iterable[str]) -> None:
        """As `features`, and a ConfigError for a category."""
        names = list(names)
        self.features(where, names)
        for name in names:
            if self.checked.kinds[name] not in NUMERIC:
                what = f"{shown(name)} is a category, and numbers are wanted"
                coded = not to_numbers(pd.Series(self.checked.frame[name].cat.categories))[1].any()
                advice = f"take it out{f', or write data.numbers: [{name}]' if coded else ''}"
                raise ConfigError(what, where=where, advice=advice)

    def worded(self, where: str, names: Iterable[str], also: Collection[str] = ()) -> None:
        """Raises a ConfigError for a name that is neither a column, nor a pair "a x b" of two, nor one of `also`."""
        columns = self.checked.columns
        for name in names:
            if name not in columns and name not in also and not is_pair(name, columns):
                raise self._unknown(where, name, [*columns, *also])

    def _unknown(self, where: str, name: str, near: Iterable[str]) -> ConfigError:
        here = self._called(name)
        advice = nearest(name, near) if here is None else f"it is called {shown(here)} here"
        return ConfigError(f"there is no column {shown(name)}", where=where, advice=advice)

    def _called(self, name: str) -> str | None:
        """What the analyst's column is called here, where the study has a name of its own for it."""
        return next((ours for ours, source in self.checked.sources.items() if source == name), None)
