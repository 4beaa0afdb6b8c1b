"""Snapshots from events: labels and features by hand, and the promise that nothing looks ahead."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casestudies.churn.snapshot import built, snapshot_now, snapshot_table, today
from casestudies.churn.valuing import Snapshot, Transactions
from casestudies.errors import ConfigError, DataError
from casestudies.tabular.events import DAY, Events, dated, days
from casestudies.tabular.read import Source

START = days("2024-01-01", "x")
AT = 100  # day of the snapshot, from START
ASKED = Snapshot(date=dated(START + AT), gap=5, horizon=20, active=60, windows=[30])


def events(rows):
    """rows: (customer, hour from START, amount, kind)."""
    who, hour, amount, kind = (np.array(column) for column in zip(*sorted(rows, key=lambda row: row[:2]), strict=True))
    names, customer = np.unique(who, return_inverse=True)
    kinds, code = np.unique(kind, return_inverse=True)
    time = START * DAY + hour.astype(np.int64) * (DAY // 24)
    source = Source("events.csv", "0", 0, "csv", "utf-8", ",", ".", 1, len(who), 4)
    line = np.arange(len(who)) + 2
    return Events(names.astype(object), customer, time, amount.astype(float), code, tuple(kinds.tolist()), line, source)


def snapshot(rows, asked=ASKED):
    return built(
        asked, asked.dates, events([*rows, ("end", 200 * 24, 1, "buy"), ("end", 0, 1, "buy")])
    ).frame.set_index("customer")


def at(day, hour=0):
    return 24 * day + hour


def test_who_is_heard_of_after_the_gap_and_within_the_horizon_stays():
    last = at(AT - 1)
    told = snapshot(
        [
            *[(who, last, 1, "buy") for who in ("gap", "edge", "first", "final", "late", "never")],
            ("gap", at(AT + 3), 1, "buy"),
            ("edge", at(AT + 5), 1, "buy"),  # on the edge of the gap: still in it
            ("first", at(AT + 5, 1), 1, "buy"),
            ("final", at(AT + 25, 23), 1, "buy"),  # the last day counts as a whole
            ("late", at(AT + 26), 1, "buy"),
        ]
    )["left"]
    assert told.to_dict() == {"gap": "yes", "edge": "yes", "first": "no", "final": "no", "late": "yes", "never": "yes"}


def test_only_customers_active_before_the_date_are_in_it():
    told = snapshot(
        [
            ("a", at(AT) - 1, 1, "buy"),
            ("today", at(AT), 1, "buy"),
            ("long ago", at(AT - 61), 1, "buy"),
            ("b", at(AT - 60), 1, "buy"),
        ]
    )
    assert list(told.index) == ["a", "b"]


def test_features_end_before_the_date():
    told = snapshot([("a", at(AT - 10), 7, "buy"), ("a", at(AT), 100, "buy"), ("a", at(AT - 40), 3, "call")]).loc["a"]
    assert told["amount"] == 10
    assert (told["events"], told["events_30d"], told["amount_30d"]) == (2, 1, 7)
    assert (told["recency"], told["tenure"], told["mean_gap"]) == (10, 40, 30)
    assert (told["kind_buy"], told["kind_call"]) == (1, 1)


_event = st.tuples(
    st.sampled_from("abc"), st.integers(24, 199 * 24), st.integers(0, 9), st.sampled_from(["buy", "call"])
)
_table = st.lists(_event, min_size=3, max_size=25)
_anchor = [("a", 24 * (AT - 2), 1, "buy"), ("b", 24 * (AT - 30), 2, "call")]


@given(_table, _table)
def test_no_event_from_the_date_on_changes_a_feature(rows, others):
    before = [row for row in rows if row[1] < at(AT)]
    one = snapshot([*_anchor, *before, *(row for row in rows if row[1] >= at(AT))])
    two = snapshot([*_anchor, *before, *(row for row in others if row[1] >= at(AT))])
    pd.testing.assert_frame_equal(one.drop(columns="left"), two.drop(columns="left"))


@given(_table, _table)
def test_no_event_up_to_the_end_of_the_gap_changes_a_label(rows, others):
    end = at(AT + 5)
    after = [row for row in rows if row[1] > end]
    one = snapshot([*_anchor, *after, *(row for row in rows if row[1] <= end)])["left"]
    two = snapshot([*_anchor, *after, *(row for row in others if row[1] <= end)])["left"]
    both = one.index.intersection(two.index)
    assert len(both)
    pd.testing.assert_series_equal(one[both], two[both])


def test_only_the_kinds_that_count_show_that_a_customer_is_there():
    asked = ASKED.model_copy(update={"kinds": ["buy"]})
    told = snapshot([("a", at(AT - 2), 1, "buy"), ("a", at(AT + 10), 1, "call"), ("b", at(AT - 2), 1, "call")], asked)
    assert told["left"].to_dict() == {"a": "yes"}


def test_several_dates_give_a_row_each_with_its_date():
    asked = ASKED.model_copy(update={"date": [dated(START + AT + 30), dated(START + AT), dated(START + AT)]})
    told = snapshot([("a", at(AT - 2), 1, "buy"), ("a", at(AT + 20), 1, "buy"), ("b", at(AT - 55), 1, "buy")], asked)
    assert told["as_of"].tolist() == [dated(START + AT)] * 2 + [dated(START + AT + 30)]
    assert told.index.tolist() == ["a", "b", "a"]
    assert told["left"].tolist() == ["no", "yes", "yes"]
    assert told["events"].tolist() == [1, 1, 2]


def test_one_date_is_no_column():
    assert "as_of" not in snapshot(_anchor)


def test_a_horizon_beyond_the_data_is_refused_with_the_dates():
    asked = ASKED.model_copy(update={"date": dated(START + 176)})
    with pytest.raises(ConfigError) as refused:
        snapshot(_anchor, asked)
    said = str(refused.value)
    assert all(dated(START + day) in said for day in (176, 201, 200, 175))  # date, reach, last event, latest date
    built(
        asked.model_copy(update={"date": dated(START + 175), "active": 200}),
        [START + 175],
        events([*_anchor, ("end", 200 * 24, 1, "buy")]),
    )


@pytest.mark.parametrize(
    ("update", "error", "said"),
    [
        ({"date": None}, ConfigError, "no date is given"),
        ({"date": "2023-06-01"}, ConfigError, "no event is before 2023-06-01"),
        ({"date": "next week"}, ConfigError, "is not a date"),
        ({"kinds": ["bought"]}, ConfigError, "no event is of the kind 'bought'"),
        ({"active": 1}, DataError, "nobody had an event in the 1 days before"),
    ],
)
def test_what_cannot_be_built_is_said_in_one_line(update, error, said):
    asked = ASKED.model_copy(update=update)
    with pytest.raises(error, match=said) as refused:
        snapshot([("a", at(AT - 30), 1, "buy")], asked)
    assert "\n" not in str(refused.value)


def test_a_row_is_known_by_the_line_of_its_last_event_before_the_date(tmp_path):
    file = tmp_path / "events.csv"
    file.write_text("customer,time\na,2024-01-01\nb,2024-03-01\na,2024-03-05\na,2024-06-01\n")
    settings = SimpleNamespace(
        snapshot=Snapshot(date="2024-03-10", horizon=30), transactions=Transactions(customer="customer", time="time")
    )
    told = snapshot_table(settings, {"transactions": file})
    assert told.frame["customer"].tolist() == ["a", "b"]
    assert told.lines.tolist() == [4, 3]
    assert "2 rows of customers with an event in the 30 days before" in told.source.notes[-1]


def test_today_s_customers_have_the_same_columns_without_a_label(tmp_path):
    file = tmp_path / "events.csv"
    file.write_text("customer,time,kind\na,2024-01-01,buy\nb,2024-03-01,call\na,2024-03-05,buy\nc,2024-06-01,visit\n")
    settings = SimpleNamespace(
        snapshot=Snapshot(date="2024-03-10", horizon=60), transactions=Transactions(time="time", kind="kind")
    )
    then = snapshot_table(settings, {"transactions": file}).frame
    columns = ["kind_buy", "kind_call", "kind_other"]
    now = snapshot_now(settings, {"transactions": file}, columns, today(settings, {"transactions": file}))
    assert set(now.frame) - {"kind_other"} == set(then) - {"left"}
    assert now.frame["customer"].tolist() == ["c"]
    assert now.frame["kind_other"].tolist() == [1]
    again = snapshot_now(settings, {"transactions": file}, columns, "2024-03-10").frame
    pd.testing.assert_frame_equal(again.drop(columns="kind_other"), then.drop(columns="left"))
    fewer = snapshot_now(settings, {"transactions": file}, ["kind_buy", "kind_gone"], "2024-03-10").frame
    assert set(fewer) == set(again) - {"kind_call", "kind_other"} | {"kind_gone"}
    assert (fewer["kind_gone"] == 0).all()


def test_without_a_file_the_advice_says_where_to_name_it():
    settings = SimpleNamespace(snapshot=Snapshot(date="2024-03-10"), transactions=Transactions())
    with pytest.raises(ConfigError, match="data.files"):
        snapshot_table(settings, {})
