"""Splits of interactions: who is in which part, what leaks, and what is said of it."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casestudies.errors import ConfigError, DataError
from casestudies.recommendation.splits import LEAST, Parts, split
from casestudies.tabular.interactions import Interactions


def table(
    user: list[int] | np.ndarray, time: list[int] | np.ndarray | None = None, item: object = None
) -> Interactions:
    user = np.asarray(user, dtype=np.int32)
    item = np.arange(len(user)) % 7 if item is None else np.asarray(item)
    when = None if time is None else np.asarray(time, dtype=np.int64)
    users, items = (pd.Index([f"n{i}" for i in range(int(c.max()) + 1)]) for c in (user, item))
    return Interactions(user, item.astype(np.int32), users, items, time=when)


def many(users: int = 300, rows: int = 10, seed: int = 0, steps: int = 10_000) -> Interactions:
    """Every user comes back all the time."""
    rng = np.random.default_rng(seed)
    user = np.repeat(np.arange(users), rows)
    return table(user, rng.integers(0, steps, len(user)), rng.integers(0, 40, len(user)))


def whole(data: Interactions, parts: Parts) -> None:
    """Every row is in one part."""
    joined = np.concatenate([parts.train, parts.valid, parts.test])
    assert sorted(joined.tolist()) == list(range(len(data)))
    assert parts.known.tolist() == sorted([*parts.train.tolist(), *parts.valid.tolist()])


@given(seed=st.integers(0, 1000), steps=st.sampled_from([5, 50, 10_000]), share=st.sampled_from([0.1, 0.3]))
def test_by_time_every_part_is_later_than_the_one_before(seed: int, steps: int, share: float) -> None:
    data = many(30, seed=seed, steps=steps)
    parts = split(data, "time", test=share, valid=share)
    whole(data, parts)
    assert data.time[parts.train].max() < data.time[parts.valid].min()
    assert data.time[parts.valid].max() < data.time[parts.test].min()
    if steps > 1000:
        assert len(parts.test) == pytest.approx(share * len(data), abs=2)
        assert len(parts.valid) == pytest.approx(share * len(parts.known), abs=2)


def test_by_time_new_users_and_items_are_counted() -> None:
    data = table([0, 1, 0, 1, 0, 1, 2, 3], [1, 2, 3, 4, 5, 6, 7, 8], [0, 1, 2, 0, 1, 2, 5, 6])
    parts = split(data, "time", test=0.25, valid=0.2)
    assert parts.test.tolist() == [6, 7]
    assert "Of 2 customers who are judged 2 are new, and 2 items are new" in parts.sentence
    assert "from 1970-01-01 on judge" in parts.sentence


def test_dates_are_those_of_the_zone_of_the_data() -> None:
    rows = table(np.arange(10) % 3, np.arange(10) * 86_400)
    tokyo = Interactions(rows.user, rows.item, rows.user_ids, rows.item_ids, time=rows.time, zone="Asia/Tokyo")
    assert "1970-01-10 09:00" in split(tokyo, "time").sentence
    assert "1970-01-10 on judge" in split(rows, "time").sentence


@given(seed=st.integers(0, 1000))
def test_last_takes_one_row_a_user_for_each_part_and_none_later_is_known(seed: int) -> None:
    rng = np.random.default_rng(seed)
    data = table(rng.integers(0, 12, 60), rng.integers(0, 20, 60))
    parts = split(data, "last", seed=seed)
    whole(data, parts)
    counts = np.bincount(data.user, minlength=12)
    assert np.bincount(data.user[parts.test], minlength=12).tolist() == (counts >= LEAST).astype(int).tolist()
    assert np.bincount(data.user[parts.valid], minlength=12).tolist() == (counts >= LEAST).astype(int).tolist()
    for user in data.user[parts.test]:
        times = [data.time[part][data.user[part] == user] for part in (parts.train, parts.valid, parts.test)]
        assert times[0].max() <= times[1].min() <= times[2].min()


def test_of_rows_of_one_instant_a_random_one_is_last() -> None:
    data = table([0] * 6, [1, 1, 9, 9, 9, 9])
    drawn = {int(split(data, "last", seed=seed).test[0]) for seed in range(60)}
    assert drawn == {2, 3, 4, 5}
    assert "1 customers have several rows of the last instant" in split(data, "last").sentence


def test_random_draws_the_asked_shares_and_leaves_short_users_in_training() -> None:
    data = table(np.concatenate([np.repeat(np.arange(100), 20), [100, 100, 101]]))
    parts = split(data, "random", test=0.1, valid=0.25, seed=3)
    whole(data, parts)
    assert (len(parts.test), len(parts.valid)) == (200, 450)
    assert not np.isin([100, 101], data.user[np.concatenate([parts.test, parts.valid])]).any()
    assert "2 customers with fewer than 3 rows train" in " ".join(parts.warnings)
    again, other = split(data, "random", seed=3), split(data, "random", seed=4)
    assert split(data, "random", seed=3).test.tolist() == again.test.tolist() != other.test.tolist()


def test_what_leaks_is_said() -> None:
    data = many()
    assert "what became popular later" in split(data, "last").warnings[0]
    said = split(data, "random").warnings[0]
    assert "what each customer, and all others, did later" in said
    assert "judging.split: time has no such leak" in said
    assert split(data, "time").warnings == ()
    untimed = Interactions(data.user, data.item, data.user_ids, data.item_ids)
    assert "Times are known" not in split(untimed, "random").warnings[0]


def test_few_judged_users_are_warned_of() -> None:
    assert "Only 30 customers are judged (below 200)" in " ".join(split(many(30), "last").warnings)
    assert not any("Only" in text for text in split(many(), "last").warnings)


def test_auto_goes_by_time_where_users_come_back_else_by_the_last_row() -> None:
    assert split(many()).kind == "time"
    once = many()  # each user comes in a time of its own, as in a survey
    visits = Interactions(once.user, once.item, once.user_ids, once.item_ids, time=once.user.astype(np.int64) * 100)
    assert split(visits).kind == "last"
    assert split(Interactions(once.user, once.item, once.user_ids, once.item_ids)).kind == "random"
    pairs = table(np.repeat(np.arange(50), 2), np.arange(100))
    assert split(pairs, test=0.2).kind == "time"  # nobody has a row to spare


def test_given_words_are_followed_and_validation_is_made_where_it_is_not_given() -> None:
    data = many(20)
    words = np.where(np.arange(len(data)) % 5 == 0, " Test ", "train")
    parts = split(data, "given", given=words, valid=0.1)
    whole(data, parts)
    assert parts.test.tolist() == list(range(0, len(data), 5))
    assert len(parts.valid) == round(0.1 * 0.8 * len(data))
    assert "later than some that judge" in parts.warnings[0]
    three = np.where(np.arange(len(data)) % 5 == 1, "valid", words)
    assert split(data, "auto", given=three).valid.tolist() == list(range(1, len(data), 5))


def test_given_by_time_makes_a_validation_part_by_time() -> None:
    data = table(np.arange(40) % 4, np.arange(40))
    parts = split(data, "given", given=["train"] * 30 + ["test"] * 10, valid=0.2)
    assert parts.valid.tolist() == list(range(24, 30))
    assert not any("later than" in text for text in parts.warnings)


@pytest.mark.parametrize(
    ("kind", "given", "message"),
    [
        ("time", None, "time needs the time of each row; name the column of the time, or write judging.split: random"),
        ("last", None, "last needs the time of each row"),
        ("given", None, "given needs a column that says train or test; name it in judging.column"),
        (
            "given",
            ["train"] * 9 + ["tset"],
            "judging.column: holds 'tset' in 1 rows, first in row 10; write train, valid",
        ),
        ("given", ["train"] * 3, "has 3 words for 10 rows"),
        ("given", ["train"] * 10, "no row is left to judge"),
        ("given", ["test"] * 10, "no row is left to train"),
    ],
)
def test_what_cannot_be_done_is_one_line(kind: str, given: list[str] | None, message: str) -> None:
    with pytest.raises((ConfigError, DataError)) as raised:
        split(table([0] * 10), kind, given=given)
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


def test_all_rows_of_one_instant_cannot_be_split_by_time() -> None:
    with pytest.raises(DataError, match="no row is left"):
        split(table([0, 1, 0, 1], [5, 5, 5, 5]), "time")
    with pytest.raises(DataError, match="no customer has 3 rows or more, so none can be judged"):
        split(table([0, 1, 2, 0], [1, 2, 3, 4]), "last")
