"""Alerts day by day against a plain loop over days and cards."""

import numpy as np
import pytest

from casestudies.fraud.daily import Units, raised
from casestudies.metrics.card_precision import card_precision


def payments(rows=400, days=6, cards=40, seed=0):
    random = np.random.default_rng(seed)
    y = (random.random(rows) < 0.15).astype(float)
    return {
        "value": random.permutation(rows) / rows + 0.3 * y,
        "y": y,
        "loss": y * random.uniform(10, 500, rows).round(2),
        "weight": np.ones(rows),
        "day": random.integers(0, days, rows),
        "card": random.integers(0, cards, rows),
    }


def by_hand(value, y, loss, weight, day, card, per_day, by_card):
    """As a team would do it with paper."""
    stopped, found, gone, alerts = 0.0, [], set(), 0
    for one in np.unique(day):
        today = [r for r in np.flatnonzero(day == one) if card[r] not in gone]
        stopped += sum(loss[r] for r in np.flatnonzero(day == one) if card[r] in gone)
        ahead = sorted(today, key=lambda r: -value[r])
        seen, right, caught = [], 0, set()
        for r in ahead:
            unit = card[r] if by_card else r
            if unit in seen or len(seen) == per_day:
                continue
            seen.append(unit)
            rows = [q for q in today if card[q] == unit] if by_card else [r]
            stopped += sum(loss[q] for q in rows)
            if any(y[q] for q in rows):
                right += 1
                caught.add(card[r])
        gone |= caught
        alerts += len(seen)
        found.append(right / per_day)
    return stopped, float(np.mean(found)), alerts


@pytest.mark.parametrize("by_card", [True, False])
@pytest.mark.parametrize("per_day", [1, 3, 1000])
def test_the_days_are_worked_through_as_by_hand(by_card, per_day):
    rows = payments()
    units = Units.of(**rows, by_card=by_card)
    found = raised(units, per_day, np.ones((1, len(units.row))))
    stopped, precision, alerts = by_hand(**rows, per_day=per_day, by_card=by_card)
    assert found.stopped[0] == pytest.approx(stopped)
    assert found.precision[0] == pytest.approx(precision)
    assert found.alerts[0] == alerts


def test_a_weight_of_two_is_the_card_twice():
    rows = payments(120, cards=120)
    rows["card"] = np.arange(120)  # each card pays once
    rows["weight"] = np.random.default_rng(1).integers(1, 4, 120).astype(float)
    whole = {name: np.repeat(values, rows["weight"].astype(int)) for name, values in rows.items() if name != "weight"}
    whole["card"] = np.arange(len(whole["card"]))
    weighed, repeated = (Units.of(**one, by_card=True) for one in (rows, {**whole, "weight": np.ones(len(whole["y"]))}))
    first = raised(weighed, 7, rows["weight"][weighed.row][None])
    second = raised(repeated, 7, np.ones((1, len(repeated.row))))
    for figure in ("stopped", "precision", "alerts"):
        assert getattr(first, figure) == pytest.approx(getattr(second, figure))


def test_ordered_by_score_it_is_the_card_precision_of_the_metrics():
    rows = payments(900, seed=4)
    rows["weight"] = np.random.default_rng(2).uniform(0.5, 3, 900)
    units = Units.of(**rows, by_card=True)
    found = raised(units, 4, rows["weight"][units.row][None])
    peer = card_precision(rows["y"], rows["value"], rows["day"], rows["card"], 4, rows["weight"], rounds=10)
    assert found.precision[0] == pytest.approx(peer.value.value)


def test_rows_without_a_day_or_weight_take_no_alert():
    rows = payments()
    rows["day"][:50], rows["weight"][50:90] = -1, 0.0
    units = Units.of(**rows, by_card=True)
    assert set(units.row) <= set(range(90, 400))


def test_a_card_found_out_takes_no_further_alert_and_what_it_would_have_done_counts():
    rows = {
        "value": np.array([0.9, 0.8, 0.1]),
        "y": np.array([1.0, 1.0, 0.0]),
        "loss": np.array([100.0, 70.0, 0.0]),
        "weight": np.ones(3),
        "day": np.array([0, 1, 1]),
        "card": np.array([5, 5, 6]),
    }
    units = Units.of(**rows, by_card=True)
    found = raised(units, 1, np.ones((1, 3)))
    assert found.stopped[0] == 170
    assert found.precision[0] == 0.5
    assert list(units.row[found.taken[0] > 0]) == [0, 2]


def test_what_is_not_worth_an_alert_gets_none():
    rows = payments()
    units = Units.of(**rows, by_card=True)
    assert (units.value[raised(units, 1000, np.ones((1, len(units.row))), least=0.5).taken[0] > 0] > 0.5).all()
