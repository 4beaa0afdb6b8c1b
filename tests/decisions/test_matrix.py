"""The cost matrix: formulas on columns, words for the report, refusals before any data is read."""

import numpy as np
import pandas as pd
import pytest

from casestudies.decisions import CostMatrix
from casestudies.errors import ConfigError, DataError
from casestudies.formulas import ArrayColumns

FRAME = pd.DataFrame({"credit_line": [1000.0, 200.0, 0.0], "margin": [30.0, 5.0, 1.0], "number": [1.0, 2.0, 3.0]})


def test_formulas_give_one_cost_per_row() -> None:
    costs = CostMatrix(fn="0.75 * credit_line", fp="margin + 2", tp=1, tn="-margin").on(FRAME, 3)
    assert costs.fn.tolist() == [750.0, 150.0, 0.0]
    assert costs.fp.tolist() == [32.0, 7.0, 3.0]
    assert costs.tp.tolist() == [1.0, 1.0, 1.0]
    assert costs.tn.tolist() == [-30.0, -5.0, -1.0]


def test_a_frame_a_mapping_and_a_reader_give_the_same_costs() -> None:
    matrix = CostMatrix(fn="credit_line * number", fp=3)
    mapping = {name: FRAME[name].to_numpy() for name in FRAME}
    for columns in (FRAME, mapping, ArrayColumns(mapping)):
        assert matrix.on(columns, 3).fn.tolist() == [1000.0, 400.0, 0.0]


def test_names_are_the_columns_read_each_once() -> None:
    matrix = CostMatrix(fn="credit_line * rate", fp="margin + col('credit line')", tp="margin")
    assert matrix.names == ["credit_line", "rate", "margin", "credit line"]


def test_words_say_what_each_outcome_costs_and_in_what_unit() -> None:
    words = CostMatrix(fn="0.75 * credit_line", fp=1200, tp="-2 * 5").in_words()
    assert len(words) == 4
    assert words[0].endswith("costs 0.75 * credit_line (cost units).")
    assert words[1].endswith("costs 1,200 cost units.")
    assert words[2].endswith("earns 10 cost units.")
    assert words[3].endswith("costs nothing.")
    assert CostMatrix(fn=5, fp=1, currency="EUR").in_words()[0].endswith("costs 5 EUR.")


@pytest.mark.parametrize("zero", [0, 0.0, "0", "1 - 1"])
def test_four_zeros_are_refused_when_built(zero: float | str) -> None:
    with pytest.raises(ConfigError, match="every cost is 0"):
        CostMatrix(fn=zero, fp=zero)


@pytest.mark.parametrize(
    ("cell", "value", "said"),
    [
        ("fn", "credit_line.mean()", "cost.fn"),
        ("tp", "__import__('os')", "cost.tp"),
        ("fp", float("nan"), "cost.fp: nan is not a cost"),
        ("tn", float("inf"), "cost.tn: inf is not a cost"),
    ],
)
def test_a_cell_that_cannot_be_a_cost_is_refused_by_its_key(cell: str, value: float | str, said: str) -> None:
    with pytest.raises(ConfigError) as error:
        CostMatrix(**{"fn": 1, "fp": 1, cell: value})
    assert said in str(error.value)


def test_an_unknown_column_is_answered_with_the_nearest_name() -> None:
    with pytest.raises(ConfigError, match=r"cost\.fn: there is no column 'credit_lin'; did you mean 'credit_line'"):
        CostMatrix(fn="credit_lin", fp=1).on(FRAME, 3)


def test_a_cost_that_is_not_finite_names_formula_count_and_first_row() -> None:
    with pytest.raises(DataError) as error:
        CostMatrix(fn=1, fp="margin / (credit_line - 200)").on(FRAME, 3)
    assert str(error.value).startswith(
        "cost.fp: 'margin / (credit_line - 200)' is not finite in 1 of 3 rows, first in row 2"
    )


def test_equal_matrices_are_equal_values() -> None:
    assert CostMatrix(fn="a", fp=1) == CostMatrix(fn="a", fp=1)
    assert len({CostMatrix(fn="a", fp=1), CostMatrix(fn="a", fp=1)}) == 1
    assert np.isfinite(CostMatrix(fn="a", fp=1).on({"a": [1, 2]}, 2).fn).all()
