"""The label is read as two values; which is the event is never guessed."""

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from casestudies.tabular import Problems
from casestudies.tabular.labels import as_yaml, outcome
from casestudies.tabular.problems import Places


def read(cells, positive=None, name="creditability"):
    problems = Problems()
    cells = pd.Series(cells)
    places = Places(np.arange(len(cells)) + 1, np.arange(len(cells)) + 2)
    y = outcome(cells, name, positive, places, problems)
    return y, [str(p) for p in problems.errors]


def test_two_values_and_no_event_stated_is_an_error_that_says_what_to_write():
    y, errors = read(["good"] * 700 + ["bad"] * 300)
    assert y is None
    assert errors == ["`creditability` has values 'bad' (300), 'good' (700); write data.positive: bad"]


@pytest.mark.parametrize("positive", [1, 1.0, "1", "1.0", " 1 "])
@pytest.mark.parametrize(
    "cells", [["1", "0", "1"], ["1.0", "0.0", "1.0"], [1, 0, 1], [1.0, 0.0, 1.0], ["1", "0", "1.0"]]
)
def test_numbers_are_one_value_however_they_are_written(cells, positive):
    y, errors = read(cells, positive)
    assert errors == []
    assert y.tolist() == [1, 0, 1]


@pytest.mark.parametrize(
    ("cells", "positive"), [(["yes", "no"], True), (["true", "false"], True), (["True", "no"], "yes")]
)
def test_true_and_yes_are_not_taken_for_one_another(cells, positive):
    assert read(cells, positive)[0] is None


def test_true_in_a_typed_column_is_true():
    assert read([True, False, True], True)[0].tolist() == [1, 0, 1]


def test_the_yaml_trap_of_a_bare_yes_is_named():
    _, (error,) = read(["Yes", "No", "No"], yaml.safe_load("positive: Yes")["positive"], "Churn")
    assert error == (
        "`Churn` has values 'Yes' (1), 'No' (2); data.positive was read as True "
        "(YAML reads a bare yes so): write it in quotes, 'Yes'"
    )


def test_an_event_that_does_not_occur_lists_what_does():
    _, (error,) = read(["good", "bad", "good"], "default")
    assert error == "`creditability` has values 'bad' (1), 'good' (2); 'default' is none of them: correct data.positive"


def test_one_value_is_no_label():
    _, (error,) = read(["good", "good"], "bad")
    assert error.startswith("`creditability` has one value 'good' (2); a label needs rows of both kinds")


def test_missing_labels_are_counted_with_the_first_row_and_a_condition_to_write():
    y, (error,) = read(["good", None, "bad", None], "bad", "is bad")
    assert y is None
    assert error == (
        "`is bad` is the label and is missing in 2 of 4 rows, first in row 2 (line 3); "
        "leave them out: data.where: \"col('is bad') != ''\""
    )


def test_a_column_without_any_value_is_said_once():
    assert len(read([None, None], 1)[1]) == 1


def test_a_few_odd_rows_are_left_out_by_condition():
    _, (error,) = read(["1"] * 200 + ["0"] * 800 + ["N"] * 3, 1, "TARGET=1")
    assert "values 'N' (3), '1' (200), '0' (800)" in error
    assert error.endswith("data.where: \"col('TARGET=1') != 'N'\"")


def test_three_real_values_make_a_new_label():
    _, (error,) = read(["<30"] * 10 + [">30"] * 20 + ["NO"] * 30, "<30", "readmitted")
    assert "data.derive: {event: \"readmitted == '<30'\"}, data.target: event, data.positive: 1" in error


def test_many_values_are_listed_by_count_and_cut():
    _, (error,) = read([str(i) for i in range(50)] + ["7"] * 3)
    assert "values '7' (4), '49' (1)" in error
    assert "and 42 more" in error


@given(st.text(min_size=1, max_size=12).map(str.strip).filter(bool))
def test_what_is_advised_reads_back_from_yaml_as_the_value(value):
    if value.isprintable():
        assert str(yaml.safe_load(f"positive: {as_yaml(value)}")["positive"]) == value


@given(st.lists(st.sampled_from(["bad", "good"]), min_size=2).filter(lambda c: len(set(c)) == 2))
def test_the_two_events_are_each_other_s_complement(cells):
    assert (read(cells, "bad")[0] + read(cells, "good")[0] == 1).all()
