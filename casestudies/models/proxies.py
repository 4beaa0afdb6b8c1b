"""Proxies: columns that tell which protected group a row belongs to, though that column itself is no feature.

Leaving a protected column out hides nothing when others carry it. Each column is asked alone and all together; shuffled
labels say what chance would reach, so that noise is not named.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

from casestudies.metrics.auc import auc
from casestudies.models.boosting import BoostedTrees
from casestudies.tabular.codes import CategoryCodes
from casestudies.tabular.contract import NUMERIC
from casestudies.tabular.levels import Levels
from casestudies.tabular.split import make

Floats = NDArray[np.float64]

SHUFFLES = 19  # a column above all of them is above chance at the 5 % level, whatever the number of columns
WORTH = 0.55  # an AUC below this tells hardly anything, however sure it is
_ROWS = 10_000  # enough to see an AUC of 0.52; more only costs time
_GROUPS = 6  # the largest groups; the rest are asked for together
_FEW = 30
_BANDS = 10
_PRIOR = 10.0  # rows of the overall share that every level starts with


@dataclass(frozen=True)
class Proxy:
    """What one column tells of the groups.

    Parameters
    ----------
    column: its name.
    auc: mean over groups of the AUC of this group against the rest; 0.5 = nothing.
    group: the group it tells best, with `best`, the AUC there: a column that gives away one group is a proxy, however
        little it tells of the others.
    chance: what the luckiest of all columns and groups reached on shuffled labels, as an AUC for this group's size.
    """

    column: str
    auc: float
    group: str
    best: float
    chance: float


@dataclass(frozen=True)
class Proxies:
    """What the features tell of one protected column.

    Parameters
    ----------
    columns: every feature, those with the greatest `best` first.
    joint: AUC of all columns together, by shallow boosted trees on rows they were not fitted on.
    joint_noise: what chance exceeds in one case of 20.
    groups: the labels that were told apart. rows: how many rows were asked.
    """

    columns: tuple[Proxy, ...]
    joint: float
    joint_noise: float
    groups: tuple[str, ...]
    rows: int

    @property
    def named(self) -> tuple[Proxy, ...]:
        """The columns above chance that tell enough to be worth a look (an AUC of 0.55)."""
        return tuple(proxy for proxy in self.columns if proxy.best > max(proxy.chance, WORTH))


def find_proxies(
    frame: pd.DataFrame,
    kinds: Mapping[str, str],
    labels: np.ndarray,
    weight: Floats | None = None,
    *,
    seed: int = 0,
    threads: int = 1,
) -> Proxies | None:
    """How well the features predict the group, each alone and all together.

    Parameters
    ----------
    frame: (rows, features) as checked. kinds: {column: kind}. labels: (rows,) text, the group of each row.
    weight: (rows,) row weights, default ones.

    Returns
    -------
    None where fewer than two groups have 30 rows.
    """
    random = np.random.default_rng([seed, 9])
    own = np.ones(len(labels)) if weight is None else weight
    counted = np.flatnonzero(own > 0)
    rows = np.sort(random.permutation(counted)[:_ROWS])
    frame, labels, own = frame.iloc[rows], labels[rows], own[rows]
    names, counts = np.unique(labels, return_counts=True)
    asked = [str(name) for name in names[np.argsort(-counts, kind="stable")] if counts[names == name][0] >= _FEW]
    asked = asked[:_GROUPS]
    if len(asked) < 2:
        return None
    targets = asked[:1] if len(names) == 2 else asked  # of two groups one AUC is both
    is_group = np.stack([labels == name for name in targets], axis=1).astype(np.float64)
    shuffled = [is_group[random.permutation(len(rows))] for _ in range(SHUFFLES)]
    every = np.concatenate([is_group, *shuffled], axis=1)
    half = random.permutation(len(rows)) % 2
    events = is_group.sum(axis=0)
    error = np.sqrt((len(rows) + 1) / (12 * events * (len(rows) - events)))  # of an AUC where nothing is told
    aucs = {}
    for column in map(str, frame.columns):
        level = _levels(frame[column], kinds.get(column, ""))
        if level is not None:
            aucs[column] = _cross_scored(level, half, every, own).reshape(1 + SHUFFLES, len(targets))
    luck = max(float(((reached[1:] - 0.5) / error).max()) for reached in aucs.values())
    found = []
    for column, reached in aucs.items():
        best = int(np.argmax((reached[0] - 0.5) / error))
        chance = float(0.5 + luck * error[best])
        found.append(Proxy(column, float(reached[0].mean()), targets[best], float(reached[0, best]), chance))
    found.sort(key=lambda proxy: -proxy.best)
    joint = _joint(frame, kinds, is_group, own, seed, threads)
    return Proxies(tuple(found), joint, float(0.5 + 1.645 * error.mean()), tuple(asked), len(rows))


def _levels(values: pd.Series, kind: str) -> NDArray[np.intp] | None:
    """(rows,) 0, 1, ... by level, or by tenth of a number; missing cells are a level. None for other columns."""
    if kind in NUMERIC or kind == "flag":
        number = values.to_numpy(dtype=np.float64, na_value=np.nan)
        held = number[~np.isnan(number)]
        cuts = np.unique(np.quantile(held, np.linspace(0, 1, _BANDS + 1)[1:-1])) if len(held) else np.array([])
        return np.where(np.isnan(number), len(cuts) + 1, np.searchsorted(cuts, number, side="left"))
    if kind == "category":
        return np.asarray(Levels.of(values).codes(values)) + 1
    return None


def _cross_scored(level: NDArray[np.intp], half: NDArray[np.intp], targets: Floats, weight: Floats) -> Floats:
    """(targets,) AUC of each 0/1 target, every row scored by its level's smoothed share in the other half.

    Rows of one half and level have one score, so two tables of counts are all that is needed.
    """
    width = int(level.max()) + 1
    cell = half * width + level
    onehot = csr_array((weight, (cell, np.arange(len(cell)))), shape=(2 * width, len(cell)))
    hits = np.asarray(onehot @ targets)  # (2 * width, targets)
    total = np.bincount(cell, weights=weight, minlength=2 * width)[:, None]
    other = np.r_[width : 2 * width, :width]
    base = np.repeat([hits[:width].sum(axis=0), hits[width:].sum(axis=0)], width, axis=0) / np.repeat(
        [total[:width].sum(axis=0), total[width:].sum(axis=0)], width, axis=0
    )
    score = ((hits + _PRIOR * base) / (total + _PRIOR))[other]
    misses = total - hits
    won = np.empty(targets.shape[1])
    for at in range(targets.shape[1]):
        distinct, place = np.unique(score[:, at], return_inverse=True)
        yes = np.bincount(place, weights=hits[:, at], minlength=len(distinct))
        no = np.bincount(place, weights=misses[:, at], minlength=len(distinct))
        won[at] = yes @ (np.cumsum(no) - 0.5 * no)
    return won / (hits.sum(axis=0) * misses.sum(axis=0))


def _joint(
    frame: pd.DataFrame, kinds: Mapping[str, str], is_group: Floats, weight: Floats, seed: int, threads: int
) -> float:
    """Mean AUC over the groups of shallow trees, each half of the rows scored by the other half's trees."""
    codes = CategoryCodes(kinds).fit(frame)
    X = codes.transform(frame).to_numpy()
    categorical = tuple(codes.feature_names.index(name) for name in codes.categories)
    reached = []
    for target in is_group.T:
        margin = np.empty(len(target))
        for train, test in make("cv", target, folds=2, seed=seed).folds:
            trees = BoostedTrees(40, 8, 0.1, 20, categorical, seed=seed, threads=threads)
            margin[test] = trees.fit(X[train], target[train], weight[train]).decision_function(X[test])
        reached.append(auc(target, margin, weight))
    return float(np.mean(reached))
