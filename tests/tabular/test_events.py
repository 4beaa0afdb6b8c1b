"""Events: read and complained about, histories and features against slow ways, and nothing that looks ahead."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casestudies.errors import ConfigError, DataError
from casestudies.tabular.events import DAY, Events, dated, days, read_events
from casestudies.tabular.histories import commonest, histories, known_at
from casestudies.tabular.read import Source, Table

START = days("2024-01-01", "x")
HEAD = ("customer", "time", "amount", "kind")


def table(rows, names=HEAD):
    frame = pd.DataFrame([[str(cell) for cell in row] for row in rows], columns=list(names), dtype="str")
    source = Source("events.csv", "0", 0, "csv", "utf-8", ",", ".", 1, len(frame), frame.shape[1])
    return Table(frame, source, np.arange(len(frame)) + 2)


def events(rows):
    """rows: (customer, day from START, amount, kind)."""
    made = [(who, dated(START + day), amount, kind) for who, day, amount, kind in rows]
    return read_events(table(made), *HEAD)


def quick(rows):
    """The same without reading, for many small tables."""
    who, day, amount, kind = (np.array(column) for column in zip(*sorted(rows, key=lambda row: row[:2]), strict=True))
    names, customer = np.unique(who, return_inverse=True)
    kinds, code = np.unique(kind, return_inverse=True)
    time = (START + day.astype(np.int64)) * DAY
    line, source = np.arange(len(who)) + 2, table([("a", 1, 1, 1)]).source
    return Events(names.astype(object), customer, time, amount.astype(float), code, tuple(kinds.tolist()), line, source)


_rows = st.lists(
    st.tuples(
        st.sampled_from("abcd"), st.integers(0, 60), st.integers(0, 90), st.sampled_from(["buy", "call", "visit"])
    ),
    min_size=1,
    max_size=40,
)


def test_events_are_sorted_by_customer_and_time_and_keep_their_lines():
    told = events([("b", 3, 5, "buy"), ("a", 9, 1, "buy"), ("b", 1, 2, "call")])
    assert told.names.tolist() == ["a", "b"]
    assert told.customer.tolist() == [0, 1, 1]
    assert (told.day - START).tolist() == [9, 1, 3]
    assert told.amount.tolist() == [1, 2, 5]
    assert [told.kinds[k] for k in told.kind] == ["buy", "call", "buy"]
    assert told.line.tolist() == [3, 4, 2]


def test_leading_zeros_of_customers_are_kept():
    made = [("0004", "2024-01-01", 1, "buy"), ("4", "2024-01-02", 1, "buy")]
    assert read_events(table(made), *HEAD).names.tolist() == ["0004", "4"]


def test_repeated_rows_are_counted_and_kept():
    told = events([("a", 3, 5, "buy")] * 3)
    assert len(told) == 3
    assert any("2 of 3 rows repeat another one" in note for note in told.notes)


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        ({"customer": "client"}, ConfigError, "transactions.customer: the file events.csv has no column 'client'"),
        ({"time": "tiem"}, ConfigError, "did you mean 'time'"),
    ],
)
def test_a_column_that_is_not_there_is_named(change, error, said):
    asked = dict(zip(HEAD, HEAD, strict=True)) | change
    with pytest.raises(error) as refused:
        read_events(table([("a", "2024-01-01", 1, "buy")]), **asked)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (("a", "soon", 1, "buy"), "time"),
        (("a", "2024-01-01", "much", "buy"), "not numbers"),
    ],
)
def test_cells_that_cannot_be_read_stop_with_their_row(row, said):
    with pytest.raises(DataError, match=said):
        read_events(table([("a", "2024-01-01", 1, "buy"), row]), *HEAD)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (("b", "03/04/2024", 1, "buy"), "transactions.format: '%d/%m/%Y'"),
        (("b", "2024-01-02", "1,200", "buy"), "transactions.read.decimal"),
        (("b", "", 1, "buy"), "leave such rows out of the file"),
        (("b", "n/a", 1, "buy"), "leave such rows out of the file"),
    ],
)
def test_the_advice_names_the_settings_of_this_file(row, said):
    first = ("a", "03/04/2024" if row[1].startswith("03") else "2024-01-01", 1, "buy")
    with pytest.raises(DataError) as found:
        read_events(table([first, row]), *HEAD)
    assert said in str(found.value)
    assert "data." not in str(found.value)


def test_a_column_cannot_mean_two_things():
    with pytest.raises(ConfigError) as found:
        read_events(table([("a", "2024-01-01", 1, "buy")]), "customer", "customer")
    assert (
        str(found.value)
        == "transactions.time: 'customer' is named by transactions.customer already; name another column"
    )


def test_a_missing_customer_stops():
    made = table([("a", "2024-01-01", 1, "buy"), ("b", "2024-01-02", 1, "buy")])
    made.frame.loc[1, "customer"] = np.nan
    with pytest.raises(DataError, match="missing"):
        read_events(made, *HEAD)


@given(_rows, st.integers(0, 70))
def test_histories_are_those_of_a_slow_count(rows, until):
    told = histories(quick(rows), START + until)
    frame = pd.DataFrame(rows, columns=["who", "day", "amount", "kind"])
    spent = frame[frame.day <= until].groupby(["who", "day"]).amount.sum()
    names = sorted(frame.who.unique())
    assert [names[k] for k in told.customer] == sorted(spent.index.get_level_values(0).unique())
    for place, who in enumerate(names[k] for k in told.customer):
        own = spent[who].sort_index()
        first, last = own.index[0], own.index[-1]
        assert told.frequency[place] == len(own) - 1
        assert (told.recency[place], told.age[place]) == (last - first, until - first)
        assert told.mean[place] == pytest.approx(own.iloc[1:].mean(), nan_ok=True)


@given(_rows, st.integers(1, 70), st.integers(1, 40))
def test_features_are_those_of_a_slow_count(rows, day, active):
    held = quick(rows)
    told = known_at(held, START + day, (7, 30), active, kinds=commonest(held, START + day))
    frame = pd.DataFrame(rows, columns=["who", "day", "amount", "kind"])
    before = frame[frame.day < day]
    there = sorted(before[before.day >= day - active].who.unique())
    assert [held.names[k] for k in told.customer] == there
    for place, who in enumerate(there):
        own = before[before.who == who]
        gaps = np.diff(np.sort(own.day))
        wanted = {
            "recency": day - own.day.max(),
            "tenure": day - own.day.min(),
            "mean_gap": gaps.mean() if len(gaps) else np.nan,
            "events": len(own),
            "amount": own.amount.sum(),
            "events_7d": (own.day >= day - 7).sum(),
            "amount_30d": own.amount[own.day >= day - 30].sum(),
            "kind_other": 0,
            **{f"kind_{kind}": (own.kind == kind).sum() for kind in before.kind.unique()},
        }
        for name, value in wanted.items():
            assert told.columns[name][place] == pytest.approx(value, nan_ok=True), name


def test_kinds_beyond_twenty_are_counted_together():
    held = events(
        [("a", day, 1, f"k{day:02}") for day in range(25)] + [("a", day, 1, f"k{day:02}") for day in range(20)]
    )
    kinds = commonest(held, START + 40)
    assert kinds == tuple(f"k{day:02}" for day in range(20))
    assert known_at(held, START + 40, (30,), None, kinds=kinds).columns["kind_other"].tolist() == [5]


def test_customers_are_active_by_the_events_that_count():
    held = events([("a", 1, 1, "buy"), ("a", 29, 1, "call"), ("b", 25, 1, "buy")])
    told = known_at(held, START + 30, (7,), 10, counted=held.of_kinds(["buy"], "x"))
    assert [held.names[k] for k in told.customer] == ["b"]


def test_what_is_read_is_what_the_quick_way_makes():
    rows = [("b", 3, 5, "buy"), ("a", 9, 1, "buy"), ("b", 1, 2, "call")]
    read, made = events(rows), quick(rows)
    for name in ("names", "customer", "time", "amount", "kind"):
        np.testing.assert_array_equal(getattr(read, name), getattr(made, name))
    assert read.kinds == made.kinds


def test_a_kind_that_never_occurs_is_named():
    with pytest.raises(ConfigError, match="did you mean 'buy'"):
        events([("a", 1, 1, "buy")]).of_kinds(["by"], "snapshot.kinds")


@pytest.mark.parametrize("date", ["2024-02-30", "soon", "2024-01-01 12:00", None])
def test_what_is_no_date_is_refused(date):
    with pytest.raises(ConfigError, match="is not a date"):
        days(date, "snapshot.date")


def test_a_day_and_its_date_are_the_same():
    assert dated(days("1997-09-30", "x")) == "1997-09-30"
    assert days("1970-01-02", "x") == 1
    assert isinstance(events([("a", 1, 1, "buy")]), Events)
    assert events([("a", 1, 1, "buy")]).time[0] == (START + 1) * DAY
