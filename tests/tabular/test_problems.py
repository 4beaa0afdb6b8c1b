"""Problems: places and counts, the first few for people, and the one line that stops a run."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casestudies.errors import DataError
from casestudies.tabular import Code, Problem, Problems
from casestudies.tabular.problems import Places

PLACES = Places(np.arange(1, 1001), np.arange(2, 1002))


def bad_amounts(rows: int) -> Problems:
    bad = np.zeros(1000, dtype=bool)
    bad[2 : 2 + rows] = True
    cells = pd.Series([f"1,{row}" for row in range(1000)])
    problems = Problems()
    like = Problem(Code.NOT_A_NUMBER, "error", f"has {rows} cells that are not numbers", "clean them", "amount")
    problems.add_rows(like, bad, PLACES, cells)
    return problems


def test_each_bad_row_is_kept_with_its_place_and_the_count_of_all():
    frame = bad_amounts(3).to_frame()
    assert frame["row"].tolist() == [3, 4, 5]
    assert frame["line"].tolist() == [4, 5, 6]
    assert frame["value"].tolist() == ["1,2", "1,3", "1,4"]
    assert frame["count"].tolist() == [3, 3, 3]
    assert frame["code"].unique().tolist() == ["not_a_number"]


def test_a_thousand_bad_rows_are_counted_and_a_hundred_kept():
    problems = bad_amounts(900)
    assert len(problems) == 100
    assert {problem.count for problem in problems} == {900}


def test_people_see_the_first_rows_of_each_fact():
    problems = bad_amounts(50)
    problems.add(Problem(Code.CONSTANT, "warning", "has one value", column="currency"))
    assert len(problems.first(5)) == 6
    assert [str(p) for p in problems.of("warning")] == ["`currency` has one value"]


def test_the_error_is_one_line_with_file_place_count_advice_and_the_number_of_others():
    problems = bad_amounts(14)
    problems.add(Problem(Code.LABEL_POSITIVE, "error", "has values 'a' (1), 'b' (2)", "write x", "y"))
    with pytest.raises(DataError) as raised:
        problems.raise_if_errors("/home/somebody/loans.csv")
    assert str(raised.value) == (
        "loans.csv: `amount` has 14 cells that are not numbers, first in row 3 (line 4): '1,2'; clean them; "
        "1 more error: casestudies check lists all"
    )


def test_warnings_stop_nothing():
    problems = Problems()
    problems.add(Problem(Code.CONSTANT, "warning", "has one value", column="currency"))
    problems.raise_if_errors("loans.csv")


def test_an_empty_list_is_an_empty_frame_with_all_columns():
    frame = Problems().to_frame()
    assert len(frame) == 0
    assert {"code", "severity", "row", "line", "column", "rule", "value", "advice", "count"} == set(frame.columns)


@given(name=st.text(), value=st.text(), advice=st.text())
def test_whatever_names_and_cells_hold_a_problem_is_one_printable_line(name, value, advice):
    line = str(Problem(Code.NOT_ALLOWED, "error", "is odd", advice, name, 1, 2, value))
    assert line.isprintable()


def test_every_code_has_a_sentence_of_its_own():
    sentences = [code.sentence for code in Code]
    assert all(sentence.endswith(".") for sentence in sentences)
    assert len(set(sentences)) == len(sentences)
