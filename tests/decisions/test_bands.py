"""Score bands against row-by-row counting."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import fisher_exact

from casestudies.decisions import Costs
from casestudies.decisions.bands import score_bands
from casestudies.errors import ConfigError, DataError


def rows(seed, n=300, ties=True):
    random = np.random.default_rng(seed)
    p = random.random(n)
    p = p.round(2) if ties else p
    y = (random.random(n) < p).astype(float)
    costs = Costs(*random.normal(10, 8, (4, n)))
    weight = random.choice([0.0, 0.5, 1.0, 3.0], n)
    return y, p, costs, weight


def by_hand(y, p, costs, w, above, upto):
    """The figures of one band, one row at a time."""
    mass = events = rest = rest_events = caught = cost = count = moment = 0.0
    for i in range(len(y)):
        inside = above < p[i] <= upto
        act = p[i] > above
        count += inside
        mass += inside * w[i]
        moment += inside * w[i] * p[i]
        events += inside * w[i] * y[i]
        caught += act * w[i] * y[i]
        rest += (not act) * w[i]
        rest_events += (not act) * w[i] * y[i]
        cells = (costs.tp, costs.fn) if y[i] else (costs.fp, costs.tn)
        cost += w[i] * (cells[0] if act else cells[1])[i]
    return count, mass, moment, events, caught, rest, rest_events, cost


@given(st.integers(0, 10_000), st.booleans(), st.integers(2, 12))
def test_every_figure_is_the_count_over_rows(seed, ties, count):
    y, p, costs, w = rows(seed, 120, ties)
    bands = score_bands(y, p, costs, w, count=count)
    assert [b.above for b in bands[:-1]] == [b.upto for b in bands[1:]]
    assert (bands[0].upto, bands[-1].above) == (np.inf, -np.inf)
    for band in bands:
        n, mass, moment, events, caught, rest, rest_events, cost = by_hand(y, p, costs, w, band.above, band.upto)
        assert band.rows == n
        assert (band.weight, band.events, band.cost) == pytest.approx((mass, events, cost))
        assert band.share == pytest.approx(mass / w.sum())
        assert band.rest == pytest.approx(rest / w.sum())
        assert band.event_rate == pytest.approx(events / mass)
        assert band.score == pytest.approx(moment / mass)
        assert band.caught == pytest.approx(caught / (w @ y))
        if rest:
            assert band.rest_rate == pytest.approx(rest_events / rest)
    assert sum(b.rows for b in bands) == len(y)
    assert np.isnan(bands[-1].rest_rate)


@given(st.integers(0, 10_000))
def test_bands_hold_equal_weight_where_no_scores_are_equal(seed):
    y, p, _, _ = rows(seed, 200, ties=False)
    assert [b.rows for b in score_bands(y, p, count=8)] == [25] * 8


def test_equal_scores_share_a_band():
    bands = score_bands([0, 1, 0, 1], [0.5, 0.5, 0.5, 0.9], count=4)
    assert [(b.rows, b.events) for b in bands] == [(1, 1), (3, 1)]
    assert len(score_bands([0, 1], [0.5, 0.5])) == 1


def test_weight_two_equals_the_row_twice():
    y, p, costs, _ = rows(1)
    twice = np.repeat(np.arange(len(y)), 2)
    a = score_bands(y, p, costs, np.full(len(y), 2.0))
    b = score_bands(y[twice], p[twice], costs.take(twice))
    for one, two in zip(a, b, strict=True):
        assert one.above == two.above
        assert (one.weight, one.events, one.cost, one.rest_rate) == pytest.approx(
            (two.weight, two.events, two.cost, two.rest_rate), nan_ok=True
        )


def test_the_cheapest_edge_costs_what_the_cut_there_costs():
    y, p, costs, w = rows(3)
    for band in score_bands(y, p, costs, w):
        assert band.cost == pytest.approx(costs.total(y, p > band.above, w))


def test_given_edges_are_kept_though_a_band_is_empty():
    y, p = [0, 1, 0, 1], [0.1, 0.2, 0.6, 0.6]
    bands = score_bands(y, p, edges=[0.6, 0.3, 0.2])
    assert [(b.above, b.rows) for b in bands] == [(0.6, 0), (0.3, 2), (0.2, 0), (-np.inf, 2)]
    assert np.isnan(bands[0].event_rate)
    assert np.isnan(bands[0].odds)
    assert bands[1].odds == 1.0
    assert (bands[1].caught, bands[1].rest) == (0.5, 0.5)


def test_without_costs_no_money_and_without_events_infinite_odds():
    bands = score_bands([0, 0, 1, 0], [0.1, 0.2, 0.3, 0.4], count=2)
    assert bands[0].cost is None
    assert (bands[0].odds, bands[1].odds) == (1.0, np.inf)


def test_a_break_is_seen_and_measured_as_fishers_test_measures_it():
    y = np.concatenate((np.arange(400) < 60, np.arange(400) < 90)).astype(float)  # riskier band 15 %, safer 22.5 %
    p = np.repeat([0.8, 0.2], 400)
    riskier, safer = score_bands(y, p, count=2)
    exact = fisher_exact([[60, 340], [90, 310]], alternative="less").pvalue
    assert riskier.broken == pytest.approx(exact, abs=0.004)
    assert safer.broken is None
    assert score_bands(y, -p, count=2)[0].broken is None


def test_weights_that_count_customers_make_a_break_no_surer():
    y = np.concatenate((np.arange(400) < 60, np.arange(400) < 90)).astype(float)
    p = np.repeat([0.8, 0.2], 400)
    plain = score_bands(y, p, count=2)[0].broken
    assert score_bands(y, p, weight=np.full(800, 50.0), count=2)[0].broken == pytest.approx(plain)


def test_what_cannot_be_banded_is_refused():
    with pytest.raises(DataError, match="no rows to put into bands"):
        score_bands([], [])
    with pytest.raises(DataError, match="no rows to put into bands"):
        score_bands([0, 1], [0.1, 0.2], weight=[0, 0])
    with pytest.raises(ConfigError, match=r"bands\.count: 1 is not"):
        score_bands([0, 1], [0.1, 0.2], count=1)
    with pytest.raises(ConfigError, match=r"bands\.edges"):
        score_bands([0, 1], [0.1, 0.2], edges=[np.nan])
