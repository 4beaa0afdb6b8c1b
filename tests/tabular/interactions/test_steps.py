"""The steps between a table and interactions, each against brute force or pandas."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casestudies.errors import DataError
from casestudies.tabular.interactions import Options, read_interactions
from casestudies.tabular.interactions.core import core, filtered
from casestudies.tabular.interactions.ids import ids_of
from casestudies.tabular.read import Limits, NoHeader, ReadOptions, read_table
from casestudies.tabular.read.parse import Block, careful

pairs = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=60)


def peeled(rows, least_user, least_item):
    """The k-core by taking one row away at a time."""
    left = list(range(len(rows)))
    while True:
        users = [rows[at][0] for at in left]
        items = [rows[at][1] for at in left]
        weak = [at for at in left if users.count(rows[at][0]) < least_user or items.count(rows[at][1]) < least_item]
        if not weak:
            return left
        left.remove(weak[0])


@given(pairs, st.integers(0, 4), st.integers(0, 4))
def test_the_core_is_what_is_left_when_rows_are_peeled_off_one_by_one(rows, least_user, least_item):
    user, item = np.array(rows, dtype=np.int32).T
    assert np.flatnonzero(core(user, item, least_user, least_item)).tolist() == peeled(rows, least_user, least_item)


@given(pairs, st.integers(5, 40), st.integers(0, 40))
def test_an_empty_core_names_the_most_that_keeps_nine_rows_of_ten(rows, least_user, least_item):
    user, item = np.array(rows, dtype=np.int32).T
    if core(user, item, least_user, least_item).any():
        return
    with pytest.raises(DataError) as refused:
        filtered(user, item, least_user, least_item, "shop.csv")
    best = max(
        k
        for k in range(1, max(least_user, least_item) + 1)
        if len(peeled(rows, min(k, least_user), min(k, least_item))) >= 0.9 * len(rows)
    )
    assert f"_core: {best}" in refused.value.advice


acts = st.lists(
    st.tuples(st.sampled_from("ab"), st.sampled_from("xyz"), st.integers(1, 5), st.integers(0, 3)),
    min_size=2,
    max_size=30,
).filter(lambda rows: len({row[2] for row in rows}) > 1 and len({row[3] for row in rows}) > 1)


@pytest.mark.parametrize("how", ["last", "first", "mean", "sum"])
@given(rows=acts)
def test_several_rows_of_a_pair_are_joined_as_pandas_joins_them(how, rows):
    name = "weight" if how == "sum" else "rating"
    frame = pd.DataFrame(rows, columns=["user", "item", name, "time"])
    frame["time"] = pd.to_datetime("2024-01-01") + pd.to_timedelta(frame["time"], "D")
    data = read_interactions(frame, options=Options(repeats=how)).data
    in_time = frame.sort_values("time", kind="stable")
    expected = in_time.groupby(["user", "item"])[name].agg(how)
    found = pd.Series(data.value, pd.MultiIndex.from_arrays([data.user_ids[data.user], data.item_ids[data.item]]))
    assert found.sort_index().to_numpy() == pytest.approx(expected.sort_index().to_numpy())
    when = in_time.groupby(["user", "item"])["time"].agg("first" if how == "first" else "last")
    seconds = pd.Series(data.time, found.index).sort_index()
    assert (pd.to_datetime(seconds, unit="s") == when.sort_index().to_numpy()).all()


@given(rows=acts)
def test_acts_at_other_times_stay_and_those_of_one_time_are_added(rows):
    frame = pd.DataFrame(rows, columns=["user", "item", "weight", "time"])
    frame["time"] = pd.to_datetime("2024-01-01") + pd.to_timedelta(frame["time"], "D")
    data = read_interactions(frame).data
    expected = frame.groupby(["user", "item", "time"])["weight"].sum()
    found = pd.DataFrame(
        {
            "user": data.user_ids[data.user],
            "item": data.item_ids[data.item],
            "time": pd.to_datetime(data.time, unit="s"),
            "weight": data.weight,
        }
    ).set_index(["user", "item", "time"])["weight"]
    assert found.sort_index().to_numpy() == pytest.approx(expected.sort_index().to_numpy())


def left_after_returns(lines):
    """What is left of each purchase, one return after the other, the latest purchases first."""
    left = [max(quantity, 0) for _, quantity in lines]
    last = max((at for at, (_, quantity) in enumerate(lines) if quantity < 0), default=-1)
    back = -sum(quantity for _, quantity in lines if quantity < 0)
    for at in range(last - 1, -1, -1):
        taken = min(left[at], back)
        left[at] -= taken
        back -= taken
    return [(time, kept) for (time, _), kept in zip(lines, left, strict=True) if kept > 0]


@given(st.lists(st.integers(-4, 6).filter(bool), min_size=2, max_size=12).filter(lambda q: max(q) > 0))
def test_returns_take_the_latest_purchases_before_them(quantities):
    lines = list(enumerate(quantities))
    frame = pd.DataFrame({"user": "u", "item": "i", "quantity": quantities})
    frame["time"] = pd.to_datetime("2024-01-01") + pd.to_timedelta(range(len(lines)), "D")
    other = pd.DataFrame({"user": ["v"], "item": ["i"], "quantity": [1], "time": [pd.Timestamp("2023-06-01")]})
    data = read_interactions(pd.concat([frame, other]), options=Options(logarithm=False)).data
    mine = data.user_ids[data.user] == "u"
    start = pd.Timestamp("2024-01-01").timestamp()
    found = [
        (int((time - start) // 86_400), weight) for time, weight in zip(data.time[mine], data.weight[mine], strict=True)
    ]
    assert found == left_after_returns(lines)


def test_returns_of_one_customer_leave_those_of_others_alone():
    frame = pd.DataFrame(
        {
            "user": ["a", "b", "b", "a"],
            "item": ["x", "x", "x", "y"],
            "quantity": [2, 3, -1, 1],
            "time": pd.date_range("2024-01-01", periods=4),
        }
    )
    found = read_interactions(frame, options=Options(logarithm=False))
    assert found.data.weight.tolist() == [2, 2, 1]
    assert any("take 1 pieces off 1 earlier purchases" in str(problem) for problem in found.problems)


@pytest.mark.parametrize(
    ("written", "format"),
    [
        (lambda t: str(int(t.timestamp())), None),
        (lambda t: f"{t.timestamp():.1f}", None),
        (lambda t: str(int(t.timestamp() * 1e3)), None),
        (lambda t: str(int(t.timestamp() * 1e6)), None),
        (lambda t: f"{t:%Y-%m-%dT%H:%M:%SZ}", None),
        (lambda t: f"{t:%d.%m.%Y %H:%M:%S}", None),
        (lambda t: f"{t:%m/%d/%Y %H:%M:%S}", "%m/%d/%Y %H:%M:%S"),
        (lambda t: str(int(t.timestamp())), "seconds"),
        (lambda t: str(int(t.timestamp() * 1e3)), "milliseconds"),
    ],
)
def test_times_are_seconds_however_they_are_written(tmp_path, written, format):
    times = pd.date_range("2023-11-02 10:20:30", periods=40, freq="17h", tz="UTC")
    file = tmp_path / "shop.csv"
    file.write_text("user,item,when\n" + "".join(f"u{n % 3},i{n},{written(t)}\n" for n, t in enumerate(times)))
    options = Options(dates={"when": format} if format else {})
    found = read_interactions(file, time="when", options=options)
    assert found.data.time.tolist() == [int(t.timestamp()) for t in times]
    assert any("from 2023-11-02 to 2023-11-30" in str(problem) for problem in found.problems)


def test_dates_without_hours_are_days_and_that_is_said(tmp_path):
    file = tmp_path / "shop.csv"
    file.write_text("user,item,date\n" + "".join(f"u{n % 3},i{n},202401{n + 10}\n" for n in range(15)))
    found = read_interactions(file)
    assert found.data.time[0] == pd.Timestamp("2024-01-10").timestamp()
    assert any("all are whole days" in str(problem) for problem in found.problems)


@given(
    st.lists(st.one_of(st.none(), st.integers(0, 50).map(str), st.sampled_from(["007", "7.0", " a", "a "])), min_size=1)
)
def test_ids_name_the_cells_they_came_from(cells):
    found = ids_of(pd.Series(cells, dtype="str"), own=False)
    for cell, code in zip(cells, found.codes, strict=True):
        if cell is None:
            assert code == -1
        else:
            assert found.names[code] in (cell.strip(), cell.strip().removesuffix(".0"))
    assert found.names.is_unique


def test_broken_rows_are_refused_unless_they_may_be_left_out(tmp_path):
    lines = ["a,b", *(f"{n},{n}" for n in range(300))]
    lines[5] += ",9,9"
    file = tmp_path / "t.csv"
    file.write_text("\n".join(lines))
    with pytest.raises(DataError, match="line 6: the row has 4 cells, the table 2 columns"):
        read_table(file)
    table = read_table(file, ReadOptions(skip_broken=True))
    assert len(table.frame) == 299
    assert table.lines[:6].tolist() == [2, 3, 4, 5, 7, 8]
    assert "left out line 6: 4 cells, 2 expected" in table.source.notes


def test_a_file_of_broken_rows_is_refused_all_the_same():
    text = b"".join(b"1,2\n" if n % 20 else b"1,2,3\n" for n in range(200))
    with pytest.raises(DataError, match="the row has 3 cells"):
        careful(Block(text, ",", '"', 0, 1, 2), Limits(), "t.csv", skip_broken=True)


def test_a_first_row_of_data_has_its_own_error(tmp_path):
    file = tmp_path / "t.csv"
    file.write_text("1,2\n3,4\n5,6\n")
    with pytest.raises(NoHeader):
        read_table(file)
