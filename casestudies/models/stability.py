"""Would other rows have kept the same columns? Selection repeated on complementary halves, and how steady it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from casestudies.errors import DataError
from casestudies.models.linear.solving import Floats, design_of, penalty_of, said
from casestudies.optim import Logistic, Objective, path

Mask = NDArray[np.bool_]

MOST_ROWS = 5_000  # drawn of more: 50 halves at 13 strengths hold 650 weights a row, 26 MB here, 1.3 s at 20 columns
# halves solved as one block: of 50 with 19 strengths on 5,000 rows all at once take 340 MB and 3.9 s, ten at a time 80 MB
# and 3.4 s
_AT_ONCE = 10
_TOLERANCE = (
    1e-6  # whether a coefficient is 0 is settled long before its last digits (0.02 of 62 columns moved at 1e-5)
)


@dataclass(frozen=True, eq=False)
class HalfFits:
    """Every strength of the penalty on every half of the rows.

    coef: (halves, columns, Cs), without the intercept. rows: (drawn,) positions of the rows the halves were made of.
    seen: (drawn, halves) which of them each half holds; halves 2b and 2b + 1 have no row in common.
    """

    coef: Floats
    rows: NDArray[np.intp]
    seen: Mask


def draw(y: ArrayLike, weight: ArrayLike, most: int, random: np.random.Generator) -> tuple[NDArray[np.intp], Floats]:
    """At most so many rows of weight above 0, and weights by which each outcome counts as much as in all rows.

    A quarter of them are events where there are as many: of a rare event a plain draw would hold a handful.

    Returns
    -------
    (drawn,) positions, ascending, and (drawn,) weights; all rows and their weights when there are not more.
    """
    event, weights = np.asarray(y) > 0, np.asarray(weight, dtype=np.float64)
    rows = np.flatnonzero(weights > 0)
    if len(rows) <= most:
        return rows, weights[rows]
    events, others = rows[event[rows]], rows[~event[rows]]
    wanted = min(len(events), max(most // 4, round(most * len(events) / len(rows))))
    parts = [(events, wanted), (others, min(len(others), most - wanted))]
    drawn = np.sort(np.concatenate([random.choice(part, count, replace=False) for part, count in parts]))
    out = weights[drawn].copy()
    for part in (event, ~event):
        if part[drawn].any():
            out[part[drawn]] *= weights[part].sum() / out[part[drawn]].sum()
    return drawn, out


def complementary_halves(y: ArrayLike, pairs: int, seed: int) -> Mask:
    """(rows, 2 · pairs): pairs of halves without a common row; each half holds half of either outcome.

    Raises
    ------
    DataError: fewer than two rows of an outcome: one half would have none.
    """
    outcome = np.asarray(y) > 0
    random = np.random.default_rng(seed)
    seen = np.zeros((len(outcome), 2 * pairs), dtype=bool)
    for kind, name in ((outcome, "events"), (~outcome, "non-events")):
        places = np.flatnonzero(kind)
        half = len(places) // 2
        if not half:
            raise DataError(f"there are {len(places)} {name}, and each half of the rows needs one", advice="add rows")
        for pair in range(pairs):
            drawn = random.permutation(places)
            seen[drawn[:half], 2 * pair] = True
            seen[drawn[half : 2 * half], 2 * pair + 1] = True  # of an odd count one row is left out
    return seen


def fit_halves(
    X: ArrayLike,
    y: ArrayLike,
    Cs: ArrayLike,
    weight: ArrayLike | None = None,
    *,
    penalty: Literal["l1", "l2", "elasticnet"] = "l1",
    l1_ratio: float | None = None,
    pairs: int = 25,
    seed: int = 0,
    most: int = MOST_ROWS,
) -> HalfFits:
    """The logistic path on complementary halves, all of them in one solve.

    The rows of a half weigh as much as all rows together, so that C means what it means in a fit on all rows.

    Parameters
    ----------
    X: (rows, columns) standardised. y: (rows,) 0/1. weight: (rows,) from 0 up.
    Cs: (Cs,) inverse strengths. l1_ratio: with "elasticnet" the share of l1.
    most: rows drawn when there are more.

    Warns
    -----
    ConvergenceWarning: a fit that did not reach the tolerance.

    Source: Shah & Samworth 2013, "Variable selection with error control: another look at stability selection", JRSS-B
    75, for complementary pairs.
    """
    matrix, labels = np.asarray(X, dtype=np.float64), np.asarray(y, dtype=np.float64)
    weights = np.ones(len(labels)) if weight is None else np.asarray(weight, dtype=np.float64)
    drawn, whole = draw(labels, weights, most, np.random.default_rng([seed, 1]))
    seen = complementary_halves(labels[drawn], pairs, seed)
    design = design_of(np.ascontiguousarray(matrix[drawn]), intercept=True)
    free = np.arange(design.shape[1]) == matrix.shape[1]
    objective = Objective(design, labels[drawn], Logistic(), penalty_of(penalty, Cs, l1_ratio, free), 2.0 * whole)
    coef = []
    for first in range(0, seen.shape[1], _AT_ONCE):
        found = path(objective, train=seen[:, first : first + _AT_ONCE], tolerance=_TOLERANCE)
        said(found.solution)
        coef.append(found.without[:, :-1])
    return HalfFits(np.concatenate(coef), drawn, seen)


def stability_frequencies(
    X: ArrayLike,
    y: ArrayLike,
    Cs: ArrayLike,
    weight: ArrayLike | None = None,
    penalty: Literal["l1", "elasticnet"] = "l1",
    pairs: int = 25,
    seed: int = 0,
    *,
    l1_ratio: float | None = None,
    origin: Sequence[str] | None = None,
) -> Floats:
    """In how many of the halves each column has a coefficient that is not 0, at each C.

    Parameters
    ----------
    X, y, Cs, weight, l1_ratio, pairs, seed: as in `fit_halves`.
    origin: the source of each column, to count sources (kept when one of their columns is, in the order of their first
        appearance) in place of columns.

    Returns
    -------
    (columns or sources, Cs) shares in [0, 1].

    Source: Meinshausen & Bühlmann 2010, "Stability selection", JRSS-B 72.
    """
    fits = fit_halves(X, y, Cs, weight, penalty=penalty, l1_ratio=l1_ratio, pairs=pairs, seed=seed)
    kept = fits.coef != 0
    if origin is not None:
        belongs, _ = sources_of(origin)
        kept = np.einsum("hcs,cf->hfs", kept.astype(np.float64), belongs) > 0
    return np.asarray(kept.mean(axis=0))


def false_selections(kept: ArrayLike, columns: int, threshold: float = 0.9) -> Floats:
    """Most columns that a frequency of `threshold` or more lets in by chance, in expectation: q² / ((2 · threshold - 1) · p).

    "By chance" are columns that a half keeps no oftener than a draw of as many columns would. The bound asks nothing of
    the data and is loose; above the number of columns found it says nothing.

    Parameters
    ----------
    kept: q, columns that a half keeps on average; a number, or one for each C. columns: p. threshold: above 0.5, up to 1.

    Source: Shah & Samworth 2013, theorem 1 and equation 3; Meinshausen & Bühlmann 2010, theorem 1.
    """
    if not 0.5 < threshold <= 1:
        raise ValueError(f"threshold is {threshold}; the bound wants a share above 0.5 and up to 1")
    return np.asarray(kept, dtype=np.float64) ** 2 / ((2 * threshold - 1) * columns)


@dataclass(frozen=True)
class StabilityIndex:
    """How alike repeated selections are: 1 = always the same columns, 0 = as alike as draws at random."""

    value: float
    low: float
    high: float


def stability_index(kept: ArrayLike, level: float = 0.95) -> StabilityIndex | None:
    """Agreement of repeated selections, corrected for chance, with its normal interval.

    Halves of one table share rows, so the interval is about these rows, and narrower than one over fresh tables.

    Parameters
    ----------
    kept: (runs, columns) bool, what each run kept.

    Returns
    -------
    None when every run kept all columns or none: then there was nothing to choose.

    Source: Nogueira, Sechidis & Brown 2018, "On the stability of feature selection algorithms", JMLR 18(174),
    definition 4 and theorem 7.
    """
    chosen = np.asarray(kept, dtype=np.float64)
    runs, columns = chosen.shape
    share, size = chosen.mean(axis=0), chosen.sum(axis=1)
    mean = size.mean() / columns
    if runs < 2 or not 0 < mean < 1:
        return None
    room = mean * (1 - mean)
    value = 1 - runs / (runs - 1) * float(np.mean(share * (1 - share))) / room
    each = chosen @ share / columns - size * mean / columns
    each = (each + value / 2 * (2 * mean * size / columns - size / columns - mean + 1)) / room
    error = 2.0 * float(np.sqrt(np.sum((each - each.mean()) ** 2))) / runs
    reach = float(ndtri((1 + level) / 2)) * error
    return StabilityIndex(value, value - reach, min(value + reach, 1.0))


def sources_of(origin: Sequence[str]) -> tuple[Floats, tuple[str, ...]]:
    """(columns, sources) 1 where a column was made from the source, and the sources in order of first appearance."""
    names = tuple(dict.fromkeys(origin))
    return np.array([[name == made for name in names] for made in origin], dtype=np.float64), names
