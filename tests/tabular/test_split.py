"""Splits: what may never be split apart, balance, and what is said."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casestudies.errors import ConfigError, DataError
from casestudies.tabular.folds import drawing_order
from casestudies.tabular.split import SMALL, make

RANDOM = np.random.default_rng(3)
N = 6000
Y = (RANDOM.random(N) < 0.2).astype(float)
DAYS = pd.Series(pd.Timestamp("2024-01-01", tz="UTC") + pd.to_timedelta(RANDOM.integers(0, 300, N), unit="D"))
GROUP = pd.Series(RANDOM.integers(0, 900, N).astype(str))


def is_sound(split, rows):
    """Training and test rows are apart; folds partition the training rows."""
    assert np.intersect1d(split.train, split.test).size == 0
    assert (np.diff(split.train) > 0).all()
    assert (np.diff(split.test) > 0).all()
    valid = np.concatenate([part for _, part in split.folds])
    assert np.array_equal(np.sort(valid), split.train)
    for train, part in split.folds:
        assert np.array_equal(np.sort(np.concatenate([train, part])), split.train)
    if split.out_of_fold:
        assert len(split.train) == rows
        assert len(split.test) == 0


def test_a_random_split_keeps_the_share_and_the_rate():
    split = make("auto", Y, test=0.3)
    is_sound(split, N)
    assert split.kind == "stratified"
    assert len(split.test) == 1800
    assert abs(Y[split.test].mean() - Y.mean()) < 0.001
    assert "1,800 rows with" in split.reason


def test_below_five_thousand_rows_figures_are_out_of_fold():
    split = make("auto", Y[: SMALL - 1])
    is_sound(split, SMALL - 1)
    assert split.out_of_fold
    assert "4,999 rows are too few to hold a part out" in split.reason
    assert not make("auto", Y[:SMALL]).out_of_fold


def test_cv_is_out_of_fold_at_any_size():
    split = make("cv", Y, group=GROUP, folds=4)
    is_sound(split, N)
    assert split.out_of_fold
    assert len(split.folds) == 4
    assert "as asked" in split.reason


def test_time_holds_out_the_latest_and_never_splits_an_instant():
    split = make("auto", Y, time=DAYS, group=None)
    is_sound(split, N)
    assert split.kind == "time"
    assert DAYS[split.train].max() < DAYS[split.test].min()
    assert abs(len(split.test) / N - 0.2) < 0.5 * DAYS.value_counts().max() / N
    assert f"from {DAYS[split.test].min():%Y-%m-%d} on" in split.reason


def test_small_data_are_split_by_time_where_the_latest_part_has_fifty_events_or_when_asked():
    small = make("auto", Y[:900], time=DAYS[:900])
    assert small.out_of_fold
    assert "the latest rows hold fewer than 50 events or others; the time column is not used" in small.reason
    assert "split.kind: time" in small.reason
    events = Y[:2000][np.argsort(DAYS[:2000], kind="stable")][-400:].sum()
    assert events > 60
    assert make("auto", Y[:2000], time=DAYS[:2000]).kind == "time"
    assert make("auto", 1 - Y[:2000], time=DAYS[:2000]).kind == "time"
    assert make("auto", Y[:2000], time=DAYS[:2000], test=0.1).out_of_fold
    assert make("auto", 1 - Y[:2000], time=DAYS[:2000], test=0.1).out_of_fold
    assert make("auto", Y[:SMALL], time=DAYS[:SMALL]).kind == "time"
    asked = make("time", Y[:900], time=DAYS[:900])
    assert not asked.out_of_fold
    is_sound(asked, 900)


def test_the_label_delay_leaves_a_gap_before_the_test_part():
    split = make("time", Y, time=DAYS, delay=30)
    is_sound(split, N)
    gap = DAYS[split.test].min() - DAYS[split.train].max()
    assert gap >= pd.Timedelta(days=30)
    before = (DAYS[split.test].min() - DAYS) / pd.Timedelta(days=1)
    late = ((before > 0) & (before < 30)).sum()
    assert f"{late:,} rows are left out" in split.reason


def test_a_random_split_of_dated_rows_must_be_asked_for_by_name():
    for kind in ("stratified", "cv"):
        split = make(kind, Y, time=DAYS)
        assert split.kind == "stratified"
        assert "hold fewer" not in split.reason


def test_rows_whose_label_is_still_to_come_are_refused_with_their_counts():
    age = (DAYS.max() - DAYS) / pd.Timedelta(days=1)
    young, half = age < 90, age < 45
    seen = Y * (RANDOM.random(N) * 90 < age)  # an event shows after 0 to 90 days, evenly
    told = rf"the last 90 days \({young.sum():,} rows\) .* half of them has {int(seen[half].sum())} events in {half.sum():,}"
    last = f"{DAYS.max() - pd.Timedelta(days=90):%Y-%m-%d}"
    with pytest.raises(DataError, match=told + rf".* leave out rows after {last}"):
        make("time", seen, time=DAYS, delay=90)
    assert make("time", seen, time=DAYS).kind == "time"  # nothing is known of a delay
    assert make("time", Y, time=DAYS, delay=90).kind == "time"
    better = Y * (~young | (RANDOM.random(N) < 0.7))
    assert make("time", better, time=DAYS, delay=90).kind == "time"


def test_few_rows_without_an_event_are_no_open_window():
    hours = pd.Series(pd.date_range("2024-01-01", periods=N, freq="h", tz="UTC"))
    y = Y.copy()
    y[-24:] = 0  # 24 rows at a rate of 0.2: one day in two hundred is like that
    y[-200:-24] = np.arange(176) % 5 == 0
    assert make("time", y, time=hours, delay=2).kind == "time"
    y[-48:] = 0
    with pytest.raises(
        DataError, match=r"the last 4 days \(96 rows\) .* 0 events in 48 rows, earlier rows would have 10"
    ):
        make("time", y, time=hours, delay=4)


def test_no_delay_asks_for_no_time():
    assert make("auto", Y, delay=0).kind == "stratified"


def test_the_window_sets_the_length_of_the_test_part():
    split = make("time", Y, time=DAYS, window=14)
    assert sorted(DAYS[split.test].unique())[0] == DAYS.max() - pd.Timedelta(days=13)


def test_plain_numbers_order_rows_and_count_no_days():
    split = make("time", Y, time=pd.Series(np.arange(N)[::-1]))
    assert split.test.tolist() == list(range(1200))
    with pytest.raises(ConfigError, match="holds numbers"):
        make("time", Y, time=pd.Series(np.arange(N)), delay=3)


@pytest.mark.parametrize("count", [60, 5000])
def test_groups_stay_whole_in_every_part(count):
    group = pd.Series(RANDOM.integers(0, count, 12_000).astype(str))
    y = (RANDOM.random(12_000) < 0.15).astype(float)
    split = make("auto", y, group=group)
    is_sound(split, 12_000)
    assert split.kind == "group"
    parts = [split.train, split.test], *([train, valid] for train, valid in split.folds)
    for one, other in parts:
        assert set(group[one]) & set(group[other]) == set()
        assert abs(y[one].mean() - y[other].mean()) < 0.02
    assert len(split.test) / 12_000 == pytest.approx(0.2, abs=0.02)


def test_rows_without_a_group_stand_alone():
    group = GROUP.mask(np.arange(N) % 2 == 0)
    split = make("group", Y, group=group)
    is_sound(split, N)
    assert set(group[split.train].dropna()) & set(group[split.test].dropna()) == set()
    assert group[split.test].isna().sum() > 300
    assert group[split.train].isna().sum() > 300


def test_groups_with_events_are_spread_over_the_folds_even_when_they_are_few_among_many():
    group = np.arange(12_000) // 3
    y = np.where(group % 400 == 7, 1.0, 0.0)  # 10 of 4,000 groups
    split = make("cv", y, group=pd.Series(group))
    assert [y[valid].sum() for _, valid in split.folds] == [6.0] * 5


def test_time_with_groups_puts_a_group_where_it_begins_and_looks_never_ahead():
    starts = np.sort(RANDOM.integers(0, 1000, 900))
    group = RANDOM.integers(0, 900, N)
    time = pd.Series(starts[group] + RANDOM.integers(0, 50, N))
    split = make("time", Y, time=time, group=pd.Series(group.astype(str)))
    is_sound(split, N)
    assert time[split.train].max() < time[split.test].min()
    assert set(group[split.train]) & set(group[split.test]) == set()
    left = N - len(split.train) - len(split.test)
    assert f"{left:,} rows are left out" in split.reason


def test_groups_that_all_begin_early_cannot_be_split_by_time():
    with pytest.raises(DataError, match=r"groups last too long to hold the latest out"):
        make("time", Y, time=DAYS, group=pd.Series((np.arange(N) % 50).astype(str)))


def test_a_given_split_is_taken_as_it_is():
    given_words = pd.Series(np.where(np.arange(N) % 3 == 0, "Test", " train"))
    split = make("auto", Y, given=given_words, time=DAYS)
    is_sound(split, N)
    assert split.kind == "given"
    assert np.array_equal(split.test, np.arange(0, N, 3))
    assert "groups stand on both sides" in make("given", Y, given=given_words, group=GROUP).reason


def test_other_words_in_a_given_split_are_an_error():
    with pytest.raises(DataError, match=r"split\.column: holds 'valid' in 1 rows"):
        make("given", Y[:3], given=pd.Series(["train", "test", "valid"]))


@pytest.mark.parametrize(
    ("kind", "options", "error", "message"),
    [
        ("time", {}, ConfigError, r"data\.time: split\.kind: time needs a column"),
        ("given", {}, ConfigError, r"split\.column"),
        ("stratified", {"delay": 3}, ConfigError, "needs a split by time"),
        ("time", {"time": DAYS.mask(DAYS.index == 5)}, DataError, "1 rows have no time"),
        ("time", {"time": DAYS.mask(DAYS.index >= 0, DAYS[0])}, DataError, "all rows have one time"),
        ("group", {"group": pd.Series(np.arange(N) % 3)}, DataError, "there are 3 groups for 5 parts"),
    ],
)
def test_what_cannot_be_split_is_said(kind, options, error, message):
    with pytest.raises(error, match=message):
        make(kind, Y, **options)


def test_too_few_events_for_the_folds_are_an_error_with_both_numbers():
    y = np.zeros(100)
    y[:4] = 1
    with pytest.raises(DataError, match="the training part has 4 events and 96 other rows; at least 5 of each"):
        make("cv", y)


def test_a_test_part_without_events_is_an_error():
    y = np.r_[np.ones(1000), np.zeros(5000)]
    with pytest.raises(DataError, match="the test part has 0 events and 1200 other rows"):
        make("time", y, time=pd.Series(np.arange(6000)))


def test_the_seed_decides_and_decides_alone():
    one, same, other = (make("auto", Y, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(one.test, same.test)
    assert all(np.array_equal(a[1], b[1]) for a, b in zip(one.folds, same.folds, strict=True))
    assert not np.array_equal(one.test, other.test)


@settings(deadline=None, max_examples=40)
@given(
    instants=st.lists(st.integers(0, 12), min_size=40, max_size=120).filter(lambda times: len(set(times)) > 4),
    share=st.floats(0.1, 0.6),
)
def test_the_time_cut_is_the_nearest_that_splits_no_instant(instants, share):
    time = np.array(instants)
    y = np.arange(len(time)) % 2 == 0
    try:
        split = make("time", y.astype(float), time=pd.Series(time), test=share, folds=2)
    except DataError:
        return  # one side without events
    shares = [np.mean(time >= cut) for cut in sorted(set(instants))[1:]]
    assert abs(len(split.test) / len(time) - share) == pytest.approx(min(abs(s - share) for s in shares))
    assert time[split.train].max() < time[split.test].min()


def test_the_draw_follows_the_rows_not_their_places_units_or_names():
    rng = np.random.default_rng(4)
    frame = pd.DataFrame({"a": rng.normal(size=600), "b": rng.integers(0, 9, 600), "c": rng.choice(["x", "y"], 600)})
    y = (rng.random(600) < 0.3).astype(float)
    group = pd.Series(rng.integers(0, 80, 600)).astype("str")
    shuffled = rng.permutation(600)
    other = frame.iloc[shuffled].reset_index(drop=True).assign(a=lambda t: t["a"] * 1000, c=lambda t: t["c"] + "!")
    for kind, groups in (("cv", None), ("group", group), ("stratified", None)):
        of = {"folds": 4, "seed": 3, "test": 0.25}
        one = make(kind, y, group=groups, order=drawing_order(frame), **of)
        again = None if groups is None else groups.iloc[shuffled].reset_index(drop=True)
        two = make(kind, y[shuffled], group=again, order=drawing_order(other), **of)
        for (_, held), (_, then) in zip(one.folds, two.folds, strict=True):
            assert sorted(shuffled[then]) == held.tolist()
    assert len(np.unique(drawing_order(frame))) == 600


def test_groups_that_go_on_may_stand_on_both_sides_of_a_split_by_time():
    rows = 6_000
    time = pd.Series(pd.date_range("2024-01-01", periods=rows, freq="h"))
    group = pd.Series(np.arange(rows) % 50)  # every group lasts from the first day to the last
    y = (np.arange(rows) % 7 == 0).astype(float)
    with pytest.raises(DataError, match="groups last too long"):
        make("time", y, time=time, group=group)
    split = make("time", y, time=time, group=group, across=True)
    assert split.test.tolist() == list(range(4_800, rows))
    assert split.train.tolist() == list(range(4_800))
    for train, valid in split.folds:
        assert not set(group.iloc[train]) & set(group.iloc[valid])
