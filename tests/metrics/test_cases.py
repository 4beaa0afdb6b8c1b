"""The order that a score puts rows in, and labels as codes."""

import numpy as np
import pytest

from casestudies.errors import DataError
from casestudies.metrics.cases import Ranking, coded


@pytest.mark.parametrize("digits", [1, 15])
def test_equal_scores_stay_in_the_order_of_the_rows(digits: int) -> None:
    rng = np.random.default_rng(0)
    for rows in (0, 1, 2, 30, 500):
        p = np.round(rng.random(rows), digits)
        assert (Ranking.of(p, rng.random(rows) < 0.3).order == np.argsort(-p, kind="stable")).all()


def test_labels_become_codes_as_they_appear_or_sorted() -> None:
    codes, labels = coded(["b", "a", "b", "c"], 4, "card")
    assert (codes.tolist(), labels.tolist()) == ([0, 1, 0, 2], ["b", "a", "c"])
    codes, labels = coded(["b", "a", "b", "c"], 4, "card", sort=True)
    assert (codes.tolist(), labels.tolist()) == ([1, 0, 1, 2], ["a", "b", "c"])
    with pytest.raises(DataError, match="card: 2 of 3 rows have no label, first in row 2"):
        coded(["a", None, None], 3, "card")
