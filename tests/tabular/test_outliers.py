"""Far cells: what was planted is found, and long tails alone are not."""

import numpy as np
import pandas as pd
import pytest

from casestudies.tabular.outliers import outliers


def columns(rows=5000, seed=0):
    random = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "normal": random.normal(50, 5, rows),
            "around zero": random.normal(size=rows),
            "income": random.lognormal(8, 0.5, rows),
            "heavy": random.lognormal(0, 2, rows),
            "share": random.beta(2, 5, rows),
            "wait": random.exponential(5, rows),
            "balance": np.where(random.random(rows) < 0.6, 0.0, random.lognormal(5, 1, rows)),
            "count": random.poisson(20, rows).astype(float),
        }
    )


KINDS = dict.fromkeys(columns(50), "number")


@pytest.mark.parametrize("seed", range(4))
def test_skewed_heavy_and_half_empty_columns_have_no_far_cells_of_their_own(seed):
    assert sum(told.count for told in outliers(columns(30_000, seed), KINDS)) <= 1  # of 240,000 cells


def test_amounts_in_cents_and_slipped_digits_are_found_with_their_rows():
    frame = columns()
    frame.loc[[7, 70], "income"] *= 100
    frame.loc[700, "balance"] = -5e6
    frame.loc[3, "normal"] = 500.0
    told = {one.column: one for one in outliers(frame, KINDS)}
    assert sorted(told["income"].extremes(9)) == [7, 70]
    assert told["balance"].extremes(1) == [700]
    assert told["normal"].extremes(1) == [3]
    assert told["income"].count == 2
    assert told["balance"].low < 0 < told["balance"].high < 5e6


def test_the_furthest_comes_first_and_many_do_not_hide_each_other():
    frame = columns()
    frame.loc[:39, "income"] = np.linspace(1e6, 9e6, 40)  # 0.8 % of rows: a mean and its deviation would be carried off
    (told,) = outliers(frame[["income"]], KINDS)
    assert told.count == 40
    assert told.extremes(3) == [39, 38, 37]
    assert not told.lump
    frame.loc[:79, "income"] = 9e6
    assert outliers(frame[["income"]], KINDS)[0].lump


def test_a_change_of_unit_or_a_constant_number_of_copies_changes_nothing():
    frame = columns()
    frame.loc[7, "income"] *= 100
    one = outliers(frame, KINDS)
    other = outliers(frame * 1000, KINDS)
    again = outliers(pd.concat([frame, frame]), KINDS)
    assert [told.column for told in one] == [told.column for told in other]
    assert np.array_equal(one[0].far, other[0].far)
    assert other[0].high == pytest.approx(1000 * one[0].high)
    assert again[0].count == 2 * one[0].count


def test_clipping_moves_far_cells_to_the_fence_and_no_other():
    frame = columns()
    frame.loc[7, "income"] *= 100
    frame.loc[8, "income"] = np.nan
    (told,) = outliers(frame[["income"]], KINDS)
    clipped = told.clipped(frame["income"])
    assert clipped[7] == pytest.approx(told.high)
    assert np.isnan(clipped[8])
    assert not told.far[8]
    kept = np.delete(np.arange(5000), [7, 8])
    assert np.array_equal(clipped[kept], frame["income"][kept])


def test_codes_grades_constants_and_words_are_passed_over():
    frame = pd.DataFrame({"grade": [1.0, 2, 3] * 40 + [900], "same": 5.0, "word": "a", "empty": np.nan})
    kinds = {"grade": "whole", "same": "number", "word": "category", "empty": "number"}
    assert outliers(frame, kinds) == ()
