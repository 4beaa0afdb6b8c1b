"""What an analyst asks of the columns of a card, checked against the table before anything is fitted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.errors import CaseError, ConfigError, DataError, nearest, shown
from casestudies.tabular.binning import bins_by_hand, is_number, least_weight, level_bins, quantile_bins
from casestudies.tabular.bins import Binned, Bins, PairBins
from casestudies.tabular.encode import kinds_of

Way = Literal["up", "down"]
_SIGNS: Mapping[str, int] = {"up": 1, "down": -1}
_NUMERIC = ("number", "money", "whole", "flag")
_MOST_PAIRS, _PAIR_BINS, _FORCED_BINS, _FORCED_SHARE = 5, 4, 5, 0.05
_ONE_LEVEL, _FEW_EVENTS = 0.99, 50


def keyed(error: CaseError) -> CaseError:
    """A complaint about a wish, under the key that it has in a config: model.monotone, model.card.bins.age."""
    key = error.where.partition(".")[0]
    home = "model." if key == "monotone" else "model.card." if key in Wishes.__dataclass_fields__ else ""
    return type(error)(error.what, where=f"{home}{error.where}", advice=error.advice)


@dataclass(frozen=True)
class Wishes:
    """What is asked of columns; names as in the frame. See `Scorecard`."""

    monotone: Mapping[str, Way] = field(default_factory=dict)
    special: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    bins: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    force: Sequence[str] = ()
    exclude: Sequence[str] = ()
    pairs: Sequence[tuple[str, str]] = ()

    def checked(self, kinds: Mapping[str, str], method: str = "steps") -> None:
        """Raises a ConfigError for a column that is not there, or a wish that makes no sense for it or for the method."""
        self._shaped()
        named = {"monotone": self.monotone, "special": self.special, "bins": self.bins}
        named |= {"force": self.force, "exclude": self.exclude}  # type: ignore[dict-item]
        both = [name for pair in self.pairs for name in pair]
        named["pairs"] = both  # type: ignore[assignment]
        for where, names in named.items():
            for name in names:
                if name not in kinds:
                    raise ConfigError(f"there is no column {shown(name)}", where=where, advice=nearest(name, kinds))
                if where != "exclude" and name in self.exclude:
                    raise ConfigError(f"{shown(name)} is excluded", where=where, advice="name it in one of the two")
        for name, way in self.monotone.items():
            if way not in _SIGNS:
                raise ConfigError(f"{shown(way)} is no direction", where=f"monotone.{name}", advice="write up or down")
            if kinds[name] not in _NUMERIC:
                what = f"{shown(name)} is a category, and has no order to rise or fall in"
                raise ConfigError(what, where=f"monotone.{name}", advice="leave it out, or give its bins by hand")
            if name in both:
                what = f"{shown(name)} is also one of a pair, whose bins have no order to rise or fall in"
                raise ConfigError(what, where=f"monotone.{name}", advice="name it in one of the two")
            if name in self.bins and method != "steps":
                what = f"{shown(name)} has bins by hand, which weights of evidence leave as they are"
                raise ConfigError(what, where=f"monotone.{name}", advice="take it out of one, or write method: steps")
            if name in self.force:
                what = f"{shown(name)} is also under force, where no penalty and no bound holds"
                raise ConfigError(what, where=f"monotone.{name}", advice="name it in one of the two")
        if len(self.pairs) > _MOST_PAIRS:
            raise ConfigError(f"{len(self.pairs)} pairs", where="pairs", advice="name five at most: they must be read")
        if len({frozenset(pair) for pair in self.pairs}) < len(self.pairs):
            raise ConfigError("a pair is named twice", where="pairs", advice="name each pair once")
        taken = {*kinds}
        for name in map(" x ".join, self.pairs):
            if name in taken:
                what = f"a pair would be called {shown(name)}, which a column or another pair is called already"
                raise ConfigError(what, where="pairs", advice="rename a column")
            taken.add(name)

    def _shaped(self) -> None:
        """Raises a ConfigError for a wish that is not written as one."""
        for where in ("monotone", "special", "bins"):
            if not isinstance(told := getattr(self, where), Mapping):
                raise ConfigError(f"{shown(told)} is no dictionary", where=where, advice="write {column: ...}")
        for where in ("force", "exclude", "pairs"):
            if not _listed(told := getattr(self, where)):
                raise ConfigError(f"{shown(told)} is no list", where=where, advice="write [...]")
        for where in ("special", "bins"):
            for name, told in getattr(self, where).items():
                if not _listed(told):
                    raise ConfigError(f"{shown(told)} is no list", where=f"{where}.{name}", advice="write [...]")
        for pair in self.pairs:
            if not _listed(pair) or len(pair) != 2 or pair[0] == pair[1]:
                raise ConfigError(f"{shown(pair)} are not two columns", where="pairs", advice="write (first, second)")

    def tried(self, X: pd.DataFrame, kinds: Mapping[str, str]) -> None:
        """Bins by hand and special values held against the table; raises a ConfigError for what cannot be met."""
        weight = np.ones(len(X))
        for name in {**self.bins, **self.special}:
            _of_column(name, X[name], weight, self, kinds[name] in _NUMERIC, 2)

    def supported(self, y: NDArray[np.float64]) -> None:
        """Raises a DataError for fewer than 50 events (or other rows): too few to claim that effects are monotone."""
        few = int(min(y.sum(), len(y) - y.sum()))
        if self.monotone and few < _FEW_EVENTS:
            what = f"{few} rows of the rarer outcome are too few to claim that effects are monotone"
            raise DataError(what, where="monotone", advice=f"bring {_FEW_EVENTS}, or leave monotone out")

    @property
    def signs(self) -> dict[str, int]:
        return {name: _SIGNS[way] for name, way in self.monotone.items()}


@dataclass(frozen=True, eq=False)
class Binning:
    """Fine bins for every characteristic of a table, found without a label.

    bins, codes: of each characteristic; codes (rows, characteristics). notes: what was decided, a sentence each.
    """

    bins: tuple[Binned, ...]
    codes: NDArray[np.intp]
    notes: tuple[str, ...]

    @classmethod
    def of(
        cls, X: pd.DataFrame, weight: NDArray[np.float64], wishes: Wishes, kinds: Mapping[str, str], most: int
    ) -> Binning:
        """Bins of the columns that can be used, then those of pairs.

        Raises
        ------
        ConfigError: a wish that cannot be met. DataError: infinities, or no column that can be used.
        """
        found: list[Binned] = []
        codes, notes, flat, aside = [], [], [], []
        for name in map(str, X.columns):
            if name in wishes.exclude:
                continue
            if kinds.get(name) not in (*_NUMERIC, "category"):
                aside.append(name)
                continue
            bins, rare = _of_column(name, X[name], weight, wishes, kinds[name] in _NUMERIC, most)
            code = bins.codes(X)
            rows = np.bincount(code, weight, len(bins.labels))
            if np.count_nonzero(rows) < 2:
                flat.append(name)
                continue
            if rows.max() > _ONE_LEVEL * rows.sum():
                notes.append(f"{name} has {rows.max() / rows.sum():.1%} of the rows in one bin")
            if rare:
                notes.append(f"{rare} rare level{'s' * (rare > 1)} of {name} counted as other")
            found.append(bins)
            codes.append(code)
        if aside:
            notes.append("left aside, neither numbers nor categories: " + ", ".join(aside))
        if flat:
            notes.append("nothing differs in " + ", ".join(flat))
        for pair in wishes.pairs:
            first, second = (_coarse(name, X[name], weight, wishes, kinds[name] in _NUMERIC) for name in pair)
            found.append(PairBins(first, second))
            codes.append(found[-1].codes(X))
        if not found and not flat:
            raise DataError("no column can be used as a feature", advice="check exclude and the kinds of columns")
        table = np.stack(codes, axis=1) if codes else np.empty((len(X), 0), dtype=np.intp)
        return cls(tuple(found), np.asfortranarray(table), tuple(notes))

    def against(self, wishes: Wishes, y: NDArray[np.float64], weight: NDArray[np.float64]) -> list[str]:
        """What the rows say of the claims that effects are monotone.

        Raises
        ------
        DataError: fewer than 50 events (or other rows): too few to judge such a claim.
        """
        wishes.supported(y)
        notes = []
        for bins, code in zip(self.bins, self.codes.T, strict=True):
            sign = wishes.signs.get(bins.columns[0], 0)
            if not isinstance(bins, Bins) or not sign:
                continue
            rows, events = (np.bincount(code, part, len(bins.labels))[: bins.values] for part in (weight, weight * y))
            rates = (events[rows > 0] / rows[rows > 0]).tolist()
            against = sum(sign * (b - a) < 0 for a, b in pairwise(rates))
            if against:
                way = "rise" if sign > 0 else "fall"
                of = f"{against} of {len(rates) - 1} steps between its bins"
                notes.append(f"{bins.column} is made to {way}: the raw rates go the other way in {of}")
        return notes


def _listed(told: object) -> bool:
    return isinstance(told, Sequence | set | frozenset | np.ndarray | pd.Index) and not isinstance(told, str)


def _of_column(
    name: str, values: pd.Series, weight: NDArray[np.float64], wishes: Wishes, numeric: bool, most: int
) -> tuple[Bins, int]:
    """The bins of one column, and how many of its levels are rare."""
    special = wishes.special.get(name, ())
    wrong = [value for value in special if not is_number(value)] if numeric else []
    if wrong:
        raise ConfigError(f"{shown(wrong[0])} is no number", where=f"special.{name}", advice="write numbers")
    if name in wishes.bins:
        return bins_by_hand(name, wishes.bins[name], values, numeric, special), 0
    if not numeric:
        return level_bins(name, values, weight, special)
    if name in wishes.force:
        least = max(least_weight(float(weight.sum())), _FORCED_SHARE * float(weight.sum()))
        return quantile_bins(name, values, weight, min(most, _FORCED_BINS), special, least), 0
    return quantile_bins(name, values, weight, most, special), 0


def _coarse(name: str, values: pd.Series, weight: NDArray[np.float64], wishes: Wishes, numeric: bool) -> Bins:
    """The bins of one column of a pair: few, since their products are bins."""
    return _of_column(name, values, weight, wishes, numeric, _PAIR_BINS)[0]


def kinds_asked(X: pd.DataFrame, kinds: Mapping[str, str] | None) -> dict[str, str]:
    """{column: kind} as given, or from the dtypes."""
    return {name: kinds[name] for name in map(str, X.columns) if name in kinds} if kinds is not None else kinds_of(X)
