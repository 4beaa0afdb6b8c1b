"""A stranger's table of numbers: complete rows, their numbers in the file, one line where it cannot be used."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from casestudies.errors import DataError
from casestudies.lab.amounts import MOST_ROWS, read_numbers, regressed
from casestudies.lab.sections.regression import coverage_told, regression_told

DATA = Path(os.environ.get("CASESTUDIES_TEST_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))


def written(path, rows=60, spoilt=()):
    """Rents of flats; `spoilt` are data rows from 1 whose rent has a digit too many."""
    rng = np.random.default_rng(1)
    lines = ["town;area;rooms;rent;constant"]
    for row in range(1, rows + 1):
        area = rng.uniform(20, 120)
        rent = (200 + 10 * area + rng.normal(scale=30)) * (10 if row in spoilt else 1)
        lines.append(
            f"T{row % 7};{area:.1f};{int(area // 25) + int(rng.integers(0, 3))};{rent:.2f};1".replace(".", ",")
        )
    path.write_text("\n".join(lines) + "\n")
    return path


def test_rows_that_pull_are_told_by_their_number_in_the_file(tmp_path):
    file = written(tmp_path / "flats.csv", spoilt=(40,))
    lines = file.read_text().splitlines()
    lines[5] = lines[5].replace(lines[5].split(";")[1], "")  # data row 5 has a gap, so later rows move up by one
    file.write_text("\n".join(lines))
    table = read_numbers(file)
    assert table.names == ("area", "rooms", "rent", "constant")
    found, notes = regressed(table, "rent")
    assert found.names == ("area", "rooms")
    assert found.rows == 59
    assert found.pulls[0].row == 40
    assert found.pulls[0].label == pytest.approx(float(lines[40].split(";")[3].replace(",", ".")))
    assert notes == ("1 rows with a gap are left out.", "1 columns that are the same in every row are left out.")
    assert table.notes == ("Left out, since they hold text: 'town'.",)
    assert "Row 40 pulls most" in regression_told(found)


def test_the_sentence_of_the_interval_follows_its_figures(tmp_path):
    found, _ = regressed(read_numbers(written(tmp_path / "flats.csv", rows=200)), "rent")
    said = coverage_told(found)
    assert f"held {found.coverage.inside:.1%}" in said
    luck = abs(found.coverage.inside - 0.8) <= 2 * found.coverage.error
    assert ("as promised" in said) == luck


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\nx,y\nz,w\n", "holds 0 columns of numbers"),
        ("a\n1\n2\n", "columns? of numbers|one column|no table|separator"),
        ("a,b\n1,2\n3,4\n", "2 rows for 1 columns"),
        ("a,b\n,1\n2,\n", "0 rows"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_line(tmp_path, text, said):
    file = tmp_path / "bad.csv"
    file.write_text(text)
    with pytest.raises(DataError, match=said) as raised:
        regressed(read_numbers(file), "b")
    assert "\n" not in str(raised.value)


def test_an_unknown_amount_is_named(tmp_path):
    with pytest.raises(DataError, match="did you mean 'rent'"):
        regressed(read_numbers(written(tmp_path / "flats.csv")), "rents")


@pytest.mark.skipif(not (DATA / "california_housing" / "housing.csv").exists(), reason="the housing table is not here")
def test_the_housing_table_is_read_and_its_known_row_pulls_most():
    table = read_numbers(DATA / "california_housing" / "housing.csv")
    found, notes = regressed(table, "median_house_value")
    assert found.rows == MOST_ROWS
    assert "207 rows with a gap are left out." in notes  # total_bedrooms
    # the block with by far the most people, 35,682, is data row 15,361
    assert table.columns[15_360, table.names.index("population")] == 35_682
    assert found.pulls[0].row == 15_361
