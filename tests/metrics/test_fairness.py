"""Gaps between groups against fairlearn, pandas and what was planted."""

import numpy as np
import pandas as pd
import pytest

from casestudies.decisions import Costs
from casestudies.errors import ConfigError
from casestudies.metrics.fairness import Fairness, fairness


def drawn(rows: int = 900, seed: int = 0, shift: float = 0.15) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """(y, p, act, groups): group "b" (a third) is acted on more often by `shift`."""
    rng = np.random.default_rng(seed)
    groups = np.array(["a", "b", "c"])[rng.choice(3, rows, p=[0.5, 0.3, 0.2])]
    p = np.clip(rng.beta(2, 4, rows) + shift * (groups == "b"), 0, 1)
    y = (rng.random(rows) < p).astype(float)
    return y, p, p > 0.4, groups


def test_rates_and_summaries_are_fairlearns() -> None:
    peer = pytest.importorskip("fairlearn.metrics")
    y, p, act, groups = drawn()
    weight = np.random.default_rng(1).integers(1, 4, len(y)).astype(float)
    told = fairness(y, p, act, groups, weight=weight, rounds=20)
    given = {"sensitive_features": groups, "sample_params": {"sample_weight": weight}}
    rest = peer.MetricFrame(metrics=peer.selection_rate, y_true=1 - y, y_pred=~act, **given)
    odds = peer.MetricFrame(
        metrics={"tpr": peer.true_positive_rate, "fpr": peer.false_positive_rate},
        y_true=y,
        y_pred=act.astype(int),
        **{**given, "sample_params": {name: {"sample_weight": weight} for name in ("tpr", "fpr")}},
    )
    assert told.reference == "a"
    for row in told.groups:
        assert 1 - row.act_rate.value == pytest.approx(rest.by_group[row.group])
        assert row.sensitivity.value == pytest.approx(odds.by_group.loc[row.group, "tpr"])
        assert row.false_alarms.value == pytest.approx(odds.by_group.loc[row.group, "fpr"])
    for gap in told.gaps:
        assert gap.difference["rest_rate"].value == pytest.approx(rest.by_group[gap.group] - rest.by_group["a"])
        assert gap.ratio["rest_rate"].value == pytest.approx(rest.by_group[gap.group] / rest.by_group["a"])
        assert gap.difference["sensitivity"].value == pytest.approx(
            odds.by_group.loc[gap.group, "tpr"] - odds.by_group.loc["a", "tpr"]
        )
    plain = {"sensitive_features": groups, "sample_weight": weight}
    assert told.parity_difference.value == pytest.approx(peer.demographic_parity_difference(1 - y, ~act, **plain))
    assert told.parity_ratio.value == pytest.approx(peer.demographic_parity_ratio(1 - y, ~act, **plain))
    assert told.act_ratio.value == pytest.approx(peer.demographic_parity_ratio(y, act.astype(int), **plain))
    assert told.odds_difference.value == pytest.approx(peer.equalized_odds_difference(y, act.astype(int), **plain))


def test_an_interval_covers_the_true_difference_about_as_often_as_it_says() -> None:
    """Two groups of coins: act with 0.5 and 0.4; 95 % intervals, 200 draws, so 4 standard errors are 6 %."""
    hits = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        groups = np.repeat(["a", "b"], [220, 180])
        act = rng.random(400) < np.where(groups == "a", 0.5, 0.4)
        y = (rng.random(400) < 0.3).astype(float)
        (gap,) = fairness(y, np.full(400, 0.3), act, groups, rounds=200, seed=seed).gaps
        hits += gap.difference["act_rate"].low <= -0.1 <= gap.difference["act_rate"].high
    assert 0.89 <= hits / 200 <= 0.99


def test_money_calibration_and_points_differ_as_their_means_do() -> None:
    y, p, act, groups = drawn()
    n = len(y)
    costs = Costs(np.full(n, 10.0), np.full(n, 2.0), np.zeros(n), np.zeros(n))
    points = 600 - 30 * p
    told = fairness(y, p, act, groups, costs, score=points, rounds=200)
    spent = np.where(act, np.where(y > 0, 0, 2.0), np.where(y > 0, 10.0, 0))
    mean = pd.DataFrame({"cost": spent, "score": points, "calibration": p - y}).groupby(groups).mean()
    for gap in told.gaps:
        for name in ("cost", "score", "calibration"):
            interval = gap.difference[name]
            assert interval.value == pytest.approx(mean.loc[gap.group, name] - mean.loc["a", name])
            assert interval.low < interval.value < interval.high


def test_a_planted_gap_shows_and_its_absence_does_not() -> None:
    def planted(told: Fairness) -> bool:
        return next(gap for gap in told.gaps if gap.group == "b").difference["act_rate"].low > 0

    assert planted(fairness(*drawn(), rounds=200))
    assert not planted(fairness(*drawn(shift=0.0), rounds=200))


def test_weight_two_is_the_row_twice() -> None:
    y, p, act, groups = drawn(300)
    weight = np.random.default_rng(2).integers(1, 3, 300)
    again = np.repeat(np.arange(300), weight)
    one = fairness(y, p, act, groups, weight=weight, rounds=5)
    two = fairness(y[again], p[again], act[again], groups[again], rounds=5)
    assert one.odds_difference.value == pytest.approx(two.odds_difference.value)
    assert one.gaps[0].difference["calibration"].value == pytest.approx(two.gaps[0].difference["calibration"].value)


def test_the_order_of_rows_changes_no_figure() -> None:
    y, p, act, groups = drawn(300)
    other = np.random.default_rng(3).permutation(300)
    one = fairness(y, p, act, groups, rounds=5)
    two = fairness(y[other], p[other], act[other], groups[other], rounds=5)
    assert [gap.group for gap in one.gaps] == [gap.group for gap in two.gaps]
    assert one.parity_ratio.value == pytest.approx(two.parity_ratio.value)


def test_rows_that_repeat_each_other_are_resampled_together() -> None:
    y, p, act, groups = drawn(200)
    ten = np.repeat(np.arange(200), 10)
    rows = (y[ten], p[ten], act[ten], groups[ten])
    alone = fairness(y, p, act, groups, rounds=400).gaps[0].difference["act_rate"]
    whole = fairness(*rows, clusters=ten, rounds=400).gaps[0].difference["act_rate"]
    apart = fairness(*rows, rounds=400).gaps[0].difference["act_rate"]
    assert (whole.high - whole.low) == pytest.approx(alone.high - alone.low, rel=0.25)
    assert (apart.high - apart.low) < 0.5 * (whole.high - whole.low)


def test_a_group_too_small_is_counted_and_compared_with_nobody() -> None:
    y, p, act, groups = drawn()
    labels = pd.Series(groups, dtype=object)
    labels[:20] = None
    told = fairness(y, p, act, labels, rounds=20)
    assert "missing" in [row.group for row in told.groups]
    assert [gap.group for gap in told.gaps] == ["b", "c"]
    labels[:60] = None
    assert [gap.group for gap in fairness(y, p, act, labels, rounds=20).gaps] == ["b", "c", "missing"]


def test_too_few_events_leave_the_share_of_them_unsaid_and_out_of_the_spread() -> None:
    y, p, act, groups = drawn()
    events = np.flatnonzero((groups == "c") & (y > 0))
    y[events[9:]] = 0
    told = fairness(y, p, act, groups, rounds=20)
    gap = next(gap for gap in told.gaps if gap.group == "c")
    assert np.isnan(gap.difference["sensitivity"].value)
    assert np.isfinite(gap.difference["false_alarms"].value)
    assert np.isfinite(told.odds_difference.value)


def test_one_group_has_nobody_beside_it_and_says_so() -> None:
    y, p, act, _ = drawn(100)
    told = fairness(y, p, act, ["x"] * 100, rounds=5)
    assert told.gaps == ()
    assert np.isnan(told.parity_ratio.value)
    assert told.parity_ratio.reason == "not defined, because fewer than two groups have enough rows"
    with pytest.raises(ConfigError, match=r"interval\.rounds: 0 is not a number of rounds"):
        fairness(y, p, act, ["x"] * 100, rounds=0)
