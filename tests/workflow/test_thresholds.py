from __future__ import annotations

import numpy as np
import pytest

from casestudies.decisions import Costs
from casestudies.workflow.evaluate import _thresholds


def costs(fp, fn=10.0):
    fp = np.asarray(fp, dtype=float)
    return Costs(np.full(len(fp), fn), fp, np.zeros(len(fp)), np.zeros(len(fp)))


def test_a_false_alarm_that_costs_nothing_always_pays_and_is_no_threshold_of_the_spread():
    told = _thresholds(costs([0.0, 0.0, -1.0, 10.0, 30.0]))
    assert told["always"] == pytest.approx(0.6)
    assert told["never"] == 0.0
    assert told["median"] == pytest.approx((0.5 + 0.75) / 2)  # fp / (fp + fn) of the other two


def test_where_acting_costs_as_much_as_the_event_it_never_pays():
    told = _thresholds(Costs(np.full(4, 10.0), np.full(4, 5.0), np.full(4, 10.0), np.zeros(4)))
    assert told == {"always": 0.0, "never": 1.0}


def test_without_costs_there_are_none():
    assert _thresholds(None) is None
