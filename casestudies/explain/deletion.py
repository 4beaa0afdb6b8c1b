"""Deletion and insertion: does the score follow when the columns that an explanation names are taken away, or shown alone?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from casestudies.explain.explanation import Explanation, largest

Floats = NDArray[np.float64]

FAITHFUL = 3.0  # times as far as random columns
_TENTH = 10


@dataclass(frozen=True)
class DeletionTest:
    """How far the score moves when columns are replaced by the background: those the explanation ranks highest, as many
    at random, and the most sensitive ones, which move it most when replaced one by one. And the other way round: how far
    from the score one stays when nothing but such columns is known.

    The more columns are replaced at once, the nearer the ratio is to 1, whatever the explanation: of 10 columns, the 5
    best move a credit card's score 1.2 times as far as 5 random ones, the best one 2.9 times. So a tenth of the columns
    is replaced, as of an image's pixels. `share` tells an explanation that is wrong (0: no better than random) from a
    score that rests on many columns alike (1: no choice of columns does better).

    Parameters
    ----------
    k: columns replaced, or shown alone. top_drop, random_drop, best_drop: mean absolute change of the score.
    top_gap, random_gap: mean absolute distance from the score when only k columns are shown. scale: of all of them.
    """

    k: int
    top_drop: float
    random_drop: float
    best_drop: float
    top_gap: float
    random_gap: float
    scale: str

    @property
    def ratio(self) -> float:
        """Top against random; infinite when random columns move nothing."""
        return _ratio(self.top_drop, self.random_drop)

    @property
    def ceiling(self) -> float:
        """The ratio that the most sensitive columns reach."""
        return max(self.ratio, _ratio(self.best_drop, self.random_drop))

    @property
    def share(self) -> float:
        room = max(self.best_drop, self.top_drop) - self.random_drop
        return (self.top_drop - self.random_drop) / room if room > 1e-9 * self.best_drop else 1.0

    @property
    def faithful(self) -> bool:
        return self.ratio >= FAITHFUL or max(self.best_drop, self.top_drop) == 0

    @property
    def sentence(self) -> str:
        if max(self.best_drop, self.top_drop) == 0:
            return f"faithful: no column moves the {self.scale}, and none is said to"
        columns = "the top column" if self.k == 1 else f"the top {self.k} columns"
        random = "a random one" if self.k == 1 else f"{self.k} random ones"
        times = f"{self.ratio:.1f} times as far" if np.isfinite(self.ratio) else "as nothing else does"
        moved = (
            f"replacing {columns} of a row moves the {self.scale} by {self.top_drop:.3g}, {random} by "
            f"{self.random_drop:.3g}: {times}"
        )
        if self.faithful:
            return f"faithful: {moved}"
        if self.ceiling < FAITHFUL:
            why = (
                f"the most sensitive columns reach {self.ceiling:.1f}: the score rests on many columns, so read the "
                "amounts, and make little of their order"
            )
        else:
            why = f"the most sensitive columns reach {self.ceiling:.1f}: do not read this ranking as reasons"
        return f"not faithful by the mark of {FAITHFUL:.0f}: {moved}; {why}"

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values, the verdict among them."""
        ratio, ceiling = (value if np.isfinite(value) else None for value in (self.ratio, self.ceiling))
        verdict = {"share": self.share, "faithful": self.faithful, "sentence": self.sentence}
        return asdict(self) | {"ratio": ratio, "ceiling": ceiling} | verdict  # JSON has no infinity


def deletion_test(
    predict: Callable[[Floats], Floats],
    X: ArrayLike,
    explanation: Explanation,
    background: ArrayLike,
    *,
    k: int | None = None,
    draws: int = 10,
    seed: int = 0,
) -> DeletionTest:
    """Replace columns by the background and see how far the score moves, in absolute size, averaged over the rows.

    Parameters
    ----------
    predict: (n, features) to (n,) scores on the explanation's scale.
    X: (rows, features) the explained rows, with the explanation's columns.
    background: (features,) what stands for "nothing special": mean or median of a number, commonest code of a category.
    k: columns replaced in each row; None = a tenth of them, one at least.
    draws: random sets of columns per row.

    Source: Samek et al. 2017, "Evaluating the visualization of what a deep neural network has learned", IEEE TNNLS 28,
    with columns for regions; insertion: Petsiuk, Das & Saenko 2018, "RISE", BMVC.
    """
    X, background = np.asarray(X, dtype=np.float64), np.asarray(background, dtype=np.float64)
    if X.shape != explanation.values.shape or background.shape != X.shape[1:]:
        raise ValueError(f"X {X.shape} and background {background.shape} want the shape of {explanation.values.shape}")
    features = X.shape[1]
    k = min(max(1, features // _TENTH if k is None else k), features)
    whole = np.asarray(predict(X))
    nothing = np.broadcast_to(background, X.shape)
    rng = np.random.default_rng(seed)

    def away(columns: NDArray[np.intp]) -> Floats:
        """(rows,) distance from the score when each row's `columns` are replaced."""
        return _apart(predict, X, nothing, columns, whole)

    def alone(columns: NDArray[np.intp]) -> Floats:
        """(rows,) distance from the score when each row's `columns` are all that is known."""
        return _apart(predict, nothing, X, columns, whole)

    each = np.column_stack([away(np.full((len(X), 1), column)) for column in range(features)])
    at_random = [largest(rng.random(X.shape), k) for _ in range(draws)]
    return DeletionTest(
        k=k,
        top_drop=float(away(explanation.top(k)).mean()),
        random_drop=float(np.mean([away(columns).mean() for columns in at_random])),
        best_drop=float(away(largest(each, k)).mean()),
        top_gap=float(alone(explanation.top(k)).mean()),
        random_gap=float(np.mean([alone(columns).mean() for columns in at_random])),
        scale=explanation.scale,
    )


def _apart(
    predict: Callable[[Floats], Floats], X: Floats, other: Floats, columns: NDArray[np.intp], whole: Floats
) -> Floats:
    """(rows,) distance from the `whole` score when X takes its `columns` from another table."""
    mixed = X.copy()
    np.put_along_axis(mixed, columns, np.take_along_axis(other, columns, axis=1), axis=1)
    return np.abs(np.asarray(predict(mixed)) - whole)


def _ratio(top: float, random: float) -> float:
    if random > 0:
        return top / random
    return float("inf") if top > 0 else 1.0
