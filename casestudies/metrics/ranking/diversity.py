"""Diversity: how unlike each other the items of a list are."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from casestudies.metrics.cases import Array
from casestudies.metrics.ranking.metric import RankingMetric
from casestudies.metrics.ranking.ranked import Codes


def diversity(lists: Codes, vectors: ArrayLike) -> Array:
    """Mean distance, 1 - cosine, over the pairs of a list.

    The cosines of all pairs sum to |sum of unit vectors|^2 - n, so no pair is ever formed. An item whose vector is
    nought is at right angles to all others. For categories give one-hot rows: the figure is then the share
    of pairs that differ in category.

    Parameters
    ----------
    lists: (users, k) item numbers; -1 = a place left empty.
    vectors: (items, d) what the likeness is seen in.

    Returns
    -------
    (users,) 0 = all alike, 1 = at right angles; nan for a list of fewer than two items.

    Source: Ziegler et al. 2005, "Improving recommendation lists through topic diversification", section 3.3
    (intra-list similarity); as a distance Smyth and McClave 2001.
    """
    raw = np.asarray(vectors, dtype=np.float64)
    length = np.linalg.norm(raw, axis=1, keepdims=True)
    units = np.divide(raw, length, out=np.zeros_like(raw), where=length > 0)
    there = lists >= 0
    summed = np.zeros((len(lists), raw.shape[1]))
    own = np.zeros(len(lists))  # squared lengths: 1 each, 0 of an item without a vector
    for place in range(lists.shape[1]):
        chosen = units[lists[:, place]] * there[:, place, None]
        summed += chosen
        own += np.einsum("nd,nd->n", chosen, chosen)
    count = np.count_nonzero(there, axis=1).astype(np.float64)
    alike = np.einsum("nd,nd->n", summed, summed) - own
    pairs = count * (count - 1.0)
    return 1.0 - np.divide(alike, pairs, out=np.full(len(lists), np.nan), where=pairs > 0)


DIVERSITY = RankingMetric(
    name="diversity",
    title="Diversity",
    unit="",
    higher_is_better=None,
    meaning="How unlike each other the items of one list are: 0 when all are alike, 1 when no two have anything in common.",
)
