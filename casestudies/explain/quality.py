"""Explanations put to the test: do they add up, do they point at what moves the score, do two methods agree?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from casestudies.explain.explanation import Explanation, largest, top_count
from casestudies.explain.lime import LimeExplanation

Floats = NDArray[np.float64]

ADDS_UP = 1e-6  # largest gap between parts and score; exact methods stay below 1e-9
FAITHFUL = 0.5  # of the way from random columns to the most sensitive ones; exact explanations reach 0.9 to 1
SAME_TOP, SAME_SIGN = 0.5, 0.8  # below either, two methods tell different stories
GOOD_LINE = 0.3  # local R2 of LIME


def additivity_error(explanation: Explanation, margins: ArrayLike) -> float:
    """Largest gap between a row's score and the sum of its parts; margins: (rows,) on the explanation's scale."""
    return float(np.max(np.abs(explanation.sum() - np.asarray(margins, dtype=np.float64)), initial=0.0))


@dataclass(frozen=True)
class DeletionTest:
    """How far the score moves when columns are replaced by the background: those the explanation ranks highest, as many
    at random, and the most sensitive ones, which move it most when replaced one by one.

    `share` places the explanation between the random (0) and the most sensitive (1) columns. It is the verdict, and not
    the ratio, because the ratio's ceiling is about features / k: replacing 5 of some 20 columns, the exact explanation
    of a logistic regression reaches ratios of only 1.9 to 2.6 on Telco churn, German credit and Taiwan default, and a
    share of 1 on each.
    """

    k: int
    top_drop: float
    random_drop: float
    best_drop: float
    scale: str

    @property
    def ratio(self) -> float:
        """Top against random; 1 when the score reacts to neither."""
        if self.random_drop > 0:
            return self.top_drop / self.random_drop
        return float("inf") if self.top_drop > 0 else 1.0

    @property
    def share(self) -> float:
        room = max(self.best_drop, self.top_drop) - self.random_drop
        return (self.top_drop - self.random_drop) / room if room > 1e-9 * self.best_drop else 1.0

    @property
    def faithful(self) -> bool:
        return self.share >= FAITHFUL

    @property
    def sentence(self) -> str:
        moved = (
            f"replacing the top {self.k} columns of this explanation moves the {self.scale} by {self.top_drop:.3g}, "
            f"{self.k} random ones by {self.random_drop:.3g}, the {self.k} most sensitive by {self.best_drop:.3g}"
        )
        return f"faithful: {moved}" if self.faithful else f"not faithful: {moved}; do not read this ranking as reasons"

    def to_dict(self) -> dict[str, Any]:
        ratio = self.ratio if np.isfinite(self.ratio) else None  # JSON has no infinity
        verdict = {"share": self.share, "faithful": self.faithful, "sentence": self.sentence}
        return asdict(self) | {"ratio": ratio} | verdict


def deletion_test(
    predict: Callable[[Floats], Floats],
    X: ArrayLike,
    explanation: Explanation,
    background: ArrayLike,
    *,
    k: int = 5,
    draws: int = 10,
    seed: int = 0,
) -> DeletionTest:
    """Replace columns by the background and see how far the score moves, in absolute size, averaged over the rows.

    Parameters
    ----------
    predict: (n, features) to (n,) scores on the explanation's scale.
    X: (rows, features) the explained rows, with the explanation's columns.
    background: (features,) what stands for "nothing special": mean or median of a number, commonest code of a category.
    k: columns replaced in each row, at most half of them.
    draws: random sets of columns per row.

    Source: Samek et al. 2017, "Evaluating the visualization of what a deep neural network has learned", IEEE TNNLS 28,
    with columns for regions.
    """
    X, background = np.asarray(X, dtype=np.float64), np.asarray(background, dtype=np.float64)
    if X.shape != explanation.values.shape or background.shape != X.shape[1:]:
        raise ValueError(f"X {X.shape} and background {background.shape} want the shape of {explanation.values.shape}")
    features = X.shape[1]
    k = top_count(features, k)
    whole = np.asarray(predict(X))
    rng = np.random.default_rng(seed)

    def moves(columns: NDArray[np.intp]) -> Floats:
        """(rows,) change of the score when each row's `columns` are replaced."""
        replaced = X.copy()
        np.put_along_axis(replaced, columns, background[columns], axis=1)
        return np.abs(np.asarray(predict(replaced)) - whole)

    alone = np.column_stack([moves(np.full((len(X), 1), column)) for column in range(features)])
    at_random = [largest(rng.random(X.shape), k) for _ in range(draws)]
    return DeletionTest(
        k=k,
        top_drop=float(moves(explanation.top(k)).mean()),
        random_drop=float(np.mean([moves(columns).mean() for columns in at_random])),
        best_drop=float(moves(largest(alone, k)).mean()),
        scale=explanation.scale,
    )


@dataclass(frozen=True)
class Agreement:
    """How far two explanations of one row tell the same story.

    overlap: share of the `k` largest columns that both name.
    sign: share of the columns in either top whose direction is the same.
    spearman: rank correlation of the sizes of all effects; 0 when one of them has no order.
    """

    k: int
    overlap: float
    sign: float
    spearman: float

    @property
    def agree(self) -> bool:
        return self.overlap >= SAME_TOP and self.sign >= SAME_SIGN

    @property
    def sentence(self) -> str:
        told = (
            f"SHAP and LIME share {round(self.overlap * self.k)} of their top {self.k} columns, give {self.sign:.0%} "
            f"of these the same direction, and rank all columns with a correlation of {self.spearman:.2f}"
        )
        return f"they agree: {told}" if self.agree else f"they disagree: {told}; the order is uncertain"

    def to_dict(self) -> dict[str, Any]:
        return asdict(self) | {"agree": self.agree, "sentence": self.sentence}


def agreement(shap_row: ArrayLike, lime_row: ArrayLike, *, k: int = 5) -> Agreement:
    """Compare two explanations of one row; both (features,) effects over the same columns.

    `k` is at most half of the columns. Sizes are ranked without their signs, since the sign has a figure of its own.
    """
    shap_row, lime_row = np.asarray(shap_row, dtype=np.float64), np.asarray(lime_row, dtype=np.float64)
    if shap_row.ndim != 1 or shap_row.shape != lime_row.shape:
        raise ValueError(f"effects {shap_row.shape} and {lime_row.shape} want one row over the same columns")
    k = top_count(len(shap_row), k)
    ours, theirs = set(largest(shap_row, k).tolist()), set(largest(lime_row, k).tolist())
    either = sorted(ours | theirs)
    return Agreement(
        k=k,
        overlap=len(ours & theirs) / k,
        sign=float(np.mean(np.sign(shap_row[either]) == np.sign(lime_row[either]))),
        spearman=_rank_correlation(np.abs(shap_row), np.abs(lime_row)),
    )


def _rank_correlation(a: Floats, b: Floats) -> float:
    from scipy.stats import rankdata

    a, b = rankdata(a) - (len(a) + 1) / 2, rankdata(b) - (len(b) + 1) / 2
    lengths = np.linalg.norm(a) * np.linalg.norm(b)
    return float(a @ b / lengths) if lengths > 0 else 0.0


def doubts(
    *,
    additivity: float | None = None,
    deletion: DeletionTest | None = None,
    lime: LimeExplanation | None = None,
    between: Agreement | None = None,
) -> tuple[str, ...]:
    """Reasons not to trust an explanation, in words; empty when every test that was run is passed."""
    found = []
    if additivity is not None and additivity > ADDS_UP:
        found.append(f"do not trust the amounts: the parts miss the score by up to {additivity:.2g}")
    if deletion is not None and not deletion.faithful:
        found.append(f"do not trust the ranking: {deletion.sentence}")
    if lime is not None and not lime.stable:
        found.append(f"do not trust LIME here: {lime.sentence}")
    if lime is not None and lime.r2 < GOOD_LINE:
        found.append(
            f"do not trust LIME's amounts here: a straight line explains only {lime.r2:.0%} of the score nearby"
        )
    if between is not None and not between.agree:
        found.append(f"do not rely on either order alone: {between.sentence}")
    return tuple(found)
