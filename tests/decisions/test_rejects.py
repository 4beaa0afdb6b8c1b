"""Bounds for rows turned away, against sums written out row by row."""

import numpy as np
import pytest

from casestudies.decisions import Costs
from casestudies.decisions.rejects import Known, TurnedAway, as_recorded, break_even, overlap, scenarios
from casestudies.errors import DataError


def drawn(seed: int = 0, known: int = 120, away: int = 80) -> tuple[Known, TurnedAway, np.ndarray]:
    """(rows let through, rows turned away, what became of these)."""
    random = np.random.default_rng(seed)
    fn = random.lognormal(3, 1, known + away)
    costs = Costs(fn, 0.2 * fn, 0.1 * fn, -0.05 * fn)
    y = (random.random(known) < 0.1).astype(float)
    p = random.beta(2, 6, away)
    act = random.random(known + away) < 0.4
    weight = random.integers(1, 4, known + away).astype(float)
    rows = np.arange(known + away)
    return (
        Known(y, act[:known], costs.take(rows[:known]), weight[:known]),
        TurnedAway(p, act[known:], costs.take(rows[known:]), weight[known:]),
        (random.random(away) < 0.4).astype(float),
    )


def by_hand(known: Known, away: TurnedAway, chance: np.ndarray, earlier: bool) -> float:
    total = 0.0
    for i, (y, act) in enumerate(zip(known.y, known.act, strict=True)):
        c = known.costs
        act = False if earlier else act
        total += known.weight[i] * ((c.tp[i] if act else c.fn[i]) if y else (c.fp[i] if act else c.tn[i]))
    for i, (q, act) in enumerate(zip(chance, away.act, strict=True)):
        c = away.costs
        act = True if earlier else act
        total += away.weight[i] * (q * (c.tp[i] if act else c.fn[i]) + (1 - q) * (c.fp[i] if act else c.tn[i]))
    return total


def test_money_and_rates_of_each_factor_are_the_sums_over_rows() -> None:
    known, away, _ = drawn()
    for told, factor in zip(scenarios(known, away), (1, 2, 4), strict=True):
        chance = np.minimum(factor * away.p, 1.0)
        w, a = known.weight, away.weight
        assert told.factor == factor
        assert told.rate == pytest.approx(np.average(chance, weights=a))
        assert told.whole == pytest.approx((w @ known.y + a @ chance) / (w.sum() + a.sum()))
        assert told.let_in == pytest.approx(np.average(chance[~away.act], weights=a[~away.act]))
        assert told.capped == pytest.approx(np.average(factor * away.p > 1, weights=a))
        assert told.cost == pytest.approx(by_hand(known, away, chance, earlier=False))
        assert told.earlier == pytest.approx(by_hand(known, away, chance, earlier=True))
        assert told.saved == pytest.approx(told.earlier - told.cost)


def test_at_one_the_expectation_is_the_mean_of_drawn_outcomes() -> None:
    known, away, _ = drawn(away=400)
    random = np.random.default_rng(1)
    drawn_costs = [as_recorded(known, away, (random.random(400) < away.p).astype(float)).cost for _ in range(400)]
    error = np.std(drawn_costs) / np.sqrt(400)
    assert abs(np.mean(drawn_costs) - scenarios(known, away)[0].cost) < 4 * error


def test_known_outcomes_after_all_give_the_cost_of_the_whole_table() -> None:
    known, away, y = drawn()
    told = as_recorded(known, away, y)
    whole = Costs(*(np.concatenate([getattr(s.costs, c) for s in (known, away)]) for c in ("fn", "fp", "tp", "tn")))
    outcome, act = np.concatenate([known.y, y]), np.concatenate([known.act, away.act])
    assert told.cost == pytest.approx(whole.total(outcome, act, np.concatenate([known.weight, away.weight])))
    assert np.isnan(told.factor)


def test_the_change_stops_paying_at_the_break_even_factor() -> None:
    known, away, _ = drawn()
    known = Known(known.y, np.zeros(len(known.y), dtype=bool), known.costs, known.weight)  # only letting in is at stake
    factor = break_even(known, away)
    assert factor is not None
    below, above = scenarios(known, away, (0.99 * factor, 1.01 * factor))
    assert below.saved > 0 > above.saved
    saved = [told.saved for told in scenarios(known, away, np.linspace(0, 6, 20))]
    assert np.all(np.diff(saved) <= 1e-9)


def test_break_even_has_its_two_ends() -> None:
    known, away, _ = drawn()
    nobody_in = TurnedAway(away.p, np.ones(len(away.p), dtype=bool), away.costs, away.weight)
    as_before = np.zeros(len(known.y), dtype=bool)
    assert break_even(Known(known.y, as_before, known.costs, known.weight), nobody_in) == 0.0
    assert break_even(Known(known.y, known.y > 0, known.costs, known.weight), nobody_in) == np.inf
    assert break_even(Known(known.y, known.act), TurnedAway(away.p, away.act)) is None


def test_without_costs_there_are_rates_only() -> None:
    known, away, _ = drawn()
    told = scenarios(Known(known.y, known.act), TurnedAway(away.p, away.act))[1]
    assert told.cost is told.earlier is told.saved is None
    assert told.rate == pytest.approx(np.minimum(2 * away.p, 1).mean())


def test_costs_times_a_hundred_change_no_rate_and_no_break_even() -> None:
    known, away, _ = drawn()
    dear = [Costs(*(100 * getattr(side.costs, c) for c in ("fn", "fp", "tp", "tn"))) for side in (known, away)]
    other = (
        Known(known.y, known.act, dear[0], known.weight),
        TurnedAway(away.p, away.act, dear[1], away.weight),
    )
    assert break_even(*other) == pytest.approx(break_even(known, away))
    assert scenarios(*other)[2].saved == pytest.approx(100 * scenarios(known, away)[2].saved)


def test_overlap_counts_shares_within_and_beyond_the_middle() -> None:
    through = np.linspace(0, 1, 101)
    told = overlap(through, [-1.0, 0.5, 0.98, 0.995, 2.0], [1, 1, 1, 1, 4])
    assert (told.low, told.high) == pytest.approx((0.01, 0.99))
    assert (told.below, told.inside, told.above) == pytest.approx((1 / 8, 2 / 8, 5 / 8))
    assert told.rows == 5


def test_what_does_not_fit_is_refused() -> None:
    known, away, _ = drawn()
    with pytest.raises(DataError, match="costs: only one side has costs; give them for both kinds of rows"):
        scenarios(known, TurnedAway(away.p, away.act))
    with pytest.raises(DataError, match="outside 0 to 1"):
        scenarios(known, TurnedAway(2 + away.p, away.act, away.costs))
    with pytest.raises(DataError, match="overlap: there are no rows on one side"):
        overlap([0.1], [])
