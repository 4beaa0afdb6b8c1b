import ast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casestudies.errors import CaseError, ConfigError, DataError
from casestudies.formulas import ArrayColumns, Formula

COLUMNS = ArrayColumns(
    {"a": np.array([1.0, 4.0, 9.0]), "b": np.array([2.0, 0.5, -1.0]), "any name": np.array([1, 2, 3])}
)
TEXT = ArrayColumns({"label": np.array(["N", "1", "0"], dtype=object), "x": np.array([1.0, np.nan, 3.0])})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.75 * a + 12", [12.75, 15, 18.75]),
        ("-a ** 2 / (b + 3)", [-0.2, -16 / 3.5, -40.5]),
        ("min(a, b, 3) + max(a, 2)", [3, 4.5, 8]),
        ("where(b > 0 and a < 5, sqrt(a), abs(b))", [1, 2, 1]),
        ("log1p(a) + exp(b) - col('any name')", np.log1p([1, 4, 9]) + np.exp([2, 0.5, -1]) - [1, 2, 3]),
        (7, [7, 7, 7]),
        ("1 < a < 5", [0, 1, 0]),
    ],
)
def test_numbers_equal_the_same_arithmetic_in_numpy(text, expected):
    assert np.allclose(Formula(text).numbers(COLUMNS, 3), expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("label != 'N'", [False, True, True]),
        ("label != 'N' and x > 0", [False, False, True]),
        ("label == '1' or x >= 3", [False, True, True]),
        ("not (x > 2)", [True, True, False]),
        ("x != 3", [True, False, False]),
        ("x == x", [True, False, True]),
    ],
)
def test_a_comparison_with_a_missing_number_does_not_hold(text, expected):
    assert Formula(text).condition(TEXT, 3).tolist() == expected


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('x')",
        "a.__class__",
        "a[0]",
        "[a for a in b]",
        "lambda: a",
        "(a := 3)",
        "open('x')",
        "f'{a}'",
        "a if b else 1",
        "a @ b",
        "a // b",
        "a % b",
        "True",
        "None",
        "1j",
        "b'x'",
        "min(a)",
        "where(a, b)",
        "col(a)",
        "col('a', 'b')",
        "sqrt(a, key=b)",
        "min(*a)",
        "'text' + a",
        "a in b",
        "a < 'x'",
        "(a + 1) == 'x'",
        "",
        "a +",
        "a" * 2000,
        "+".join(["a"] * 300),
        "9" * 400,
        "\x00",
    ],
)
def test_everything_else_is_refused_in_one_line(text):
    with pytest.raises(CaseError) as error:
        Formula(text, "cost.fn").numbers(COLUMNS, 3)
    assert str(error.value).startswith("cost.fn")
    assert "\n" not in str(error.value)


def test_an_unknown_column_names_the_nearest():
    with pytest.raises(ConfigError, match="no column 'amout'.*did you mean 'amount'"):
        Formula("amout * 2").numbers(ArrayColumns({"amount": np.ones(2)}), 2)


def test_a_division_by_zero_names_count_and_first_row():
    with pytest.raises(DataError, match="not finite in 1 of 3 rows, first in row 2"):
        Formula("a / (b - 0.5)").numbers(COLUMNS, 3)


def test_text_where_a_number_is_needed_names_the_row():
    columns = ArrayColumns({"amount": np.array(["10", "1,200"], dtype=object)})
    with pytest.raises(DataError, match="cost.fn, row 2, column amount: holds '1,200'"):
        Formula("amount", "cost.fn").numbers(columns, 2)


def test_names_lists_the_columns_in_order():
    assert Formula("b + col('any name') * a + b").names == ["b", "any name", "a"]


_leaf = st.sampled_from(["a", "b", "2.5", "1"])
_expression = st.recursive(
    _leaf,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*"), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        st.tuples(st.sampled_from(["min", "max"]), inner, inner).map(lambda t: f"{t[0]}({t[1]}, {t[2]})"),
    ),
    max_leaves=12,
)


@given(_expression)
def test_random_arithmetic_agrees_with_python_itself(text):
    got = Formula(text).numbers(COLUMNS, 3)
    for row in range(3):
        names = {name: float(COLUMNS.arrays[name][row]) for name in "ab"}
        code = compile(ast.parse(text, mode="eval"), "formula", "eval")
        assert got[row] == pytest.approx(eval(code, {"min": min, "max": max}, names))


@given(st.text(max_size=60))
def test_any_text_gives_numbers_or_one_line(text):
    try:
        Formula(text, "data.where").numbers(COLUMNS, 3)
    except CaseError as error:
        assert "\n" not in str(error)
