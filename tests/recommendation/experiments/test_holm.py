"""Corrected p values, and intervals that say the same."""

from __future__ import annotations

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from casestudies.recommendation.experiments.holm import holm, holm_levels

P_VALUES = st.lists(st.floats(1e-6, 1.0), min_size=1, max_size=12).map(np.array)


def rejected(p_values, alpha):
    """Holm's procedure, step by step, as the paper words it."""
    out = np.zeros(len(p_values), dtype=bool)
    for step, at in enumerate(np.argsort(p_values, kind="stable")):
        if p_values[at] > alpha / (len(p_values) - step):
            break
        out[at] = True
    return out


@given(P_VALUES)
@example(np.array([0.04, 0.01, 0.02]))  # all rejected, and only the least by Bonferroni
@example(np.array([0.01, 0.03, 0.03]))
def test_corrected_p_values_reject_what_the_steps_reject(p_values):
    for alpha in (0.01, 0.05, 0.2):
        np.testing.assert_array_equal(holm(p_values) <= alpha, rejected(p_values, alpha))


@given(P_VALUES)
@example(np.array([0.04, 0.01, 0.02]))  # all rejected, and only the least by Bonferroni
@example(np.array([0.01, 0.03, 0.03]))
def test_an_interval_leaves_out_the_value_exactly_when_it_is_rejected(p_values):
    levels = holm_levels(p_values, 0.05)
    np.testing.assert_array_equal(p_values <= levels, rejected(p_values, 0.05))
    assert (levels <= 0.05 + 1e-12).all()


def test_false_alarms_of_ten_true_hypotheses():
    random = np.random.default_rng(2)
    alarms = [(holm(random.random(10)) <= 0.05).any() for _ in range(4_000)]
    assert abs(np.mean(alarms) - 0.05) < 0.012
