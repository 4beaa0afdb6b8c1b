"""Rows kept and columns made by formula, before anything is typed; and columns as cost formulas read them."""

import numpy as np
import pytest

from casestudies.errors import ConfigError, DataError
from casestudies.formulas import Formula
from casestudies.tabular import Column, Contract, Roles
from casestudies.tabular.checked import check
from casestudies.tabular.derive import CellColumns, keep_where, with_derived


def test_rows_are_kept_with_their_numbers_and_the_count_is_said(table_of):
    table, said = keep_where(table_of({"label": ["1", "N", "0"], "income": ["5", "6", "7"]}), "label != 'N'")
    assert table.frame["income"].tolist() == ["5", "7"]
    assert table.lines.tolist() == [2, 4]
    assert said == "2 of 3 rows are kept by data.where: label != 'N'"


def test_a_missing_cell_reads_as_empty_text_and_compares_with_no_number(table_of):
    table = table_of({"x": ["1", None, " "]})
    assert len(keep_where(table, "x != ''")[0].frame) == 1
    assert len(keep_where(table, "x == ''")[0].frame) == 2
    assert len(keep_where(table, "x < 5")[0].frame) == 1


def test_text_among_numbers_may_stand_in_rows_that_are_left_out(table_of):
    columns = {"label": ["1"] * 300 + ["N"] * 2, "income": ["500"] * 300 + ["N"] * 2}
    table, said = keep_where(table_of(columns), "label != 'N' and income > 100")
    assert len(table.frame) == 300
    assert said.endswith("; in 2 rows left out `income` is not a number")


def test_text_among_numbers_of_kept_rows_is_an_error_with_its_place(table_of):
    columns = {"label": ["1"] * 300, "income": ["500"] * 299 + ["N"]}
    with pytest.raises(DataError, match=r"data\.where, row 300 \(line 301\), column income: holds 'N'"):
        keep_where(table_of(columns), "income > 100 or label == '1'")


def test_much_text_among_numbers_is_not_dropped_silently(table_of):
    with pytest.raises(DataError, match="holds '1,200', which is not a number"):
        keep_where(table_of({"income": ["500"] * 10 + ["1,200"] * 5}), "income > 100")


def test_no_row_left_is_an_error(table_of):
    with pytest.raises(DataError, match="no row is left by 'x > 5'"):
        keep_where(table_of({"x": ["1"]}), "x > 5")


def test_formulas_may_use_contract_names_and_say_the_nearest(table_of):
    table = table_of({"Credit Amount": ["10", "20"]})
    assert len(keep_where(table, "amount > 15", {"amount": "Credit Amount"})[0].frame) == 1
    with pytest.raises(ConfigError, match=r"data\.where: there is no column 'amont'; did you mean 'amount'"):
        keep_where(table, "amont > 15", {"amount": "Credit Amount"})


def test_columns_are_made_in_order_with_the_decimal_sign_of_the_file(table_of):
    table = table_of({"price": ["1,5", "2,0"], "status": ["late", "paid"]}, decimal=",")
    made = with_derived(table, {"double": "2 * price", "four": "2 * double", "event": "status == 'late'"})
    assert made.frame["four"].tolist() == [6.0, 8.0]
    assert made.frame["event"].tolist() == [1.0, 0.0]
    checked = check(made, Contract(), Roles(target="event", positive=1))
    assert checked.y.tolist() == [1.0, 0.0]
    assert list(table.frame) == ["price", "status"]


def test_a_made_column_may_not_hide_one_of_the_file(table_of):
    with pytest.raises(ConfigError, match=r"data\.derive\.price: the file has a column 'price' already"):
        with_derived(table_of({"price": ["1"]}), {"price": "2 * price"})


def test_a_value_that_is_not_finite_is_an_error_of_the_formula(table_of):
    with pytest.raises(DataError, match=r"data\.derive\.x: 'a / b' is not finite in 1 of 2 rows, first in row 2"):
        with_derived(table_of({"a": ["1", "1"], "b": ["1", "0"]}), {"x": "a / b"})


def test_text_in_a_calculation_is_an_error_with_its_place(table_of):
    with pytest.raises(DataError, match=r"data\.derive\.x, row 2 \(line 3\), column a: holds 'b', .*1 such cells"):
        with_derived(table_of({"a": ["1", "b"]}), {"x": "2 * a"})


def test_cost_formulas_read_a_checked_table_by_either_name(table_of):
    table = table_of({"Sum (EUR)": ["100", "250.5"], "grade": ["1", "2"], "y": ["0", "1"]})
    contract = Contract((Column("amount", "money"), Column("grade", "category")))
    checked = check(table, contract, Roles(target="y", positive=1, map={"amount": "Sum (EUR)"}))
    columns = CellColumns.of_checked(checked)
    for formula in ("0.5 * amount * grade", "0.5 * col('Sum (EUR)') * grade"):
        assert Formula(formula, "cost.fn").numbers(columns, 2).tolist() == [50.0, 250.5]
    assert Formula("grade == '2'", "x").condition(columns, 2).tolist() == [False, True]


def test_dates_are_no_numbers(table_of):
    table = table_of({"day": ["2024-01-31"] * 20, "y": ["0", "1"] * 10})
    checked = check(table, Contract((Column("day", "date"),)), Roles(target="y", positive=1))
    with pytest.raises(DataError, match="column day: holds dates"):
        CellColumns.of_checked(checked).number("day")


def test_names_like_python_arguments_can_be_made(table_of):
    made = with_derived(table_of({"a": ["1"]}), {"self": "a + 1"})
    assert np.asarray(made.frame["self"]).tolist() == [2.0]
