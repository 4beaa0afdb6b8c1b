"""The kind of a column no contract names, from its cells."""

import numpy as np
import pandas as pd
import pytest

from casestudies.tabular.cells import clean, coded, in_order, is_mark, plain
from casestudies.tabular.kinds import infer

RANDOM = np.random.default_rng(7)


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        ([f"{x:.2f}" for x in RANDOM.random(200)], "number"),
        ([str(i * 37) for i in range(200)], "whole"),
        (["0", "1"] * 100, "flag"),
        (["0.0", "1.0"] * 100, "flag"),
        (["Yes", "No"] * 100, "flag"),
        (["Y", "n"] * 100, "flag"),
        (["1", "2"] * 100, "category"),
        ([str(i % 12) for i in range(200)], "category"),
        ([str(i % 13) for i in range(200)], "whole"),
        ([str(i % 12) for i in range(36)], "whole"),  # twelve ages in a short file are ages
        (["1.5", "2.5"] * 100, "number"),
        (["A11", "A12", "A13", "A14"] * 50, "category"),
        (["yes", "no", "unknown"] * 70, "category"),
        ([f"{i % 40:05d}" for i in range(200)], "category"),
        ([f"{i:05d}" for i in range(200)], "identifier"),
        ([f"C-{i}" for i in range(200)], "identifier"),
        ([f"the customer said that {i} was late" for i in range(200)], "text"),
        (["2024-01-31", "2024-02-01"] * 100, "date"),
        (["?"] * 50 + [str(i * 3) for i in range(150)], "whole"),
        ([str(i * 3) for i in range(199)] + ["many"], "whole"),
        ([str(i * 3) for i in range(190)] + ["many"] * 10, "category"),
        ([None] * 50, "category"),
    ],
)
def test_kinds_by_their_cells(cells, kind):
    assert infer(clean(pd.Series(cells, dtype="str"))[0], ".").kind == kind


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (pd.Series([True, False]), "flag"),
        (pd.Series(pd.to_datetime(["2024-01-01"])), "date"),
        (pd.Series([0.5, np.nan]), "number"),
        (pd.Series(np.arange(100)), "whole"),
        (pd.Series([1, 2, None] * 40, dtype="Int64"), "category"),
        (pd.Series(["a", "b"] * 40, dtype="category"), "category"),
    ],
)
def test_typed_columns_show_their_kind(cells, kind):
    assert infer(clean(cells)[0], ".").kind == kind


def test_mostly_numbers_are_said_to_be_read_as_categories():
    found = infer(pd.Series([str(i * 3) for i in range(190)] + ["many"] * 10), ".")
    assert found.numbers == pytest.approx(0.95)


def test_the_order_of_rows_does_not_matter():
    cells = pd.Series([str(i % 12) for i in range(500)] + ["12.5"])
    kinds = {infer(cells.sample(frac=1, random_state=seed, ignore_index=True), ".").kind for seed in range(5)}
    assert kinds == {"number"}


def test_outer_spaces_go_and_blanks_are_missing():
    cells, blank = clean(pd.Series([" a ", "  ", "", None, "b"]))
    assert cells.fillna("-").tolist() == ["a", "-", "-", "-", "b"]
    assert blank.tolist() == [False, True, True, False, False]


def test_signs_for_missing_in_any_case():
    assert is_mark(pd.Series(["?", "n/a", "NaN", "Null", "Nadia", None, "5"])).tolist() == [True] * 4 + [False] * 3


@pytest.mark.parametrize(
    ("value", "text"), [(1.0, "1"), ("1.00", "1"), ("-0.0", "-0"), ("007", "007"), (1.5, "1.5"), (True, "True")]
)
def test_one_spelling_for_a_number(value, text):
    assert plain(value) == text


def test_levels_go_by_size_when_all_are_numbers_else_by_text():
    assert in_order(["10", "9", "-1"]) == ["-1", "9", "10"]
    assert in_order(["10", "9", "b"]) == ["10", "9", "b"]
    codes, levels = coded(pd.Series(["10", "9.0", None, "9"]))
    assert (codes.tolist(), levels) == ([1, 0, -1, 0], ["9", "10"])
