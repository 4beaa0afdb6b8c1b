"""The constant decisions that every model has to beat."""

import numpy as np

from casestudies.decisions import Costs, constant_baselines


def test_both_constant_decisions_are_priced_and_the_cheaper_one_is_best() -> None:
    costs = Costs(np.full(4, 10.0), np.full(4, 1.0), np.full(4, 2.0), np.zeros(4))
    found = constant_baselines([1, 0, 0, 0], costs)
    assert (found.nobody.cost, found.everybody.cost) == (10.0, 5.0)
    assert found.best is found.everybody
    assert found.best.act(3).tolist() == [True, True, True]
    for constant in (found.nobody, found.everybody):
        assert costs.total([1, 0, 0, 0], constant.act(4)) == constant.cost


def test_weights_count_and_a_tie_acts_on_nobody() -> None:
    costs = Costs(np.array([10.0, 10.0]), np.array([1.0, 1.0]), np.zeros(2), np.zeros(2))
    found = constant_baselines([1, 0], costs, weight=[1, 10])
    assert (found.nobody.cost, found.everybody.cost) == (10.0, 10.0)
    assert found.best is found.nobody
