"""Texts to numbers: what counts, what does not, and that each number is the nearest float64."""

import math
import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from casestudies.tabular.numbers import decimal_mark, to_numbers


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12.0),
        (" 12 ", 12.0),
        ("\u00a012\t", 12.0),
        ("+3", 3.0),
        ("-0", 0.0),
        ("007", 7.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e5", 1e5),
        ("1E-3", 1e-3),
        ("\u22122.5", -2.5),
        ("9007199254740993", 9007199254740992.0),
        ("0.1", 0.1),
        ("1e-400", 0.0),
        ("4.9e-324", 5e-324),
    ],
)
def test_numbers(text, value):
    values, bad = to_numbers(pd.Series([text], dtype="str"))
    assert (values[0], bad[0]) == (value, False)


NO_NUMBERS = "1,200|1.200,5|1,5|inf|-inf|nan|Infinity|1e400|-1e400|0x10|1_000|12%|12 %|1.2.3|1e|e5|.|+|-|--|5-|$5|1f"


@pytest.mark.parametrize("text", [*NO_NUMBERS.split("|"), "1 200", " ", "", "1\n2", "- 5", "½", "١٢"])
def test_no_numbers(text):
    values, bad = to_numbers(pd.Series([text], dtype="str"))
    assert np.isnan(values[0])
    assert bad[0]


def test_missing_is_neither_number_nor_bad():
    values, bad = to_numbers(pd.Series([None, "1", np.nan], dtype="str"))
    assert np.isnan(values).tolist() == [True, False, True]
    assert not bad.any()


def test_with_a_decimal_comma_the_point_is_no_number():
    values, bad = to_numbers(pd.Series(["1,200", "0,5", "7", ",5", "1e2", "1.5", "1.200,5", "1,2,3"], dtype="str"), ",")
    assert values[:5].tolist() == [1.2, 0.5, 7.0, 0.5, 100.0]
    assert bad.tolist() == [False] * 5 + [True] * 3


def test_columns_with_a_type_of_their_own_pass():
    for column, expected in (
        (pd.Series([1, 2]), [1.0, 2.0]),
        (pd.Series([True, None], dtype="boolean"), [1.0, math.nan]),
        (pd.Series([3, None], dtype="Int64"), [3.0, math.nan]),
        (pd.Series([1.5, math.nan]), [1.5, math.nan]),
    ):
        values, bad = to_numbers(column)
        np.testing.assert_array_equal(values, expected)
        assert not bad.any()
    assert to_numbers(pd.Series([math.inf, 1.0]))[1].tolist() == [True, False]
    assert to_numbers(pd.Series(["1", "x"], dtype="category"))[1].tolist() == [False, True]
    assert to_numbers(pd.Series(["1", None], dtype=object))[0][0] == 1.0


@settings(deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False))
@example(5e-324)
@example(1.7976931348623157e308)
@example(2.2250738585072011e-308)
def test_every_float64_is_read_back_to_the_last_bit(number):
    for text in (repr(number), f"{number:.17e}"):
        values, bad = to_numbers(pd.Series([text, text.replace("-", "\u2212")], dtype="str"))
        assert not bad.any()
        assert values.view(np.int64).tolist() == [np.float64(number).view(np.int64)] * 2


@settings(deadline=None)
@given(st.text(st.sampled_from("0123456789.,eE+-_ x"), max_size=12))
def test_the_judgement_is_that_of_python_but_for_its_own_spellings(text):
    _, bad = to_numbers(pd.Series([text], dtype="str"))
    try:
        expected = "_" not in text and math.isfinite(float(text))
    except ValueError:
        expected = False
    assert bool(bad[0]) is not expected


def test_a_million_texts_take_about_a_second():
    some = np.random.default_rng(0).normal(size=10_000).astype(str)
    column = pd.Series(np.tile(some, 100), dtype="str")
    began = time.process_time()
    values, bad = to_numbers(column)
    assert time.process_time() - began < 2.0
    assert not bad.any()
    assert values[:5].tolist() == [float(text) for text in column[:5]]


def test_one_mark_must_be_spoken_for_ten_times_as_often():
    assert decimal_mark(["0,5"] * 10 + ["0.5"], ";")[0] == ","
    assert decimal_mark(["0,5"] * 9 + ["0.5"], ";")[0] is None
    assert decimal_mark(["0.5"] * 10 + ["0,5"], ";")[0] == "."
    assert decimal_mark(["\u22120,5", " 1,25 "], ";")[0] == ","
    assert decimal_mark([], ";") == (".", "")
