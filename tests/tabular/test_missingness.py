"""Gaps that tell, against statsmodels-free references: SciPy's tests, simulation, and what was planted."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2_contingency, false_discovery_control

from casestudies.tabular.missingness import gaps_that_tell, holm


def planted(rows=4000, seed=0, apart=0.15):
    """`told` is missing more often where the event happened, `chance` is missing at random."""
    random = np.random.default_rng(seed)
    y = (random.random(rows) < 0.2).astype(float)
    frame = pd.DataFrame({name: random.normal(size=rows) for name in ("told", "chance", "whole")})
    frame.loc[random.random(rows) < 0.1 + apart * y, "told"] = np.nan
    frame.loc[random.random(rows) < 0.1, "chance"] = np.nan
    return frame, y


def test_the_planted_gap_tells_and_the_random_one_does_not():
    told, chance = gaps_that_tell(*planted())
    assert (told.column, told.verdict) == ("told", "tells")
    assert told.low > 0
    assert (chance.column, chance.verdict) == ("chance", "no difference seen")
    assert chance.low < 0 < chance.high


def test_rates_and_the_test_are_those_of_the_two_by_two_table():
    frame, y = planted()
    gap = gaps_that_tell(frame[["told"]], y)[0]
    missing = frame["told"].isna()
    table = pd.crosstab(missing, y)
    assert gap.missing == missing.sum()
    assert gap.rate_missing == pytest.approx(y[missing].mean())
    assert gap.difference == pytest.approx(y[missing].mean() - y[~missing].mean())
    assert gap.p == pytest.approx(chi2_contingency(table, correction=False).pvalue, rel=1e-6)


def test_the_interval_is_newcombes_published_one():
    """Newcombe 1998, table II: 56/70 against 48/80, method 10: 0.0524 to 0.3339."""
    y = np.concatenate([np.arange(70) < 56, np.arange(80) < 48]).astype(float)
    cells = np.concatenate([np.full(70, np.nan), np.ones(80)])
    (gap,) = gaps_that_tell(pd.DataFrame({"a": cells}), y)
    assert (gap.low, gap.high) == pytest.approx((0.0524, 0.3339), abs=5e-5)


def test_where_nothing_tells_a_family_names_a_column_in_about_one_table_of_twenty():
    named = 0
    for seed in range(150):
        random = np.random.default_rng(seed)
        frame = pd.DataFrame(np.where(random.random((600, 12)) < 0.2, np.nan, 1.0)).add_prefix("c")
        y = (random.random(600) < 0.3).astype(float)
        named += any(gap.verdict == "tells" for gap in gaps_that_tell(frame, y))
    assert named / 150 <= 0.10  # 0.05 and 2.8 standard errors


def test_holm_is_at_least_bonferronis_first_and_never_below_benjamini_hochberg():
    p = np.array([0.01, 0.04, 0.03, 0.2, 0.005])
    held = holm(list(p))
    assert held == pytest.approx([0.04, 0.09, 0.09, 0.2, 0.025])
    assert np.all(np.array(held) >= false_discovery_control(p) - 1e-12)


def test_columns_missing_together_are_one_fact():
    frame, y = planted()
    frame["twin"] = frame["told"] * 2
    gaps = {gap.column: gap for gap in gaps_that_tell(frame, y)}
    alone = {gap.column: gap for gap in gaps_that_tell(frame.drop(columns="twin"), y)}
    assert gaps["twin"].same_as == "told"
    assert gaps["twin"].verdict == "tells"
    assert gaps["told"].adjusted == alone["told"].adjusted


def test_few_gaps_or_few_events_among_them_say_nothing():
    frame, y = planted(400)
    frame["told"] = 1.0
    frame.loc[:8, "told"] = np.nan
    gap = {gap.column: gap for gap in gaps_that_tell(frame, y)}["told"]
    assert gap.verdict == "too few to say"
    assert np.isnan(gap.p)
    frame["told"] = np.nan
    assert gaps_that_tell(frame[["told"]], y)[0].verdict == "too few to say"


def test_weights_that_count_customers_do_not_make_a_gap_surer():
    frame, y = planted()
    one, ten = gaps_that_tell(frame, y)[0], gaps_that_tell(frame, y, np.full(len(y), 10.0))[0]
    assert one.p == pytest.approx(ten.p)
    assert (one.low, one.high) == pytest.approx((ten.low, ten.high))
    random = np.random.default_rng(1).random(len(y))
    weighted = gaps_that_tell(frame, y, random)[0]
    missing = frame["told"].isna().to_numpy()
    assert weighted.rate_missing == pytest.approx(np.average(y[missing], weights=random[missing]))


def test_a_complete_table_has_nothing_to_say():
    frame, y = planted()
    assert gaps_that_tell(frame[["whole"]], y) == ()
