from __future__ import annotations

import csv
import io

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casestudies.report import csv_safe, safe_cell


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1",
        "+A1",
        "-A1",
        "@SUM(1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "=",
        "-",
        "+.",
        "-1+2",
        "+1;2",
        "＝1+1",
        "-inf",
        "-E0",
        "+,",
        "-1%%",
        "-١",
        "--1",
        "-1 ",
    ],
)
def test_what_a_spreadsheet_would_run_becomes_text(cell):
    assert safe_cell(cell) == "'" + cell


@pytest.mark.parametrize(
    "cell", ["-1", "+1.5", "-1,234.50", "-1.5e-10", "-.5", "-12 %".replace(" ", ""), "-1,5", "a=b", "", "1=1"]
)
def test_numbers_and_plain_text_stay(cell):
    assert safe_cell(cell) == cell


@given(st.text(max_size=12))
def test_no_exported_cell_starts_a_formula(text):
    safe = safe_cell(text)
    assert safe.lstrip("'") == text.lstrip("'")
    if safe and safe[0] in "=@\t\r":
        pytest.fail(repr(safe))
    if safe and safe[0] in "+-":
        float(safe.replace(",", "").rstrip("%") or "x")


def test_a_frame_is_guarded_in_cells_names_and_index_and_keeps_its_numbers():
    frame = pd.DataFrame(
        {
            "=name": ["=1+1", "ok", None],
            "amount": [-1.5, 2.0, float("nan")],
            "kind": pd.Categorical(["@x", "y", "@x"]),
            "when": pd.to_datetime(["2026-01-01"] * 3),
        },
        index=["+r", "s", "t"],
    )
    before = frame.copy()
    safe = csv_safe(frame)
    pd.testing.assert_frame_equal(frame, before)
    assert list(safe.columns) == ["'=name", "amount", "kind", "when"]
    assert list(safe.index) == ["'+r", "s", "t"]
    assert safe["'=name"].tolist()[:2] == ["'=1+1", "ok"]
    assert safe["kind"].tolist() == ["'@x", "y", "'@x"]
    pd.testing.assert_series_equal(safe["amount"].reset_index(drop=True), frame["amount"].reset_index(drop=True))


def test_two_columns_of_one_name_and_a_written_file_are_guarded():
    frame = pd.DataFrame([["=a", "=b"]], columns=["x", "x"])
    rows = list(csv.reader(io.StringIO(csv_safe(frame).to_csv(index=False))))
    assert rows == [["x", "x"], ["'=a", "'=b"]]
