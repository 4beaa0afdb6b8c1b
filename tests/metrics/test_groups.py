"""The group table against pandas, SciPy and scikit-learn on each group's own rows."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest
from sklearn import metrics as peer

from casestudies.decisions import Costs
from casestudies.errors import DataError
from casestudies.metrics import Answers, bootstrap, expected_cost, group_table
from casestudies.metrics.groups import in_order


def drawn(rows: int = 600) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, Costs]:
    rng = np.random.default_rng(0)
    p = rng.beta(1, 3, rows)
    y = (rng.random(rows) < p).astype(float)
    fn = rng.lognormal(3, 1, rows)
    costs = Costs(fn, 0.2 * fn + 1, np.zeros(rows), np.zeros(rows))
    return y, p, costs.act(p), np.array(["b", "a", "c"])[rng.integers(0, 3, rows)], costs


def test_every_figure_is_that_of_the_group_alone() -> None:
    y, p, act, groups, costs = drawn()
    table = group_table(y, p, act, groups, costs)
    assert [row.group for row in table] == ["a", "b", "c"]
    for row in table:
        inside = groups == row.group
        yi, ai, pi = y[inside], act[inside], p[inside]
        assert (row.rows, row.events) == (inside.sum(), yi.sum())
        assert row.event_rate.value == pytest.approx(yi.mean())
        assert row.act_rate.value == pytest.approx(ai.mean())
        assert row.sensitivity.value == pytest.approx(peer.recall_score(yi, ai))
        assert row.false_alarms.value == pytest.approx(1 - peer.recall_score(yi, ai, pos_label=0))
        assert row.calibration.value == pytest.approx(pi.mean() - yi.mean())
        assert row.cost is not None
        assert row.cost.value == pytest.approx(expected_cost(yi, ai, costs.take(inside)))
        assert row.note == ""


def test_shares_have_wilson_intervals_of_their_own_rows() -> None:
    y, p, act, groups, _ = drawn()
    row = group_table(y, p, act, groups)[0]
    events = (groups == "a") & (y == 1)
    exact = binomtest(int(act[events].sum()), int(events.sum())).proportion_ci(0.95, method="wilson")
    assert (row.sensitivity.low, row.sensitivity.high) == pytest.approx((exact.low, exact.high))


def test_means_have_the_bootstrap_interval_of_the_group() -> None:
    y, p, act, groups, costs = drawn()
    row = group_table(y, p, act, groups, costs, rounds=200, seed=3)[1]
    inside = groups == "b"
    alone = bootstrap(
        y[inside],
        {"m": Answers(act=act[inside])},
        costs=costs.take(inside),
        metrics=["expected_cost"],
        rounds=200,
        seed=3,
    ).intervals["m"]["expected_cost"]
    assert row.cost is not None
    assert (row.cost.low, row.cost.high) == pytest.approx((alone.low, alone.high))
    assert row.calibration.low < row.calibration.value < row.calibration.high


def test_below_thirty_rows_there_are_counts_and_no_figures() -> None:
    y, p, act, groups, costs = drawn()
    groups = groups.astype(object)
    groups[:29] = "rare"
    rare = {row.group: row for row in group_table(y, p, act, groups, costs)}["rare"]
    assert (rare.rows, rare.events) == (29, y[:29].sum())
    assert rare.note == "too few to say"
    for interval in (rare.event_rate, rare.act_rate, rare.sensitivity, rare.false_alarms, rare.calibration, rare.cost):
        assert interval is not None
        assert np.isnan([interval.value, interval.low, interval.high]).all()
    groups[29] = "rare"
    assert group_table(y, p, act, groups, costs)[-1].note == ""


def test_a_share_of_fewer_than_ten_events_is_not_said_and_the_others_are() -> None:
    _, p, act, *_ = drawn(60)
    y = np.zeros(60)
    y[:9] = 1
    (row,) = group_table(y, p, act, ["x"] * 60)
    assert np.isnan(row.sensitivity.value)
    assert row.sensitivity.reason == "too few to say: fewer than 10 such rows"
    assert row.false_alarms.value == pytest.approx(act[9:].mean())
    y[9] = 1
    (row,) = group_table(y, p, act, ["x"] * 60)
    assert row.sensitivity.value == pytest.approx(act[:10].mean())


def test_the_mean_of_another_score_is_told_where_one_is_given() -> None:
    y, p, act, groups, costs = drawn()
    points = 600 - 40 * p
    row = group_table(y, p, act, groups, costs, score=points)[0]
    assert row.score is not None
    assert row.score.value == pytest.approx(points[groups == "a"].mean())
    assert row.score.low < row.score.value < row.score.high
    assert group_table(y, p, act, groups, costs)[0].score is None


def test_missing_and_numeric_labels_are_groups_too() -> None:
    y, p, act, *_ = drawn(120)
    labels = pd.Series([1, 2, None] * 40)
    assert [row.group for row in group_table(y, p, act, labels)] == ["1.0", "2.0", "missing"]
    assert [row.rows for row in group_table(y, p, act, labels)] == [40, 40, 40]


@pytest.mark.filterwarnings("error")
def test_a_group_without_an_event_has_no_sensitivity_and_says_so() -> None:
    _, p, act, *_ = drawn(40)
    (row,) = group_table(np.zeros(40), p, act, ["x"] * 40)
    assert np.isnan(row.sensitivity.value)
    assert row.sensitivity.reason == "not defined, because the group has no such row"
    assert row.event_rate.value == 0.0
    assert row.event_rate.high > 0.05


def test_weights_count_in_every_figure() -> None:
    y, p, act, groups, costs = drawn()
    weight = np.random.default_rng(5).random(len(y))
    row = group_table(y, p, act, groups, costs, weight)[0]
    inside = groups == "a"
    assert row.act_rate.value == pytest.approx(np.average(act[inside], weights=weight[inside]))
    assert row.calibration.value == pytest.approx(np.average((p - y)[inside], weights=weight[inside]))
    assert row.cost is not None
    assert row.cost.value == pytest.approx(expected_cost(y[inside], act[inside], costs.take(inside), weight[inside]))


def test_labels_of_another_length_are_refused() -> None:
    y, p, act, *_ = drawn(40)
    with pytest.raises(DataError, match="groups: has 3 labels; give 40, one per row"):
        group_table(y, p, act, ["a", "b", "c"])


def test_labels_stand_in_the_order_people_expect():
    """Bands by where they begin, numbers by size and not by letters, then words, and what is missing last."""
    bands = ["50 or more", "39 to below 50", "below 29", "29 to below 39", "missing"]
    assert in_order(bands) == ["below 29", "29 to below 39", "39 to below 50", "50 or more", "missing"]
    assert in_order(["30 to 59", "60 and over", "under 30", "missing"]) == [
        "under 30",
        "30 to 59",
        "60 and over",
        "missing",
    ]
    assert in_order(np.array([10, 9, 2, 10])) == ["2", "9", "10"]
    assert in_order(["m", "f", "x1", "-1.5 to below 2", "1e5 or more"]) == [
        "-1.5 to below 2",
        "1e5 or more",
        "f",
        "m",
        "x1",
    ]
