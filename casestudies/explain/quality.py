"""Explanations put to the test: do they add up, do two methods agree, and which test says that they cannot be trusted?"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from casestudies.explain.deletion import DeletionTest
from casestudies.explain.explanation import Explanation, largest, top_count
from casestudies.explain.lime import LimeExplanation

if TYPE_CHECKING:
    from casestudies.explain.sanity import LabelTest

Floats = NDArray[np.float64]

ADDS_UP = 1e-9  # largest gap between parts and score; exact methods leave 1e-14
SAME_TOP, SAME_SIGN = 0.5, 0.8  # below either, two methods tell different stories
GOOD_LINE = 0.3  # local R2 of LIME


def additivity_error(explanation: Explanation, margins: ArrayLike) -> float:
    """Largest gap between a row's score and the sum of its parts; margins: (rows,) on the explanation's scale."""
    return float(np.max(np.abs(explanation.sum() - np.asarray(margins, dtype=np.float64)), initial=0.0))


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
        spearman=rank_correlation(np.abs(shap_row), np.abs(lime_row)),
    )


def rank_correlation(a: ArrayLike, b: ArrayLike) -> float:
    """Spearman's, of two (features,) rows; 0 when one of them has no order."""
    from scipy.stats import rankdata

    first, second = (np.asarray(rankdata(one), dtype=np.float64) for one in (a, b))
    first, second = first - first.mean(), second - second.mean()
    lengths = np.linalg.norm(first) * np.linalg.norm(second)
    return float(first @ second / lengths) if lengths > 0 else 0.0


def doubts(
    *,
    additivity: float | None = None,
    deletion: DeletionTest | None = None,
    lime: LimeExplanation | None = None,
    between: Agreement | None = None,
    labels: LabelTest | None = None,
) -> tuple[str, ...]:
    """Reasons not to trust an explanation, in words; empty when every test that was run is passed."""
    found = []
    if additivity is not None and additivity > ADDS_UP:
        found.append(f"do not trust the amounts: the parts miss the score by up to {additivity:.2g}")
    if deletion is not None and not deletion.faithful:
        found.append(f"do not trust the ranking: {deletion.sentence}")
    if labels is not None and not labels.sound:
        found.append(f"do not trust the order of small effects: {labels.sentence}")
    if lime is not None and not lime.stable:
        found.append(f"do not trust LIME here: {lime.sentence}")
    if lime is not None and lime.r2 < GOOD_LINE:
        found.append(
            f"do not trust LIME's amounts here: a straight line explains only {lime.r2:.0%} of the score nearby"
        )
    if between is not None and not between.agree:
        found.append(f"do not rely on either order alone: {between.sentence}")
    return tuple(found)
