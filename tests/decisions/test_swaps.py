"""The swap set against hand counting."""

import numpy as np
import pytest

from casestudies.decisions import Costs, Swapped, swap_set


def test_rows_that_change_sides_are_counted_with_their_events_and_money() -> None:
    y = [1, 0, 0, 1, 0, 1]
    old = [1, 1, 1, 0, 0, 0]
    new = [1, 0, 0, 1, 0, 0]
    costs = Costs(np.full(6, 100.0), np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), np.zeros(6), np.zeros(6))
    swaps = swap_set(y, old, new, costs)
    assert swaps.swap_in == Swapped(rows=2, events=0, saved=5.0)  # two false alarms fewer: 2 + 3
    assert swaps.swap_out == Swapped(rows=1, events=1, saved=100.0)
    assert (swaps.swap_in.event_rate, swaps.swap_out.event_rate) == (0.0, 1.0)
    assert swaps.unchanged == 3
    assert swaps.saved == 105.0


def test_the_money_of_the_swap_set_is_the_difference_of_the_totals() -> None:
    rng = np.random.default_rng(0)
    y, old, new = (rng.random((3, 200)) < 0.4).astype(float)
    costs = Costs(*rng.normal(10, 5, (4, 200)))
    saved = swap_set(y, old, new, costs).saved
    assert saved == pytest.approx(costs.total(y, old) - costs.total(y, new))


def test_without_costs_there_is_no_money_and_without_changes_no_rate() -> None:
    swaps = swap_set([0, 1], [0, 1], [0, 1])
    assert swaps.saved is None
    assert np.isnan(swaps.swap_in.event_rate)
    assert swaps.unchanged == 2
