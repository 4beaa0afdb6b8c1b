"""Paired comparisons against a loop over resamples, and the sentences they end in."""

import numpy as np
import pytest

from casestudies import metrics
from casestudies.decisions import Costs
from casestudies.errors import UsageError
from casestudies.metrics import Answers, Bootstrap, bootstrap, paired


def two_models(rows: int = 600, noise: float = 1.0) -> tuple[np.ndarray, Bootstrap, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    z = rng.normal(-1, 1.5, rows)
    y = (rng.random(rows) < 1 / (1 + np.exp(-z))).astype(float)
    good, bad = 1 / (1 + np.exp(-z)), 1 / (1 + np.exp(-z - rng.normal(0, noise, rows)))
    return y, bootstrap(y, {"card": Answers(good), "trees": Answers(bad)}, rounds=300, seed=9), good, bad


def test_difference_interval_and_p_value_are_those_of_a_plain_loop() -> None:
    y, result, good, bad = two_models()
    generator = np.random.default_rng(9)
    differences = []
    for _ in range(300):
        rows = generator.integers(0, len(y), len(y))
        differences.append(metrics.auc(y[rows], good[rows]) - metrics.auc(y[rows], bad[rows]))
    found = paired(result, "auc", "card", "trees")
    assert found.difference == pytest.approx(metrics.auc(y, good) - metrics.auc(y, bad))
    assert [found.low, found.high] == pytest.approx(np.quantile(differences, [0.025, 0.975]))
    tail = min(np.sum(np.array(differences) <= 0), np.sum(np.array(differences) >= 0))
    assert found.p_value == pytest.approx(min(1.0, 2 * (tail + 1) / 301))


def test_pairing_makes_the_interval_narrower_than_two_separate_ones() -> None:
    _, result, *_ = two_models(noise=0.3)
    found = paired(result, "auc", "card", "trees")
    one, other = (result.intervals[name]["auc"] for name in ("card", "trees"))
    separate = np.hypot(one.high - one.low, other.high - other.low)
    assert found.high - found.low < 0.6 * separate


@pytest.mark.parametrize("metric", ["auc", "log_loss"])
def test_the_verdict_names_the_better_model_whichever_way_the_metric_points(metric: str) -> None:
    _, result, *_ = two_models()
    for model, rival in (("card", "trees"), ("trees", "card")):
        found = paired(result, metric, model, rival)
        assert found.verdict.startswith(f"card is better than trees by {abs(found.difference):.4g}")
        assert f"in {metric} (95% interval of the difference {found.low:.4g} to {found.high:.4g}" in found.verdict
        assert found.p_value < 0.05


def test_equal_models_cannot_be_told_apart() -> None:
    y, _, good, _ = two_models()
    result = bootstrap(y, {"a": Answers(good), "b": Answers(good)}, rounds=100)
    found = paired(result, "auc", "a", "b")
    assert (found.difference, found.low, found.high, found.p_value) == (0.0, 0.0, 0.0, 1.0)
    assert found.verdict.startswith("a and b cannot be told apart in auc")


def test_under_no_difference_the_p_value_is_small_as_often_as_it_says() -> None:
    rng = np.random.default_rng(4)
    small = 0
    for trial in range(1500):
        y = (rng.random(250) < 0.4).astype(float)
        a, b = (np.where(rng.random(250) < 0.8, y, 1 - y) for _ in range(2))
        result = bootstrap(y, {"a": Answers(act=a), "b": Answers(act=b)}, rounds=199, seed=trial, metrics=["accuracy"])
        small += paired(result, "accuracy", "a", "b").p_value <= 0.1
    assert small / 1500 == pytest.approx(0.1, abs=0.025)  # 3.2 standard errors


def test_money_differences_are_told_in_their_unit() -> None:
    y, _, good, _ = two_models()
    fn = np.random.default_rng(1).lognormal(3, 1, len(y))
    costs = Costs(fn, 0.1 * fn, np.zeros(len(y)), np.zeros(len(y)))
    models = {"card": Answers(good, costs.act(good)), "nobody": Answers(act=np.zeros(len(y)))}
    result = bootstrap(y, models, costs=costs, rounds=200)
    assert "currency per row in expected_cost" in paired(result, "expected_cost", "card", "nobody").verdict


def test_what_cannot_be_compared_says_why() -> None:
    result = bootstrap(np.zeros(20), {"a": Answers(np.zeros(20)), "b": Answers(np.ones(20))}, rounds=20)
    found = paired(result, "auc", "a", "b")
    assert np.isnan(found.p_value)
    assert found.verdict == ("a and b cannot be compared in auc: not defined, because the rows hold one class only")


def test_models_and_metrics_that_are_not_there_are_answered_with_the_nearest() -> None:
    _, result, *_ = two_models(rows=50)
    with pytest.raises(UsageError, match="there is no model 'cart'; did you mean 'card'"):
        paired(result, "auc", "cart", "trees")
    with pytest.raises(UsageError, match="'card' has no metric 'savings'"):
        paired(result, "savings", "card", "trees")
