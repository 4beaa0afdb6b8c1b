"""Balanced parts of labelled rows, groups kept whole: what folds and held-out parts are made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from casestudies.errors import DataError

Fold = tuple[np.ndarray, np.ndarray]
BALANCED = "folds are drawn at random with the label's rate kept"
_MANY_GROUPS = 3_000  # above, groups are drawn by label alone: the exact balance takes 0.3 ms a group


@dataclass(frozen=True)
class Rows:
    """What every split needs: labels, groups as whole numbers (or None), the number of folds and the seed.

    order: (rows,) numbers by which rows are put in order before any is drawn (`drawing_order`); None = as they come.
    """

    y: np.ndarray
    group: np.ndarray | None
    count: int
    seed: int
    order: np.ndarray | None = None

    def ordered(self, among: np.ndarray) -> np.ndarray:
        """The rows `among` in the order in which they are drawn."""
        return among if self.order is None else among[np.argsort(self.order[among], kind="stable")]

    def told(self, part: np.ndarray) -> str:
        return f"{len(part):,} rows with {int(self.y[part].sum()):,} events"

    def folds(self, among: np.ndarray) -> tuple[Fold, ...]:
        """Folds of the rows `among`; each row is in one valid part. DataError where a part would lack events."""
        self.enough(among, "the training part", self.count)
        out = []
        for valid in self.parts(among, self.count):
            self.enough(valid, "a fold", 1)
            out.append((np.setdiff1d(among, valid, assume_unique=True), valid))
        return tuple(out)

    def parts(self, among: np.ndarray, count: int) -> Iterator[np.ndarray]:
        """`count` parts of the rows `among`, rising, with like event rates; a group is in one part as a whole."""
        among = self.ordered(among)
        y = self.y[among]
        if self.group is None:
            drawn = StratifiedKFold(count, shuffle=True, random_state=self.seed).split(y, y)
            yield from (np.sort(among[valid]) for _, valid in drawn)
            return
        group, _ = pd.factorize(self.group[among])
        events = np.bincount(group, weights=y)
        if len(events) < count:
            raise DataError(
                f"there are {len(events)} groups for {count} parts",
                where="data.group",
                advice="write fewer split.folds",
            )
        if len(events) <= _MANY_GROUPS:
            drawn = StratifiedGroupKFold(count, shuffle=True, random_state=self.seed).split(y, y, group)
            yield from (np.sort(among[valid]) for _, valid in drawn)
            return
        hit = events > 0
        for _, chosen in StratifiedKFold(count, shuffle=True, random_state=self.seed).split(hit, hit):
            yield np.sort(among[np.isin(group, chosen)])

    def enough(self, part: np.ndarray, name: str, least: int) -> None:
        events = int(self.y[part].sum())
        others = len(part) - events
        if min(events, others) < least:
            raise DataError(
                f"{name} has {events} events and {others} other rows; at least {least} of each are needed",
                where="split",
                advice="bring more rows, or write fewer split.folds or another split.kind",
            )


def group_codes(group: pd.Series | None) -> np.ndarray | None:
    """Groups as whole numbers; a row without a group is a group of its own."""
    if group is None:
        return None
    codes, names = pd.factorize(group)
    alone = np.flatnonzero(codes < 0)
    codes[alone] = len(names) + np.arange(len(alone))
    return np.asarray(codes)


def drawing_order(frame: pd.DataFrame) -> np.ndarray:
    """(rows,) uint64: an order of the rows that follows from the ranks of their numbers alone.

    Who is drawn into which fold then depends neither on the order of rows in the file nor on the units of its columns
    or the names of its levels. Rows with the same numbers keep the file's order among themselves.
    """
    mixed = np.zeros(len(frame), dtype=np.uint64)
    numbers = frame.select_dtypes("number")
    for name in numbers.columns:
        ranks = numbers[name].rank(method="dense").fillna(0).to_numpy(dtype=np.uint64)
        mixed = pd.util.hash_array(mixed ^ pd.util.hash_array(ranks))  # hashed again, so that columns do not cancel out
    return mixed
