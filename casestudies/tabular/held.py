"""Which rows of a whole file the figures are made on, told from the split of a sample: they and theirs train nobody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from casestudies.tabular.split import Split

_DAY = np.timedelta64(1, "D")


@dataclass(frozen=True, eq=False)
class Held:
    """The fold of every row: from 0 those that a fit leaves out, `count` for rows that are in all fits.

    A row is left out where its place was drawn, its group was, or its time lies where the judged rows' times lie.

    Parameters
    ----------
    count: folds. rows, numbers: (drawn,) places in the file, ascending, and the fold of each.
    group: column of the groups; groups: {name: fold}.
    time: column of the time; since: from this instant on rows are in fold 0.
    given: column of the words; rows that are not called train are in fold 0.
    """

    count: int
    rows: np.ndarray
    numbers: np.ndarray
    group: str | None = None
    groups: Mapping[str, int] | None = None
    time: str | None = None
    since: np.datetime64 | float | None = None
    given: str | None = None

    @classmethod
    def of(
        cls,
        split: Split,
        frame: pd.DataFrame,
        positions: np.ndarray,
        *,
        group: str | None,
        time: str | None,
        given: str | None,
        delay: int,
    ) -> Held:
        """From the split of a sample.

        Parameters
        ----------
        frame: the sample, typed; positions: (sample,) its places in the file.
        group, time, given: columns of `frame`; delay: days before the judged rows that train nobody.
        """
        parts = split.folds if split.out_of_fold else ((split.train, split.test),)
        fold = np.full(len(positions), -1)
        for number, (_, test) in enumerate(parts):
            fold[test] = number
        chosen = np.flatnonzero(fold >= 0)
        order = chosen[np.argsort(positions[chosen])]
        groups = None
        if group is not None:
            names = frame[group].iloc[chosen]
            groups = dict(zip(names[names.notna()].astype(str), fold[chosen][names.notna().to_numpy()], strict=True))
        since = None
        if split.kind == "time" and time is not None and not split.out_of_fold:
            begins = instants(frame[time])[split.test]
            earliest = begins.min()
            since = earliest - (delay * _DAY if delay else 0) if begins.dtype.kind == "M" else float(earliest)
        return cls(
            len(parts),
            positions[order],
            fold[order],
            group,
            groups,
            time if since is not None else None,
            since,
            given if split.kind == "given" else None,
        )

    @property
    def columns(self) -> set[str]:
        return {name for name in (self.group, self.time, self.given) if name is not None}

    def folds(self, frame: pd.DataFrame, positions: np.ndarray) -> np.ndarray:
        """(rows,) of some rows of the file: the fold each is left out in, `count` where in none."""
        fold = np.full(len(positions), self.count)
        if len(self.rows):
            at = np.minimum(np.searchsorted(self.rows, positions), len(self.rows) - 1)
            drawn = self.rows[at] == positions
            fold[drawn] = self.numbers[at[drawn]]
        if self.group is not None and self.groups is not None:
            theirs = frame[self.group].astype(str).map(self.groups).to_numpy(dtype=np.float64, na_value=np.nan)
            known = ~np.isnan(theirs)
            fold[known] = theirs[known].astype(np.intp)
        if self.time is not None and self.since is not None:
            fold[~(instants(frame[self.time]) < self.since)] = 0  # rows without a time as well
        if self.given is not None:
            fold[(frame[self.given].astype(str).str.strip().str.casefold() != "train").to_numpy()] = 0
        return fold


def instants(column: pd.Series) -> np.ndarray:
    """(rows,) times as datetime64 in UTC, or the numbers that order the rows."""
    if pd.api.types.is_datetime64_any_dtype(column):
        return column.to_numpy(dtype="datetime64[us]")
    return column.to_numpy(dtype=np.float64)
