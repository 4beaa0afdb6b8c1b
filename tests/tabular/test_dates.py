"""One format a column, UTC, and a refusal of what is ambiguous."""

from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casestudies.errors import ConfigError
from casestudies.tabular import Column, Contract, Roles
from casestudies.tabular.checked import check
from casestudies.tabular.dates import found_format, read
from casestudies.tabular.problems import Places


def parsed(cells, **options):
    cells = pd.Series(cells, dtype=options.pop("dtype", "str"))
    return read(cells, "opened", Places(np.arange(len(cells)) + 1, np.arange(len(cells)) + 2), **options)


def errors(found):
    return [str(p) for p in found.problems if p.severity == "error"]


def said(found, code):
    return [str(p) for p in found.problems if p.code == code]


@pytest.mark.parametrize(
    ("cells", "format", "first"),
    [
        (["2024-03-31", "2024-04-01"], "ISO8601", "2024-03-31"),
        (["2024-03-31T10:05", "2024-03-31 10:05:01.5"], "ISO8601", "2024-03-31 10:05"),
        (["31.12.2024", "01.02.2025"], "%d.%m.%Y", "2024-12-31"),
        (["31/12/2024", "01/02/2025"], "%d/%m/%Y", "2024-12-31"),
        (["12/31/2024", "01/02/2025"], "%m/%d/%Y", "2024-12-31"),
        (["01-02-2025 10:00", "31-12-2024 23:59"], "%d-%m-%Y %H:%M", "2025-02-01 10:00"),
        (["20241231", "20250102"], "%Y%m%d", "2024-12-31"),
        (["31 Dec 2024", "1 Feb 2025"], "%d %b %Y", "2024-12-31"),
        (["Dec 31, 2024", "Feb 1, 2025"], "%b %d, %Y", "2024-12-31"),
        (["12/31/2024 01:05 PM", "01/02/2025 11:00 AM"], "%m/%d/%Y %I:%M %p", "2024-12-31 13:05"),
    ],
)
def test_known_formats_are_found_and_stated(cells, format, first):
    found = parsed(cells)
    assert errors(found) == []
    assert found.format == format
    assert found.instants[0] == pd.Timestamp(first, tz="UTC")
    assert said(found, "date_format") == [f"`opened` is read as dates by the format {format}"]


def test_evidence_late_in_the_column_decides_for_all_rows():
    found = parsed(["03/04/2024"] * 500 + ["04/25/2024"])
    assert found.format == "%m/%d/%Y"
    assert found.instants[0] == pd.Timestamp("2024-03-04", tz="UTC")


def test_evidence_outside_the_first_look_decides_too():
    cells = [
        f"{day:02d}/{month:02d}/{year}" for year in range(2000, 2004) for month in range(1, 13) for day in range(1, 13)
    ]
    found = parsed([cells[0], "04/25/2024", *cells[1:]])
    assert (found.format, errors(found)) == ("%m/%d/%Y", [])


def test_no_day_above_12_is_refused_with_both_formats_to_choose_from():
    (error,) = errors(parsed(["05/05/2024", "03/04/2024"]))
    assert error == (
        "`opened` does not tell day from month: no day is above 12, first in row 2 (line 3): '03/04/2024'; "
        "write data.dates: {opened: '%d/%m/%Y'} or {opened: '%m/%d/%Y'}"
    )


def test_a_stated_format_ends_the_doubt():
    found = parsed(["03/04/2024", "05/06/2024"], format="%m/%d/%Y")
    assert found.instants[0] == pd.Timestamp("2024-03-04", tz="UTC")
    assert errors(found) == []


def test_equal_day_and_month_leave_no_doubt():
    assert errors(parsed(["05/05/2024", "11/11/2024"])) == []


def test_day_first_and_month_first_in_one_column_are_refused_with_a_row_of_each():
    (error,) = errors(parsed(["31/12/2024", "12/31/2024", "01/02/2024"]))
    assert "mixes %d/%m/%Y (row 1 '31/12/2024') and %m/%d/%Y (row 2 '12/31/2024')" in error


def test_times_with_and_without_a_zone_are_refused():
    (error,) = errors(parsed(["2024-01-01T10:00Z", "2024-01-01T10:00"]))
    assert "mixes times with a zone (row 1 '2024-01-01T10:00Z') and without (row 2 '2024-01-01T10:00')" in error


def test_stated_zones_are_brought_to_utc_exactly():
    found = parsed(["2024-03-31T01:30:00+01:00", "2024-03-31T03:30:00+02:00"])
    assert found.instants.tolist() == [
        pd.Timestamp("2024-03-31 00:30", tz="UTC"),
        pd.Timestamp("2024-03-31 01:30", tz="UTC"),
    ]
    assert said(found, "date_zone") == ["`opened` states its time zone (+01:00, +02:00) and is brought to UTC"]


def test_naive_times_are_utc_and_that_is_said_but_not_of_plain_days():
    assert said(parsed(["2024-03-31 10:00"]), "date_zone") == [
        "`opened` states no time zone: its times are taken as UTC"
    ]
    assert said(parsed(["2024-03-31"]), "date_zone") == []


def test_native_dates_of_a_typed_file_are_kept():
    aware = parsed(pd.to_datetime(["2024-06-01 12:00"]).tz_localize("Europe/Berlin"), dtype=None)
    assert aware.instants[0] == pd.Timestamp("2024-06-01 10:00", tz="UTC")
    naive = parsed(pd.to_datetime(["2024-06-01 12:00", None]), dtype=None)
    assert naive.instants[0] == pd.Timestamp("2024-06-01 12:00", tz="UTC")
    assert len(said(naive, "date_zone")) == 1


def test_whole_numbers_that_shared_a_column_with_a_missing_cell_are_dates():
    assert parsed([20241231.0, np.nan], dtype=float).instants[0] == pd.Timestamp("2024-12-31", tz="UTC")


def test_two_digit_years_and_dates_to_come_are_warned_of():
    assert said(parsed(["31/12/24"]), "date_years")[0].startswith("`opened` has years of two digits")
    late = parsed(["2024-01-01", "2025-06-01"], today="2025-01-31")
    assert said(late, "date_future")[0].startswith("`opened` has 1 dates after 2025-01-31, first in row 2 (line 3)")
    assert said(parsed(["9999-12-31", "2024-01-01"]), "date_future")
    assert said(parsed(["2025-01-31"], today="2025-01-31"), "date_future") == []


def test_few_unreadable_cells_are_marked_and_many_refused():
    few = parsed([f"2024-01-{i % 28 + 1:02d} {i // 28 % 24:02d}:00" for i in range(300)] + ["soon"])
    assert np.flatnonzero(few.bad).tolist() == [300]
    assert errors(few) == []
    (error,) = errors(parsed(["2024-01-01", "soon", "later"]))
    assert "has 2 of 3 distinct cells that ISO8601 does not read, first in row 2 (line 3): 'soon'" in error


def test_words_are_no_dates():
    assert errors(parsed(["soon", "later"]))[0].startswith(
        "`opened` is not a column of dates in a known format, first in row 1"
    )


@pytest.mark.parametrize("cells", [["A11", "A12"], ["12", "13"], ["1.5", "2.5"], ["12:30", "13:40"], ["2024", "2025"]])
def test_codes_and_numbers_are_not_taken_for_dates(cells):
    assert found_format(pd.Series(cells)) is None


@pytest.mark.parametrize("format", ["%d/%m", "nonsense", "%H:%M", "%d/%m/%Q"])
def test_a_stated_format_without_a_whole_date_is_a_config_error(format):
    with pytest.raises(ConfigError, match="data.dates.*is not a date format"):
        parsed(["31/12/2024"], format=format)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.datetimes(datetime(1970, 1, 1), datetime(2090, 1, 1)), min_size=1, max_size=30),
    st.sampled_from(["%Y-%m-%d %H:%M:%S", "%d/%m/%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S", "%d.%m.%Y %H:%M:%S"]),
)
def test_a_column_is_read_as_python_reads_each_cell_or_refused(moments, format):
    found = parsed([moment.strftime(format) for moment in moments])
    if errors(found):
        assert all(moment.day <= 12 for moment in moments)
    else:
        assert found.instants.tolist() == [pd.Timestamp(m.replace(microsecond=0, tzinfo=UTC)) for m in moments]


class TestTimeColumns:
    def time_of(self, table_of, cells, **options):
        table = table_of({"when": cells, "y": ["0", "1"] * (len(cells) // 2)})
        return check(table, Contract(), Roles(target="y", positive=1, time="when"), **options)

    def test_days_without_separators_are_dates(self, table_of):
        assert self.time_of(table_of, ["20240131", "20240201"]).kinds["when"] == "date"

    def test_other_numbers_only_order_the_rows(self, table_of):
        assert self.time_of(table_of, ["17", "86400"]).kinds["when"] == "whole"

    def test_a_format_can_be_stated_for_a_column(self, table_of):
        checked = self.time_of(table_of, ["01/02/2024", "03/04/2024"], dates={"when": "%m/%d/%Y"})
        assert checked.problems.errors == []
        assert checked.frame["when"].iloc[0] == pd.Timestamp("2024-01-02", tz="UTC")

    def test_the_time_may_not_be_missing(self, table_of):
        checked = self.time_of(table_of, ["2024-01-02", None])
        assert [p.code for p in checked.problems.errors] == ["missing"]

    def test_a_format_for_an_unknown_column_is_a_config_error(self, table_of):
        with pytest.raises(ConfigError, match=r"data\.dates: the file has no column 'wen'; did you mean 'when'"):
            self.time_of(table_of, ["2024-01-02", "2024-01-03"], dates={"wen": "%m/%d/%Y"})

    def test_a_contract_date_is_checked_like_the_rest(self, table_of):
        table = table_of({"opened": ["2024-01-01", "never"] * 2, "y": ["0", "1"] * 2})
        checked = check(table, Contract((Column("opened", "date"),)), Roles(target="y", positive=1))
        assert [p.code for p in checked.problems.errors] == ["date_format"]


@pytest.mark.parametrize(
    ("format", "cells"),
    [("seconds", ["0", "86400.5", "-60"]), ("milliseconds", ["0", "86400500", "-60000"])],
)
def test_numbers_of_seconds_are_instants_where_the_format_says_so(format: str, cells: list[str]) -> None:
    column = pd.Series([*cells, "later", "9e15"], dtype="str")
    told = read(column, "Time", Places(np.arange(1, 6), np.arange(2, 7)), format=format)
    wanted = [pd.Timestamp(0, unit="s", tz="UTC") + pd.Timedelta(seconds=s) for s in (0, 86400.5, -60)]
    assert told.instants.tolist()[:3] == wanted
    assert told.bad.tolist() == [False, False, False, True, True]


def test_a_column_of_numbers_is_told_the_word_for_them() -> None:
    told = read(pd.Series(["4", "7.5"], dtype="str"), "Time", Places(np.arange(1, 3), np.arange(2, 4)))
    assert told.problems[0].severity == "error"
    assert "data.dates: {Time: seconds}" in told.problems[0].advice
