import numpy as np
import pytest

from casestudies.decisions import CostMatrix
from casestudies.decisions.net_benefit import decision_curve
from casestudies.errors import ConfigError, DataError


def drawn(rows=300, seed=0):
    generator = np.random.default_rng(seed)
    y = (generator.random(rows) < 0.3).astype(float)
    return y, np.round(1 / (1 + np.exp(-(1.5 * y - 1 + generator.normal(size=rows)))), 2), generator.random(rows)


def test_it_is_the_definition_counted_row_by_row():
    y, p, w = drawn()
    t = np.array([0.05, 0.2, 0.5, 0.9])
    found = decision_curve(y, p, t, w)
    for i, cut in enumerate(t):
        act = p > cut
        brute = (w[act & (y == 1)].sum() - cut / (1 - cut) * w[act & (y == 0)].sum()) / w.sum()
        assert found.model[i] == pytest.approx(brute)
        assert found.everybody[i] == pytest.approx((w[y == 1].sum() - cut / (1 - cut) * w[y == 0].sum()) / w.sum())


def test_it_is_the_cost_saved_against_nobody_in_units_of_a_caught_event():
    y, p, _ = drawn(seed=1)
    miss, alarm = 9.0, 1.0
    t = alarm / (alarm + miss)
    costs = CostMatrix(fn=miss, fp=alarm).on({}, len(y))
    saved = costs.constant(y)[0] - costs.total(y, p > t)
    assert decision_curve(y, p, t).model[0] * len(y) * miss == pytest.approx(saved)


def test_everybody_is_worth_nothing_where_the_price_is_the_prevalence():
    y, p, _ = drawn()
    assert decision_curve(y, p, y.mean()).everybody[0] == pytest.approx(0.0)


@pytest.mark.parametrize("threshold", [0.0, 1.0, -0.1])
def test_thresholds_outside_are_refused(threshold):
    with pytest.raises(ConfigError):
        decision_curve([0, 1], [0.1, 0.9], threshold)


def test_no_rows_are_refused():
    with pytest.raises(DataError):
        decision_curve([], [], 0.5)
