"""What sets rows apart: against the formula by hand, and chance alone."""

import numpy as np
import pandas as pd
import pytest

from casestudies.tabular.differences import differences

ROWS = 1000


def table(seed=0):
    random = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "age": random.normal(40, 10, ROWS),
            "noise": random.normal(size=ROWS),
            "plan": pd.Categorical(random.choice(["basic", "full"], ROWS)),
            "income": np.where(random.random(ROWS) < 0.3, np.nan, random.normal(2000, 300, ROWS)),
        }
    )
    return frame, random.choice([0.0, 1.0, 2.0], ROWS)


def test_a_number_is_compared_by_its_weighted_means_over_the_mean_spread():
    frame, weight = table()
    inside = frame["age"].to_numpy() > 45
    found = {one.column: one for one in differences(frame, weight, inside, ~inside)}["age"]
    age = frame["age"].to_numpy()
    means = [np.average(age[rows], weights=weight[rows]) for rows in (inside, ~inside)]
    spreads = [
        np.average((age[rows] - m) ** 2, weights=weight[rows]) for rows, m in zip((inside, ~inside), means, strict=True)
    ]
    assert (found.inside, found.outside) == pytest.approx(tuple(means))
    assert found.difference == pytest.approx((means[0] - means[1]) / np.sqrt(np.mean(spreads)))
    effective = [weight[rows].sum() ** 2 / (weight[rows] ** 2).sum() for rows in (inside, ~inside)]
    assert found.error == pytest.approx(np.sqrt(sum(1 / n for n in effective)))
    assert found.clear


def test_levels_and_gaps_are_compared_by_their_shares_the_largest_column_first():
    frame, weight = table()
    inside = frame["income"].isna().to_numpy() & (frame["plan"] == "full").to_numpy()
    first, second = differences(frame, weight, inside, ~inside)[:2]
    assert {(first.column, first.what), (second.column, second.what)} == {
        ("income", "is missing"),
        ("plan", "full"),
    } or {
        (first.column, first.what),
        (second.column, second.what),
    } == {("income", "is missing"), ("plan", "basic")}
    assert first.column == "income"


def test_chance_is_seldom_clear():
    frame, weight = table()
    clear = sum(
        one.clear
        for seed in range(30)
        for inside in [np.random.default_rng(seed).random(ROWS) < 0.4]
        for one in differences(frame, weight, inside, ~inside)
    )
    assert clear <= 3  # of 120


def test_of_few_rows_nothing_is_said():
    frame, weight = table()
    inside = np.arange(ROWS) < 20
    assert differences(frame, weight, inside, ~inside) == []
