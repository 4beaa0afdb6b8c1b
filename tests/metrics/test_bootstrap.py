"""Intervals: coverage, agreement with closed forms and plain loops, clusters, degenerate resamples, seeds."""

import numpy as np
import pytest

from casestudies import metrics
from casestudies.decisions import Costs
from casestudies.errors import ConfigError, DataError, UsageError
from casestudies.metrics import METRICS, Answers, bootstrap
from casestudies.metrics.intervals import percentile


def drawn(rows: int = 300, seed: int = 0) -> tuple[np.ndarray, np.ndarray, Costs]:
    rng = np.random.default_rng(seed)
    p = rng.beta(1, 4, rows)
    y = (rng.random(rows) < p).astype(float)
    fn = rng.lognormal(3, 1, rows)
    return y, p, Costs(fn, 0.2 * fn + 1, np.zeros(rows), np.zeros(rows))


def test_the_interval_of_accuracy_is_the_one_of_the_closed_form() -> None:
    rng = np.random.default_rng(1)
    y = (rng.random(2000) < 0.3).astype(float)
    act = np.where(rng.random(2000) < 0.2, 1 - y, y)
    found = bootstrap(y, {"m": Answers(act=act)}, metrics=["accuracy"], rounds=8000).intervals["m"]["accuracy"]
    rate = (y == act).mean()
    half = 1.96 * np.sqrt(rate * (1 - rate) / 2000)
    assert found.value == rate
    assert found.low == pytest.approx(rate - half, abs=0.05 * half)
    assert found.high == pytest.approx(rate + half, abs=0.05 * half)


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(2)
    truth, covered = 0.7, 0
    for _ in range(400):
        y = (rng.random(300) < 0.5).astype(float)
        act = np.where(rng.random(300) < truth, y, 1 - y)
        found = bootstrap(y, {"m": Answers(act=act)}, metrics=["accuracy"], rounds=300, level=0.9)
        interval = found.intervals["m"]["accuracy"]
        covered += interval.low <= truth <= interval.high
    assert covered / 400 == pytest.approx(0.9, abs=0.04)  # 2.7 standard errors


def test_a_narrower_level_gives_a_narrower_interval() -> None:
    y, p, _ = drawn()
    wide, narrow = (bootstrap(y, {"m": Answers(p)}, rounds=200, level=level).intervals["m"] for level in (0.95, 0.5))
    for name in wide:
        assert wide[name].low < narrow[name].low < narrow[name].high < wide[name].high


def test_every_draw_is_the_plain_metric_on_the_resampled_rows() -> None:
    y, p, costs = drawn(80)
    act = costs.act(p)
    rounds = 12
    result = bootstrap(y, {"m": Answers(p, act)}, costs=costs, rounds=rounds, seed=5)
    assert set(result.draws["m"]) == set(METRICS)
    generator = np.random.default_rng(5)
    for r in range(rounds):
        rows = generator.integers(0, 80, 80)
        expected = {
            "auc": metrics.auc(y[rows], p[rows]),
            "ece": metrics.ece(y[rows], p[rows]),
            "f1": metrics.f1(y[rows], act[rows]),
            "savings": metrics.savings(y[rows], act[rows], costs.take(rows)),
        }
        for name, value in expected.items():
            assert result.draws["m"][name][r] == pytest.approx(value, rel=1e-9)


def test_row_weights_multiply_the_resamples() -> None:
    y, p, _ = drawn(90)
    weight = np.random.default_rng(3).random(90)
    result = bootstrap(y, {"m": Answers(p)}, weight=weight, rounds=4, seed=1, metrics=["brier"])
    generator = np.random.default_rng(1)
    for r in range(4):
        rows = generator.integers(0, 90, 90)
        assert result.draws["m"]["brier"][r] == pytest.approx(metrics.brier(y[rows], p[rows], weight[rows]))
    assert result.intervals["m"]["brier"].value == metrics.brier(y, p, weight)


def test_the_same_seed_gives_the_same_draws_whatever_models_stand_beside() -> None:
    y, p, costs = drawn()
    alone = bootstrap(y, {"m": Answers(p)}, rounds=50, seed=3)
    beside = bootstrap(y, {"other": Answers(p**2, p > 0.5), "m": Answers(p)}, costs=costs, rounds=50, seed=3)
    other_seed = bootstrap(y, {"m": Answers(p)}, rounds=50, seed=4)
    for name, draws in alone.draws["m"].items():
        np.testing.assert_array_equal(draws, beside.draws["m"][name])
        assert not np.array_equal(draws, other_seed.draws["m"][name])


def test_the_size_of_the_chunks_does_not_change_the_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    y, p, costs = drawn(70)
    whole = bootstrap(y, {"m": Answers(p, p > 0.3)}, costs=costs, rounds=40)
    monkeypatch.setattr(sys.modules["casestudies.metrics.bootstrap"], "_CHUNK", 210)
    in_chunks = bootstrap(y, {"m": Answers(p, p > 0.3)}, costs=costs, rounds=40)
    for name, draws in whole.draws["m"].items():
        np.testing.assert_allclose(draws, in_chunks.draws["m"][name], rtol=1e-12)


def test_rows_that_repeat_each_other_widen_the_clustered_interval() -> None:
    y, p, _ = drawn(250)
    customer = np.repeat([f"c{i}" for i in range(250)], 4)
    four = {"m": Answers(np.repeat(p, 4))}
    rows = bootstrap(np.repeat(y, 4), four, rounds=2000, metrics=["auc"]).intervals["m"]["auc"]
    clustered = bootstrap(np.repeat(y, 4), four, rounds=2000, metrics=["auc"], groups=customer).intervals["m"]["auc"]
    honest = bootstrap(y, {"m": Answers(p)}, rounds=2000, metrics=["auc"]).intervals["m"]["auc"]
    assert clustered.value == rows.value
    assert (clustered.high - clustered.low) / (rows.high - rows.low) == pytest.approx(2.0, rel=0.1)
    assert clustered.low == pytest.approx(honest.low)  # the same groups are drawn as rows of the plain file
    assert clustered.high == pytest.approx(honest.high)


def test_groups_of_unequal_size_are_drawn_whole() -> None:
    from casestudies.metrics.bootstrap import resamples

    labels = np.array([7, 7, 7, 1, 2, 2, 9])
    counts = np.concatenate(list(resamples(7, 200, seed=0, groups=labels)))
    assert (counts[:, 0] == counts[:, 1]).all()
    assert (counts[:, 4] == counts[:, 5]).all()
    assert (counts[:, [0, 3, 4, 6]].sum(axis=1) == 4).all()
    assert counts[:, 0].mean() == pytest.approx(1.0, abs=0.2)


def test_resamples_without_an_event_are_left_out_and_counted() -> None:
    y = np.zeros(40)
    y[:2] = 1.0
    p = np.linspace(1, 0, 40)
    found = bootstrap(y, {"m": Answers(p)}, rounds=1000, seed=0).intervals["m"]
    expected = 1000 * (1 - 2 / 40) ** 40  # 129 of 1,000 hold neither event
    assert found["auc"].skipped == pytest.approx(expected, abs=40)
    assert (
        found["auc"].reason
        == f"{found['auc'].skipped} of 1000 resamples left out, because the rows hold one class only"
    )
    assert np.isfinite([found["auc"].low, found["auc"].high]).all()
    assert found["brier"].skipped == 0
    assert found["brier"].reason == ""


@pytest.mark.filterwarnings("error")
def test_one_class_gives_nan_and_the_reason() -> None:
    found = bootstrap(np.zeros(30), {"m": Answers(np.linspace(0, 1, 30))}, rounds=20).intervals["m"]
    assert np.isnan([found["auc"].value, found["auc"].low, found["auc"].high]).all()
    assert found["auc"].reason == "not defined, because the rows hold one class only"
    assert np.isfinite(found["log_loss"].value)


def test_an_interval_from_too_few_resamples_is_not_given() -> None:
    draws = np.full(100, np.nan)
    draws[:49] = 1.0
    found = percentile(1.0, draws, 0.95, "there is no event")
    assert (found.value, found.skipped) == (1.0, 51)
    assert np.isnan(found.low)
    assert found.reason == "no interval: in 51 of 100 resamples it is not defined, because there is no event"


def test_each_model_gets_the_metrics_its_answers_allow() -> None:
    y, p, costs = drawn(50)
    result = bootstrap(
        y, {"score": Answers(600 - p), "list": Answers(act=p > 0.3), "both": Answers(p, p > 0.3)}, rounds=5
    )
    ranking = {"auc", "gini", "ks", "ap", "lift_top_decile"}
    deciding = {"accuracy", "f1", "precision", "sensitivity", "specificity"}
    assert set(result.intervals["score"]) == ranking
    assert set(result.intervals["list"]) == deciding
    assert set(result.intervals["both"]) == ranking | deciding | {"log_loss", "brier", "ece"}
    priced = bootstrap(y, {"list": Answers(act=p > 0.3)}, costs=costs, rounds=5)
    assert set(priced.intervals["list"]) == deciding | {"savings", "expected_cost", "profit"}


def test_questions_that_cannot_be_answered_are_refused() -> None:
    y, p, costs = drawn(20)
    model = {"m": Answers(p)}
    with pytest.raises(ConfigError, match="interval.rounds: 0 is not a number of rounds"):
        bootstrap(y, model, rounds=0)
    with pytest.raises(ConfigError, match="interval.level: 95 is not a coverage; write a share such as 0.95"):
        bootstrap(y, model, level=95)
    with pytest.raises(UsageError, match="there is no metric 'aucc'; did you mean 'auc'"):
        bootstrap(y, model, metrics=["aucc"])
    with pytest.raises(DataError, match="act: is missing; the metric needs it"):
        bootstrap(y, model, metrics=["f1"])
    with pytest.raises(DataError, match="there are no rows to evaluate"):
        bootstrap([], {"m": Answers([])})
    with pytest.raises(DataError, match=r"groups: has shape \(3,\); give 20 labels"):
        bootstrap(y, model, groups=[1, 2, 3])
    with pytest.raises(DataError, match="groups: 1 of 20 rows have no label, first in row 1"):
        bootstrap(y, model, groups=[None, *range(19)])
    with pytest.raises(DataError, match="p: has shape"):
        bootstrap(y, {"m": Answers(p[:5])}, costs=costs)
