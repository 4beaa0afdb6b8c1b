"""Promised and delivered by hand, a new calibration by brute force, and intervals that know which rows go together."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit

from casestudies.decisions import CostMatrix, Costs, Rule
from casestudies.metrics.calibration_line import calibration_line
from casestudies.models.calibration import Calibrator
from casestudies.tabular.split import make as make_split
from casestudies.workflow.evaluated.money import FOLDS, money_of, renewal
from casestudies.workflow.evaluated.outcomes import Outcomes, changes
from casestudies.workflow.settings import Interval as Coverage

HOW = Coverage(rounds=300)


def rows(n, seed, shift=0.0, group=None, weight=None):
    random = np.random.default_rng(seed)
    z = random.normal(-0.8, 1.4, n)
    y = (random.random(n) < expit(z)).astype(float)
    p = expit(z + shift)
    costs = CostMatrix(fn="loan", fp=2, tp=1).on({"loan": random.uniform(2, 20, n)}, n)
    return Outcomes(y, p, costs.act(p), np.ones(n) if weight is None else weight, costs, group)


def paid(then, now):
    cost = next(one for one in changes(then, now, HOW, 0) if one.metric.name == "expected_cost")
    return money_of(then, now, cost.difference, HOW, 0)


def test_delivered_and_stated_are_what_a_hand_would_add_up():
    then, now = rows(400, 0), rows(500, 1, weight=np.random.default_rng(9).uniform(0.5, 2, 500))
    told, c = paid(then, now), now.costs
    delivered = stated = 0.0
    for i in range(500):
        acted, missed = (c.tp[i], c.fp[i]), (c.fn[i], c.tn[i])
        event, other = acted if now.act[i] else missed
        delivered += now.weight[i] * (event if now.y[i] else other)
        stated += now.weight[i] * (now.p[i] * event + (1 - now.p[i]) * other)
    total = now.weight.sum()
    assert told.delivered.value == pytest.approx(delivered / total)
    assert told.stated.value == pytest.approx(stated / total)
    assert told.against_stated.value == pytest.approx((delivered - stated) / total)
    assert told.judged.value == pytest.approx(then.costs.total(then.y, then.act) / 400)
    assert told.rows == pytest.approx(total)


def test_the_paired_interval_is_the_narrower_and_the_other_is_that_of_two_samples():
    then, now = rows(3000, 0), rows(3000, 1)
    told = paid(then, now)
    errors = [np.std(one.cost, ddof=1) / np.sqrt(len(one)) for one in (then, now)]
    wide = 2 * 1.96 * np.hypot(*errors)
    assert told.against_judged.high - told.against_judged.low == pytest.approx(wide, rel=0.15)
    narrow = 2 * 1.96 * np.std(now.cost - now.stated, ddof=1) / np.sqrt(3000)
    assert told.against_stated.high - told.against_stated.low == pytest.approx(narrow, rel=0.15)


def test_right_probabilities_keep_their_promise_and_shifted_ones_do_not():
    kept, broken = paid(rows(4000, 0), rows(4000, 1)), paid(rows(4000, 0), rows(4000, 1, shift=1.0))
    assert kept.against_stated.low < 0 < kept.against_stated.high
    assert broken.against_stated.high < 0 or broken.against_stated.low > 0


def test_a_new_calibration_is_judged_on_rows_it_has_not_seen():
    now = rows(600, 2, shift=1.2)
    told = renewal(now, Rule("bmr"), HOW, 4)
    act, margins = np.zeros(600, dtype=bool), logit(now.p)
    for train, test in make_split("cv", now.y, folds=FOLDS, seed=4).folds:
        curve = Calibrator("sigmoid").fit(margins[train], now.y[train])
        act[test] = curve.probability(margins[test]) > now.costs.take(test).threshold()
    frozen, renewed = (now.costs.total(now.y, one) / 600 for one in (now.act, act))
    assert told.cost == pytest.approx((frozen, renewed))
    assert told.share.value == pytest.approx((frozen - renewed) / frozen)
    assert told.saved.low > 0
    assert told.log_loss.low > 0


def test_without_a_shift_a_new_calibration_proves_no_gain():
    told = renewal(rows(3000, 5), Rule("bmr"), HOW, 0)
    assert told.saved.low <= 0
    assert abs(told.share.value) < 0.02


def test_a_limit_is_shared_out_over_all_rows_and_not_by_fold():
    now = rows(500, 6)
    told = renewal(now, Rule("capacity", 40), HOW, 0)
    assert told.acted[1] == pytest.approx(40 / 500)


def test_without_money_there_is_log_loss_alone():
    now = rows(500, 7, shift=1.0)
    bare = Outcomes(now.y, now.p, now.p > 0.5, now.weight)
    told = renewal(bare, Rule("f1"), HOW, 0)
    assert told.cost is None
    assert told.saved is None
    assert told.log_loss.low > 0
    names = {one.metric.name for one in changes(bare, bare, HOW, 0)}
    assert "auc" in names
    assert "expected_cost" not in names


def test_rows_that_repeat_each_other_make_nothing_surer():
    one = rows(400, 8)
    twice = np.repeat(np.arange(400), 2)
    apart = calibration_line(one.y, one.p)
    naive = calibration_line(one.y[twice], one.p[twice])
    known = calibration_line(one.y[twice], one.p[twice], groups=twice)
    for name in ("slope", "level"):
        width = [getattr(line, name).high - getattr(line, name).low for line in (apart, naive, known)]
        assert width[1] == pytest.approx(width[0] / np.sqrt(2))
        assert width[2] == pytest.approx(width[0])
    cells = {name: cell[twice] for name, cell in one.costs.cells().items()}
    many = Outcomes(
        one.y[twice],
        one.p[twice],
        one.act[twice],
        np.ones(800),
        Costs.of_columns(pd.DataFrame(cells)),
        twice.astype(str),
    )
    spans = [found.now.high - found.now.low for found in (changes(one, x, HOW, 0)[0] for x in (one, many))]
    assert spans[1] == pytest.approx(spans[0], rel=0.15)
