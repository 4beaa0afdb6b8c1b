"""Figures of the first k alerts: by hand, against a loop over shuffled ties, and by name."""

import numpy as np
import pytest

from casestudies.decisions import Costs
from casestudies.errors import UsageError
from casestudies.metrics import Answers, bootstrap
from casestudies.metrics.money_at import money_at
from casestudies.metrics.precision_at import precision_at
from casestudies.metrics.registry import metric_named

Y = np.array([1, 0, 1, 0, 1, 0])
P = np.array([0.9, 0.8, 0.7, 0.6, 0.5, 0.4])
COSTS = Costs(np.array([10.0, 5.0, 20.0, 5.0, 40.0, 5.0]), np.full(6, 1.0), np.full(6, 1.0), np.zeros(6))


def test_by_hand() -> None:
    assert [precision_at(Y, P, k=k) for k in (1, 2, 3, 4, 6)] == pytest.approx([1, 1 / 2, 2 / 3, 1 / 2, 1 / 2])
    assert [money_at(Y, P, COSTS, k=k) for k in (1, 2, 3, 4, 6)] == [10, 10, 30, 30, 70]
    assert precision_at(Y, P, k=100) == 0.5  # of fewer rows, all count
    assert money_at(Y, P, COSTS, k=100) == 70


def test_money_first_finds_other_alerts_than_probability_first() -> None:
    assert money_at(Y, P * COSTS.fn, COSTS, k=2) == 60
    assert money_at(Y, P, COSTS, k=2) == 10


def test_ties_at_the_edge_count_as_drawn_in_random_order() -> None:
    rng = np.random.default_rng(0)
    p, y = np.round(rng.random(60), 1), (rng.random(60) < 0.4).astype(int)
    costs = Costs(rng.lognormal(2, 1, 60), np.ones(60), np.zeros(60), np.zeros(60))
    shuffled = []
    for _ in range(5000):
        first = np.lexsort((rng.random(60), -p))[:13]
        shuffled.append((y[first].mean(), (y * costs.fn)[first].sum()))
    spread = 4 * np.std(shuffled, axis=0) / np.sqrt(5000)
    assert (spread > 0).all()
    assert precision_at(y, p, k=13) == pytest.approx(np.mean(shuffled, axis=0)[0], abs=spread[0])
    assert money_at(y, p, costs, k=13) == pytest.approx(np.mean(shuffled, axis=0)[1], abs=spread[1])


def test_weight_two_equals_the_row_twice() -> None:
    weight = np.array([1, 3, 0, 2, 2, 1])
    twice = np.repeat(np.arange(6), weight)
    for k in (1, 3, 5, 9):
        assert precision_at(Y, P, weight, k=k) == pytest.approx(precision_at(Y[twice], P[twice], k=k))
        once = money_at(Y, P, COSTS, weight, k=k)
        assert once == pytest.approx(money_at(Y[twice], P[twice], COSTS.take(twice), k=k))


def test_names_with_a_number_are_metrics_too() -> None:
    boot = bootstrap(Y, {"m": Answers(P)}, costs=COSTS, metrics=["precision_at_3", "money_at_2"], rounds=200, seed=1)
    found = boot.intervals["m"]["precision_at_3"]
    assert found.value == pytest.approx(2 / 3)
    assert found.low <= found.value <= found.high
    assert boot.intervals["m"]["money_at_2"].value == 10
    metric = metric_named("precision_at_100")
    assert metric.name == "precision_at_100"
    assert "100 rows" in metric.meaning
    assert metric.function(Y, P) == 0.5


@pytest.mark.parametrize("name", ["precision_at", "precision_at_0", "precision_at_-1", "money_at_x", "auc_5"])
def test_other_names_are_answered_with_the_nearest(name: str) -> None:
    with pytest.raises(UsageError) as error:
        metric_named(name)
    assert "there is no metric" in str(error.value)
    if name.startswith("precision"):
        assert "'precision_at_100'" in str(error.value)


def test_nothing_to_look_at() -> None:
    assert np.isnan(precision_at([], [], k=5))
    assert precision_at([0, 0], [0.1, 0.2], k=1) == 0.0
    assert money_at([0, 0], [0.1, 0.2], COSTS.take([0, 1]), k=1) == 0.0
