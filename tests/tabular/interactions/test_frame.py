"""A frame becomes interactions: numbered in the order of appearance, the last rating holds, errors name row and column."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from casestudies.errors import DataError
from casestudies.tabular.interactions.frame import interactions_of


def frame(**columns) -> pd.DataFrame:
    told = {"user": ["b", "a", "b", "c"], "item": [7, 7, 3, 3], "stars": [1, 5, 2, 4]}
    return pd.DataFrame(told | columns)


def test_names_and_numbers_say_the_same():
    data = interactions_of(frame(), rating="stars")
    assert data.user_ids[data.user].tolist() == ["b", "a", "b", "c"]
    assert data.item_ids[data.item].tolist() == [7, 7, 3, 3]
    assert data.rating.tolist() == [1, 5, 2, 4]
    assert (data.scale, data.explicit, data.time) == ((1.0, 5.0), True, None)


def test_the_last_rating_of_a_pair_holds_by_time_else_by_place():
    twice = frame(user=["b", "b", "b", "c"], item=[7, 3, 7, 3])
    assert interactions_of(twice, rating="stars").rating.tolist() == [5, 2, 4]
    timed = twice.assign(at=[9, 1, 2, 3])
    assert interactions_of(timed, rating="stars", time="at").rating.tolist() == [1, 5, 4]


def test_purchases_may_repeat():
    assert len(interactions_of(frame(user=["b"] * 4, item=[7] * 4))) == 4


def test_dates_of_any_unit_and_zone_are_seconds_in_utc():
    dates = pd.to_datetime(["1970-01-01 01:00:05"] * 4).tz_localize("Europe/Vienna")
    for unit in ("s", "ms", "ns"):
        data = interactions_of(frame(at=dates.as_unit(unit)), time="at")
        assert data.time.tolist() == [5] * 4


def test_tables_are_put_in_the_order_of_the_numbers():
    items = pd.DataFrame({"title": ["three", "five", "seven"]}, index=[3, 5, 7])
    assert interactions_of(frame(), items=items).items["title"].tolist() == ["seven", "three"]


@pytest.mark.parametrize(
    ("columns", "asked", "words"),
    [
        ({}, {"rating": "star"}, "no column 'star'; did you mean 'stars'"),
        ({"user": ["a", None, "b", "c"]}, {}, "column user, row 2: 1 values are missing"),
        ({"stars": [1, 2, np.nan, np.inf]}, {"rating": "stars"}, "row 3: 2 values are missing or not finite"),
        ({"stars": [1, 2, "good", 4]}, {"rating": "stars"}, "'good', which is no number"),
        ({}, {"rating": "stars", "scale": (1, 4)}, "row 2: 1 values are outside 1 to 4"),
        ({"n": [1, 0, 2, 3]}, {"weight": "n"}, "row 2: 1 values are not above 0"),
        ({"at": ["yesterday"] * 4}, {"time": "at"}, "no time; use pandas.to_datetime"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_line(columns, asked, words):
    with pytest.raises(DataError, match=words) as told:
        interactions_of(frame(**columns), **asked)
    assert "\n" not in str(told.value)


def test_no_rows():
    with pytest.raises(DataError, match="holds no rows"):
        interactions_of(frame().iloc[:0])
