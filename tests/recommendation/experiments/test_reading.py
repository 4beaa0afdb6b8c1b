"""A stranger's test file: what is read, what is left out and counted, and what each complaint says."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from casestudies.errors import CaseError, ConfigError, DataError
from casestudies.recommendation.experiments import demo_experiment, read_experiment


def rows(**columns):
    """Eight units in two arms; a column given replaces that column."""
    frame = pd.DataFrame(
        {
            "who": [f"C{number}" for number in range(8)],
            "arm": ["old", "new"] * 4,
            "bought": [0, 1, 0, 1, 1, 0, 0, 1],
            "spent": [0.0, 12.5, 0.0, 3.0, 7.0, 0.0, 0.0, 9.0],
            "before": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0],
        }
    )
    return frame.assign(**columns)


def complaint(frame, arms="arm", outcome="bought", unit="who", **more):
    with pytest.raises(CaseError) as caught:
        read_experiment(frame, unit, arms, outcome, **more)
    text = str(caught.value)
    assert "\n" not in text
    return text


def test_the_level_that_means_as_before_comes_first_and_is_said():
    test = read_experiment(rows(), "who", "arm", "bought")
    assert test.factors[0].levels == ("old", "new")
    assert test.counts.tolist() == [4, 4]
    assert any("'old' of 'arm' is taken as what was there before" in note for note in test.notes)
    named = read_experiment(rows(), "who", "arm", "bought", control={"arm": "new"})
    assert named.factors[0].levels == ("new", "old")
    assert not named.notes


def test_a_file_and_a_frame_say_the_same(tmp_path):
    frame = demo_experiment(3, units=400)
    file = tmp_path / "test.csv"
    frame.to_csv(file, index=False, sep=";")
    asked = {"before": "orders_before", "time": "entered", "look": ["device"]}
    one = read_experiment(frame, "customer", ["list", "reasons"], "bought", **asked)
    other = read_experiment(file, "customer", ["list", "reasons"], "bought", **asked)
    assert (
        one.cells
        == other.cells
        == (
            "list off, reasons hidden",
            "list off, reasons shown",
            "list on, reasons hidden",
            "list on, reasons shown",
        )
    )
    for name in ("cell", "y", "before", "time"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    assert one.look["device"].tolist() == other.look["device"].tolist()


def test_a_unit_in_two_arms_is_left_out_and_counted_or_refused():
    frame = rows(who=["A", "A", *[f"C{number}" for number in range(2, 8)]])
    test = read_experiment(frame, "who", "arm", "bought")
    assert len(test) == 6
    assert test.left_out == {"units in two arms": 1}
    assert complaint(frame, contaminated="refuse") == (
        "the table, column who: 1 of 7 units stand in more than one arm; find out why, or write experiments.contaminated: drop"
    )


def test_units_that_mostly_stand_in_two_arms_are_the_wrong_column():
    assert "so the arms were not drawn by it" in complaint(rows(who=["A", "A", "B", "B", "C", "C", "D", "D"]))


def test_rows_of_a_unit_in_one_arm_are_added_or_joined():
    frame = rows(who=["A", "B", "A", "B", "C", "D", "E", "F"])
    spent = read_experiment(frame, "who", "arm", "spent")
    assert spent.y.tolist() == [0.0, 15.5, 7.0, 0.0, 0.0, 9.0]
    bought = read_experiment(frame, "who", "arm", "bought", before="before")
    assert bought.y.tolist() == [0.0, 1.0, 1.0, 0.0, 0.0, 1.0]
    assert bought.before.tolist() == [1.0, 2.0, 5.0, 6.0, 7.0, 8.0]  # of the first row
    assert any("2 further rows of units in the same arm" in note for note in bought.notes)


def test_units_without_an_outcome_are_refused_left_out_or_zero():
    frame = rows(bought=[0, 1, None, 1, 1, 0, None, 1])
    assert complaint(frame) == (
        "the table, column bought: 2 of 8 units have no outcome; write experiments.missing: zero where an empty cell means none, "
        "or drop to leave them out"
    )
    dropped = read_experiment(frame, "who", "arm", "bought", missing="drop")
    assert len(dropped) == 6
    assert dropped.left_out == {"units without an outcome": 2}
    assert read_experiment(frame, "who", "arm", "bought", missing="zero").y.tolist() == [0, 1, 0, 1, 1, 0, 0, 1]


def test_rows_without_a_unit_or_an_arm_are_counted():
    frame = rows(arm=["old", None, *["old", "new"] * 3], who=["A", "B", None, *"DEFGH"])
    assert read_experiment(frame, "who", "arm", "bought").left_out == {"rows without a unit or an arm": 2}


@pytest.mark.parametrize(
    ("columns", "asked", "said"),
    [
        ({}, {"arms": "arms"}, "has no column 'arms'; did you mean 'arm'?"),
        ({}, {"arms": []}, "experiments.arms: no column says the arm"),
        ({}, {"outcome": "arm"}, "'arm' is named by experiments.arms already"),
        ({"bought": list("yesnoyes")}, {}, "8 of 8 cells that are not numbers, first in row 1: 'y'"),
        ({"bought": ["buy", "none"] * 4}, {}, "holds 'buy' and 'none', and which of them is success is not said"),
        ({"bought": ["buy", "none"] * 4}, {"success": "bye"}, "'bye' is no value of 'bought'; did you mean 'buy'?"),
        ({"bought": [1] * 8}, {}, "is 1 for every unit, so there is nothing to compare"),
        ({"spent": ["1,5"] * 8}, {"outcome": "spent"}, "write data.read.decimal: ','"),
        ({"arm": ["old"] * 8}, {}, "holds only 'old', and a test has two arms or more"),
        ({"arm": ["old"] * 7 + ["new"]}, {}, "arm 'new' has 1 unit; leave its rows out"),
        ({"arm": list(range(8))}, {"control": {"arm": 9}}, "'9' is no value of 'arm'"),
        ({}, {"control": {"amr": "old"}}, "'amr' is none of the columns of arms; did you mean 'arm'?"),
        ({}, {"planned": {"arm": {"old": 0.5}}}, "experiments.planned.arm: 'new' has no share"),
        ({}, {"planned": {"arm": {"old": 0.5, "new": 0.6}}}, "the shares sum to 1.1"),
        ({}, {"planned": {"arm": {"old": 0.5, "neu": 0.5}}}, "'neu' is no arm"),
        ({}, {"before": "arm2"}, "has no column 'arm2'"),
        ({"before": ["x"] * 8}, {"before": "before"}, "that are not numbers, first in row 1: 'x'"),
        ({"before": pd.date_range("2026-01-01", periods=8)}, {"before": "before"}, "holds dates, and numbers are wanted"),
        ({"before": [0, 2, 0, 2, 2, 0, 0, 2]}, {"before": "before"}, "repeats the outcome, so it was not known before"),
        ({"bought": [None] * 8}, {"missing": "drop"}, "no unit has an outcome"),
        ({"at": ["2026-01-01"] * 7 + ["soon"]}, {"time": "at"}, "column at"),
        ({"at": ["2026-01-01"] * 7 + [None]}, {"time": "at"}, "1 of 8 cells that are no times, first in row 8"),
    ],
)  # fmt: skip
def test_each_complaint_says_what_where_and_what_to_do(columns, asked, said):
    assert said in complaint(rows(**columns), **asked)


def test_too_many_values_are_no_arms():
    frame = pd.DataFrame({"who": range(40), "arm": range(40), "bought": [0, 1] * 20})
    assert "has 40 values, too many for arms" in complaint(frame)


def test_words_and_truth_values_are_outcomes():
    for cells in (["no", "yes"] * 4, [False, True] * 4):
        test = read_experiment(rows(bought=cells), "who", "arm", "bought")
        assert test.binary
        assert test.y.tolist() == [0, 1] * 4
    named = read_experiment(rows(bought=["none", "buy"] * 4), "who", "arm", "bought", success="buy")
    assert named.y.tolist() == [0, 1] * 4


def test_an_amount_is_no_rate():
    assert not read_experiment(rows(), "who", "arm", "spent").binary


def test_gaps_in_what_was_known_before_are_filled_by_the_mean_and_said():
    test = read_experiment(
        rows(before=[1.0, np.nan, 3.0, 4.0, 5.0, 6.0, 7.0, 9.0]), "who", "arm", "bought", before="before"
    )
    assert test.before[1] == pytest.approx(5.0)
    assert any("1 units have nothing in" in note for note in test.notes)
    same = read_experiment(rows(before=[2.0] * 8), "who", "arm", "bought", before="before")
    assert same.before is None


def test_combinations_that_were_never_run_make_arms_of_one_factor():
    frame = pd.DataFrame(
        {
            "who": range(60),
            "list": ["off", "on", "on"] * 20,
            "reasons": ["hidden", "hidden", "shown"] * 20,
            "y": [0, 1] * 30,
        }
    )
    test = read_experiment(frame, "who", ["list", "reasons"], "y")
    assert test.cells == ("list off, reasons hidden", "list on, reasons hidden", "list on, reasons shown")
    np.testing.assert_allclose(test.shares, 1 / 3)
    assert any("No unit is in 'list off, reasons shown'" in note for note in test.notes)


def test_planned_shares_of_several_factors_multiply():
    frame = demo_experiment(0, units=400)
    planned = {"list": {"on": 0.9, "off": 0.1}}
    test = read_experiment(frame, "customer", ["list", "reasons"], "bought", planned=planned)
    np.testing.assert_allclose(test.shares, [0.05, 0.05, 0.45, 0.45])


def test_errors_are_of_the_kind_that_the_exit_code_tells():
    with pytest.raises(ConfigError):
        read_experiment(rows(), "nobody", "arm", "bought")
    with pytest.raises(DataError):
        read_experiment(rows(bought=[0] * 8), "who", "arm", "bought")
