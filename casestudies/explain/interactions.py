"""Which pairs of columns a model reads together: what moving both changes beyond what moving each alone does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from casestudies.explain.explanation import LOG_ODDS

Floats = NDArray[np.float64]

CALLS = 6_000  # of the model for all pairs together
_NOTHING = 1e-9  # of the score's own spread: what rounding leaves of an additive model


@dataclass(frozen=True)
class Interactions:
    """Pairs of columns by the strength of what they do together, the largest first.

    Parameters
    ----------
    first, second: the columns of each pair.
    strength: size of the joint part of the score, on `scale`: its standard deviation; 0 where the columns just add up.
    share: of the score's variance, the part that both columns are needed for.
    error: standard error of `strength`.
    calls, rows: of the model, and rows that were drawn.
    """

    first: tuple[str, ...]
    second: tuple[str, ...]
    strength: tuple[float, ...]
    share: tuple[float, ...]
    error: tuple[float, ...]
    calls: int
    rows: int
    scale: str

    @property
    def any(self) -> bool:
        """Whether a pair does more together than its columns do alone."""
        return max(self.strength, default=0.0) > 0

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def interactions(
    predict: Callable[[Floats], Floats],
    X: ArrayLike,
    names: Sequence[str],
    columns: Sequence[int],
    *,
    calls: int = CALLS,
    seed: int = 0,
    scale: str = LOG_ODDS,
) -> Interactions:
    """The interaction of each pair among `columns`, within a budget of model calls.

    A row takes over one column, the other, and both from another row. What both change beyond the sum of each is the
    joint effect; a quarter of its mean square is the variance of all that the score needs both columns for. It is 0
    for every score that adds its columns up, and columns are moved as if they were independent, as SHAP values do.

    Parameters
    ----------
    predict: (n, features) to (n,) scores on `scale`. X: (rows, features), gaps as NaN. names: (features,).
    columns: places of the columns whose pairs are asked for.
    calls: rows that the model is asked about at most; they pay for calls / (1 + columns + pairs) rows of X, drawn by
        the seed and paired at random.

    Source: Liu & Owen 2006, "Estimating mean dimensionality of analysis of variance decompositions", JASA 101, the
    superset importance of a pair, equation 10.
    """
    X = np.asarray(X, dtype=np.float64)
    pairs = list(combinations(columns, 2))
    asked = 1 + len(columns) + len(pairs)
    count = min(len(X), calls // asked)
    if not pairs or count < 2:
        return Interactions((), (), (), (), (), 0, 0, scale)
    random = np.random.default_rng(seed)
    drawn = random.permutation(len(X))
    # each row moves to the next of the drawn ones: a cycle, so that no row meets itself
    here = X[drawn[:count]]
    there = np.roll(here, 1, axis=0)
    sets: list[tuple[int, ...]] = [(), *((column,) for column in columns), *pairs]
    moved = np.repeat(here[None], len(sets), axis=0)
    for number, places in enumerate(sets):
        moved[number][:, list(places)] = there[:, list(places)]
    score = np.asarray(predict(moved.reshape(-1, X.shape[1])), dtype=np.float64).reshape(len(sets), count)
    of = {places: score[number] for number, places in enumerate(sets)}
    joint = np.array([(of[()] - of[(a,)] - of[(b,)] + of[(a, b)]) ** 2 / 4 for a, b in pairs])
    variance = float(np.var(of[()]))
    mean = joint.mean(axis=1)
    strength = np.sqrt(mean)
    strength[strength <= _NOTHING * max(np.sqrt(variance), float(np.abs(of[()]).max()))] = 0.0
    spread = joint.std(axis=1, ddof=1) / np.sqrt(count)
    error = np.divide(spread, 2 * strength, out=np.zeros_like(strength), where=strength > 0)
    order = np.argsort(-strength, kind="stable")
    return Interactions(
        tuple(names[pairs[at][0]] for at in order),
        tuple(names[pairs[at][1]] for at in order),
        tuple(strength[order].tolist()),
        tuple((np.where(strength > 0, mean, 0.0)[order] / variance).tolist() if variance > 0 else [0.0] * len(pairs)),
        tuple(error[order].tolist()),
        asked * count,
        count,
        scale,
    )
