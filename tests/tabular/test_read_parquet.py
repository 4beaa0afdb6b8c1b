"""Parquet files: types stay, limits hold before anything is laid out."""

import datetime as dt
import decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from casestudies.errors import DataError
from casestudies.tabular.read import Limits, ReadOptions, read_table


@pytest.fixture
def reading(tmp_path):
    def read_arrow(table, limits=Limits(), *, store=None, **options):  # noqa: B008
        file = tmp_path / "loans.parquet"
        pq.write_table(table if isinstance(table, pa.Table) else pa.table(table), file, **(store or {}))
        return read_table(file, ReadOptions(**options), limits)

    return read_arrow


def test_types_are_kept(reading):
    table = reading(
        {
            "whole": pa.array([1, 2, 3], pa.int32()),
            "gaps": pa.array([2**60 + 1, None, 3]),
            "real": [0.5, None, float("inf")],
            "flag": [True, False, True],
            "maybe": pa.array([True, None, False]),
            "text": ["007", "", "NA"],
            "level": pa.array(["u", None, "v"]).dictionary_encode(),
            "moment": pa.array([dt.datetime(2024, 1, 2, 3)] * 3),
            "day": pa.array([dt.date(2024, 1, 2)] * 3),
            "price": pa.array([decimal.Decimal("1.50")] * 3),
        }
    )
    frame = table.frame
    assert [str(kind) for kind in frame.dtypes] == [
        *("int32", "Int64", "float64", "bool", "boolean", "str", "category", "datetime64[us]", "datetime64[ms]", "str")
    ]
    assert frame["gaps"][0] == 2**60 + 1
    assert frame["text"].isna().tolist() == [False, True, False]
    assert frame["price"].tolist() == ["1.50"] * 3
    assert frame["day"][0] == pd.Timestamp("2024-01-02")
    source = table.source
    assert (source.format, source.encoding, source.separator, source.header_line) == ("parquet", None, None, None)
    assert table.lines.tolist() == [1, 2, 3]


def test_pandas_round_trip(reading):
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", None], "c": [1.5, np.nan]}, index=[5, 6])
    got = reading(pa.Table.from_pandas(frame)).frame
    pd.testing.assert_frame_equal(got[["a", "b", "c"]], frame.reset_index(drop=True))


def test_missing_texts_and_names(reading):
    columns = {"a": ["?", " ? ", "x"], "b": pa.array(["?", "y", "y"]).dictionary_encode(), "c": [1, 2, 3]}
    frame = reading(columns, missing=("?",), names=("p", "q", "r")).frame
    assert list(frame.columns) == ["p", "q", "r"]
    assert frame["p"].isna().tolist() == [True, True, False]
    assert frame["q"].isna().tolist() == [True, False, False]
    assert list(frame["q"].cat.categories) == ["y"]


def test_duplicate_names_are_renamed(reading):
    table = reading(pa.table([pa.array([1]), pa.array(["x"])], names=["a", "a"]))
    assert list(table.frame.columns) == ["a", "a (2)"]


@pytest.mark.parametrize(
    ("column", "kind"),
    [([[1, 2]], "list"), ([{"x": 1}], "struct"), ([b"\0"], "binary"), ([dt.timedelta(1)], "duration")],
)
def test_columns_that_are_no_columns_are_refused_by_name(reading, column, kind):
    with pytest.raises(DataError, match=rf"'loans.parquet': column 'odd' holds '{kind}.*flatten"):
        reading({"fine": [1], "odd": column})


def test_limits_are_checked_on_the_metadata(reading):
    table = {"a": list(range(100)), "b": ["x"] * 100}
    for limits, what in (
        (Limits(rows=99), "100 rows; the limit is 99"),
        (Limits(columns=1), "2 columns; the limit is 1"),
        (Limits(cells=150), "200 cells; the limit is 150"),
    ):
        with pytest.raises(DataError, match=what):
            reading(table, limits)
    store = {"compression": "zstd", "use_dictionary": False}
    with pytest.raises(DataError, match="the table unpacks to 2,0"):
        reading({"a": ["x" * 200] * 10_000}, Limits(bytes=10_000), store=store)


def test_one_long_text_in_every_row_is_counted_row_by_row(reading):
    """47 kB on the disk, 5 GB in memory."""
    column = pa.DictionaryArray.from_arrays(pa.array(np.zeros(5_000, np.int32)), pa.array(["x" * 1_000_000]))
    with pytest.raises(DataError, match=r"take more than 209,715,200 bytes, the limit"):
        reading({"a": column}, store={"store_schema": False})
    assert pa.default_memory_pool().max_memory() < 2e9  # the most it ever held, in this whole process


def test_no_rows(reading):
    with pytest.raises(DataError, match="the file has no rows"):
        reading({"a": pa.array([], pa.int64())})
