"""What is there of an item, however shops write it."""

import numpy as np
import pandas as pd
import pytest

from casestudies.errors import DataError
from casestudies.tabular.interactions import read_interactions

ROWS = pd.DataFrame({"user": list("aabbcc"), "item": list("xyxzyz"), "rating": [1, 2, 3, 4, 5, 1]})


def stock_of(cells, column="stock"):
    items = pd.DataFrame({"item": list("xyz"), "title": ["One", "Two", "Three"], column: cells})
    return read_interactions(ROWS, items=items).data.items["stock"].tolist()


@pytest.mark.parametrize(
    ("cells", "pieces"),
    [
        (["yes", "no", "Yes"], [1, 0, 1]),
        ([True, False, True], [1, 0, 1]),
        (["TRUE", "FALSE", None], [1, 0, np.nan]),
        (["12", "0", "no"], [12, 0, 0]),
        ([3, 0, -1], [3, 0, -1]),
        (["n/a", "1", "2"], [np.nan, 1, 2]),
    ],
)
def test_numbers_and_words_say_how_many_are_there(cells, pieces):
    assert stock_of(cells) == pytest.approx(pieces, nan_ok=True)


def test_a_column_of_another_name_that_says_yes_or_no_is_the_stock():
    assert stock_of(["yes", "no", "yes"], "in_stock") == [1, 0, 1]
    assert stock_of(["no", "no", "no"], "Availability") == [0, 0, 0]


def test_words_that_say_neither_are_an_error_and_not_nothing_in_stock():
    with pytest.raises(
        DataError, match=r"`stock` \(of items\) has 2 of 3 cells that are neither numbers nor yes or no"
    ):
        stock_of(["sold out", "yes", "plenty"])
