"""Files of prices and returns as they come, and what is said of each."""

import gzip

import numpy as np
import pandas as pd
import pytest

from casestudies.errors import DataError
from casestudies.portfolio import read_market

DAYS = pd.bdate_range("2020-01-01", periods=60)


def prices(columns=3, seed=0):
    rng = np.random.default_rng(seed)
    return 100 * np.cumprod(1 + rng.normal(0, 0.01, (60, columns)), axis=0)


def written(folder, values, name="market.csv", dates=DAYS, names=None):
    names = names or [f"a{i}" for i in range(np.shape(values)[1])]
    frame = pd.DataFrame(values, columns=names)
    frame.insert(0, "Date", pd.Series(dates).astype(str).to_numpy())
    frame.to_csv(folder / name, index=False)
    return folder / name


def test_prices_become_returns(tmp_path):
    values = prices()
    market = read_market(written(tmp_path, values))
    assert market.returns == pytest.approx(values[1:] / values[:-1] - 1, abs=1e-12)
    assert market.per_year == 252
    assert market.names == ("a0", "a1", "a2")
    assert any("read as prices" in note for note in market.notes)


def test_returns_in_per_cent_and_as_fractions_are_told_apart(tmp_path):
    rng = np.random.default_rng(1)
    percent = rng.normal(0.5, 4, (60, 3))
    months = pd.date_range("2015-01-31", periods=60, freq="ME")
    told = read_market(written(tmp_path, percent, dates=months))
    same = read_market(written(tmp_path, percent / 100, "fractions.csv", dates=months))
    assert told.returns == pytest.approx(same.returns, abs=1e-12)
    assert told.per_year == 12
    assert any("in per cent" in note for note in told.notes)
    assert any("as fractions" in note for note in same.notes)
    stated = read_market(written(tmp_path, percent / 100, "stated.csv", dates=months), "percent")
    assert stated.returns == pytest.approx(told.returns / 100, abs=1e-12)


FRENCH = """This file was created by HAND using the 202108 data base.

Missing data are indicated by -99.99 or -999.


  Average Value Weighted Returns -- Monthly
,Agric,Food ,Soda
{rows}

  Average Equal Weighted Returns -- Monthly
,Agric,Food ,Soda
{rows}
"""


def test_a_fama_french_file_is_read_up_to_its_second_table(tmp_path):
    rng = np.random.default_rng(0)
    months = pd.period_range("1926-07", periods=80, freq="M")
    values = rng.normal(1, 5, (80, 3)).round(2)
    values[:10, 2] = -99.99
    rows = "\n".join(f"{m:%Y%m}," + ",".join(f"{v:7.2f}" for v in row) for m, row in zip(months, values, strict=True))
    path = tmp_path / "industries.CSV"
    path.write_text(FRENCH.format(rows=rows))
    market = read_market(path)
    assert market.returns == pytest.approx(values[10:] / 100, abs=1e-12)
    assert market.names == ("Agric", "Food", "Soda")
    assert str(market.dates[0].date()) == "1927-05-31"
    said = " ".join(market.notes)
    assert "several tables; the first was taken" in said
    assert "left out 10 of 80 dates" in said
    packed = tmp_path / "industries.csv.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert np.array_equal(read_market(packed).returns, market.returns)


def test_a_parquet_file_is_read_like_a_csv(tmp_path):
    values = prices()
    frame = pd.DataFrame(values, columns=["x", "y", "z"])
    frame.insert(0, "Date", DAYS)
    frame.to_parquet(tmp_path / "market.parquet")
    assert read_market(tmp_path / "market.parquet").returns == pytest.approx(values[1:] / values[:-1] - 1)


def test_dates_out_of_order_are_sorted_and_said(tmp_path):
    values = prices()
    straight = read_market(written(tmp_path, values))
    order = np.random.default_rng(0).permutation(60)
    mixed = read_market(written(tmp_path, values[order], "mixed.csv", dates=DAYS[order]))
    assert np.array_equal(mixed.returns, straight.returns)
    assert "the dates were not in order; they are now" in mixed.notes


def test_dead_columns_and_gaps_are_left_out_and_said(tmp_path):
    values = prices(6)
    values[:, 1] = np.nan
    values[:, 2] = 7.0
    values[:50, 3] = np.nan
    values[5, 4] = np.nan
    market = read_market(written(tmp_path, values))
    assert market.names == ("a0", "a4", "a5")
    assert market.periods == 58
    said = "; ".join(market.notes)
    for words in ("every value is missing: 'a1'", "most gaps: 'a3'", "never move: 'a2'", "left out 1 of 60 dates"):
        assert words in said


def changed(row, column, value):
    def change(values):
        values = values.astype(object)
        values[row, column] = value
        return values

    return change


@pytest.mark.parametrize(
    ("change", "dates", "words"),
    [
        (changed(4, 1, "n.a."), DAYS, "line 6, column 'a1': 'n.a.' is no number; correct it, or leave the cell empty"),
        (changed(4, 1, 0.0), DAYS, "line 6, column 'a1': 1 prices are not above 0, the first 0"),
        (changed(9, 2, -3.0), DAYS, "line 11, column 'a2': 1 prices are not above 0, the first -3"),
        (lambda v: v, DAYS[[0, *range(59)]], "the date 2020-01-01 stands on lines 2 and 3; keep one row for each date"),
        (lambda v: v, ["yesterday", *DAYS[1:].astype(str)], "column 'Date'"),
        (lambda v: v[:, :1], DAYS, "one asset, 'a0', is left, and there is nothing to choose"),
        (lambda v: v * np.nan, DAYS, "every value is missing"),
        (lambda v: v * 0 + 7, DAYS, "no asset is left"),
        (lambda v: v[:20], DAYS[:20], "19 periods are left; 24 are needed"),
    ],
)
def test_a_file_that_cannot_be_used_is_answered_by_one_line(tmp_path, change, dates, words):
    path = written(tmp_path, change(prices()), dates=dates)
    with pytest.raises(DataError) as caught:
        read_market(path)
    line = str(caught.value)
    assert words in line
    assert "\n" not in line
    assert str(tmp_path) not in line


def test_no_file_and_no_dates_are_said(tmp_path):
    with pytest.raises(DataError, match="nowhere.csv"):
        read_market(tmp_path / "nowhere.csv")
    frame = pd.DataFrame(prices(), columns=["a", "b", "c"])
    frame.to_csv(tmp_path / "bare.csv", index=False)
    with pytest.raises(DataError, match="put the dates into the first column"):
        read_market(tmp_path / "bare.csv")
    frame[["a"]].to_csv(tmp_path / "one.csv", index=False)
    with pytest.raises(DataError):
        read_market(tmp_path / "one.csv")


def test_returns_of_less_than_nothing_are_doubted(tmp_path):
    values = np.random.default_rng(0).normal(0, 0.9, (60, 3))
    with pytest.raises(DataError, match="more than all is lost; state whether these are prices"):
        read_market(written(tmp_path, values), "returns")
