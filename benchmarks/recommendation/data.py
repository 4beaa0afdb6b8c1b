"""MovieLens, and the parts of it that everybody is given."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.credit.data import folder

if TYPE_CHECKING:
    import pandas as pd

    from casestudies.tabular.interactions import Interactions

_TRAINED, _WATCHED = 0.9, 0.1  # the share that is learnt from, and that of it which settings are chosen on
_SEED, _INNER_SEED = 0, 7


@dataclass(frozen=True, eq=False)
class Ratings:
    """user, item: (rows,) int32 from 0 to below `shape`. rating: (rows,) float32."""

    user: np.ndarray
    item: np.ndarray
    rating: np.ndarray
    shape: tuple[int, int]

    def __len__(self) -> int:
        return len(self.user)

    def take(self, rows: np.ndarray) -> Ratings:
        return Ratings(self.user[rows], self.item[rows], self.rating[rows], self.shape)

    @property
    def frame(self) -> pd.DataFrame:
        """user, item, rating."""
        import pandas as pd

        return pd.DataFrame({"user": self.user, "item": self.item, "rating": self.rating})

    @property
    def interactions(self) -> Interactions:
        """Under the same numbers."""
        import pandas as pd

        from casestudies.tabular.interactions import Interactions

        users, items = (pd.RangeIndex(size) for size in self.shape)
        scale = (float(self.rating.min()), float(self.rating.max()))
        return Interactions(self.user, self.item, users, items, rating=self.rating, scale=scale)


@dataclass(frozen=True, eq=False)
class Split:
    """What is learnt from, and what is judged on."""

    name: str
    train: Ratings
    test: Ratings

    @classmethod
    def random(cls, name: str, ratings: Ratings, share: float = _TRAINED, seed: int = _SEED) -> Split:
        order = np.random.default_rng(seed).permutation(len(ratings))
        cut = round(share * len(ratings))
        return cls(name, ratings.take(order[:cut]), ratings.take(order[cut:]))

    @property
    def inner(self) -> Split:
        """The training part cut again: all that settings are chosen on."""
        return Split.random(f"{self.name}, inside the training part", self.train, 1 - _WATCHED, _INNER_SEED)

    def rmse(self, predictions: np.ndarray) -> float:
        """Of predictions of the test part, kept within the scale."""
        low, high = self.train.rating.min(), self.train.rating.max()
        return float(np.sqrt(np.mean((np.clip(predictions, low, high) - self.test.rating.astype(np.float64)) ** 2)))

    def mae(self, predictions: np.ndarray) -> float:
        low, high = self.train.rating.min(), self.train.rating.max()
        return float(np.abs(np.clip(predictions, low, high) - self.test.rating).mean())


@dataclass(frozen=True, eq=False)
class LeaveOneOut:
    """The split of the NCF paper: one item of each user is held out, whatever its rating, beside 99 others.

    user, item: (rows,) of training. held: (users,). negatives: (users, 99) that the user has not rated.
    """

    user: np.ndarray
    item: np.ndarray
    held: np.ndarray
    negatives: np.ndarray
    shape: tuple[int, int]

    @property
    def inner(self) -> LeaveOneOut:
        """One more item of each user at random, beside 99 that the user has not in the training part."""
        rng = np.random.default_rng(_INNER_SEED)
        users, items = self.shape
        order = np.lexsort((rng.random(len(self.user)), self.user))
        last = np.flatnonzero(np.diff(self.user[order], append=-1))
        held = np.empty(users, np.int64)
        held[self.user[order[last]]] = self.item[order[last]]
        kept = np.ones(len(self.user), bool)
        kept[order[last]] = False
        known = np.zeros(self.shape, bool)
        known[self.user, self.item] = True
        ranks = np.where(known, np.inf, rng.random(self.shape, np.float32))
        negatives = np.argpartition(ranks, 99, axis=1)[:, :99]
        return LeaveOneOut(self.user[kept], self.item[kept], held, negatives, (users, items))


def small() -> Ratings:
    """ML-100K."""
    return _small_file("u.data")


def fold(number: int) -> Split:
    """Of the five official folds of ML-100K, from 1."""
    return Split(f"ML-100K u{number}", _small_file(f"u{number}.base"), _small_file(f"u{number}.test"))


def large() -> Ratings:
    """ML-1M, its items numbered anew and without times."""
    with np.load(_place() / "ml-1m-full/ratings_recoded.npz") as held:
        user, item = (held[name].astype(np.int32) - 1 for name in ("user", "item"))
        return Ratings(user, item, held["rating"].astype(np.float32), (6040, 3706))


def leave_one_out() -> LeaveOneOut:
    """ML-1M as in the NCF paper."""
    ratings = large()
    with np.load(_place() / "ml-1m-full/leave_one_out_ncf.npz") as file:
        held, negatives = file["test_item"].astype(np.int64) - 1, file["negatives"].astype(np.int64) - 1
    kept = held[ratings.user] != ratings.item
    return LeaveOneOut(ratings.user[kept], ratings.item[kept], held, negatives, ratings.shape)


@cache
def timed() -> Interactions:
    """The first 2,999 users of ML-1M, with times."""
    import pandas as pd

    from casestudies.tabular.interactions.frame import interactions_of

    names = ["user", "item", "rating", "time"]
    table = pd.read_csv(
        _place() / "ml-1m-users1-2999/ratings.dat.gz", sep="::", engine="python", header=None, names=names
    )
    return interactions_of(table, rating="rating", time="time")


def synthetic(rows: int, users: int = 70_000, items: int = 10_000) -> Ratings:
    """Ratings at random; items as popular as in a shop, few of them having most of the ratings."""
    rng = np.random.default_rng(0)
    user = rng.integers(0, users, rows).astype(np.int32)
    item = np.minimum(rng.pareto(1.0, rows) * 60, items - 1).astype(np.int32)
    return Ratings(user, item, rng.integers(1, 6, rows).astype(np.float32), (users, items))


@cache
def _small_file(name: str) -> Ratings:
    cells = np.loadtxt(_place() / "ml-100k" / name, dtype=np.int64)
    return Ratings(
        (cells[:, 0] - 1).astype(np.int32),
        (cells[:, 1] - 1).astype(np.int32),
        cells[:, 2].astype(np.float32),
        (943, 1682),
    )


def _place() -> Path:
    place = folder()
    if place is None:
        raise SystemExit("no public data sets here; set CASESTUDIES_DATA to their folder")
    return place
