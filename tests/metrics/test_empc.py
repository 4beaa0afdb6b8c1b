"""EMPC and MPC against empulse's stored values, against integration over all cuts, and by their laws."""

import numpy as np
import pytest
from scipy.stats import beta as beta_of

from casestudies.decisions import CostMatrix
from casestudies.errors import ConfigError, DataError
from casestudies.metrics import Answers, bootstrap, paired
from casestudies.metrics.empc import empc, empc_metric, empc_share
from casestudies.metrics.mpc import mpc, mpc_metric, mpc_share
from casestudies.metrics.retained import Offer

OFFER = Offer(clv=200.0, incentive=10.0, contact=1.0)

# empulse 0.13.1, of the cases that `drawn` makes: python -m benchmarks.churn.empc
# rows, digits, seed, (clv, incentive, contact), (alpha, beta), acceptance -> EMPC, share targeted, MPC
STORED = [
    ((500, None, 1), (200.0, 10.0, 1.0), (6.0, 14.0), 0.3, 6.823897376309123, 0.5098819847546024, 6.663999999999998),
    ((500, 1, 2), (200.0, 10.0, 1.0), (6.0, 14.0), 0.3, 5.733683663481468, 0.5006277832268535, 5.567999999999998),
    ((2000, 2, 3), (60.0, 25.0, 3.0), (2.0, 5.0), 0.25, 0.004110803506911348, 0.0009634503164807511, 0.002875),
    ((300, None, 4), (1000.0, 0.0, 40.0), (1.0, 1.0), 0.8, 79.02651412291412, 0.6820076271876272, 140.8),
]


def drawn(rows: int, digits: int | None = None, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """As `benchmarks.churn.empc.Case.drawn`."""
    random = np.random.default_rng(seed)
    chance = random.beta(1.0, 4.0, rows)
    y = (random.random(rows) < chance).astype(np.int64)
    score = chance + random.normal(0.0, 0.1, rows)
    return y, score if digits is None else np.round(score, digits)


def profits(y: np.ndarray, p: np.ndarray, offer: Offer, accept: float) -> np.ndarray:
    """Profit per customer at every cut, by the definition."""
    out = [0.0]
    for cut in np.unique(p):
        caught, wasted = (y[p >= cut] == 1).sum(), (y[p >= cut] == 0).sum()
        gained = accept * (offer.clv - offer.incentive) - offer.contact
        out.append((caught * gained - wasted * (offer.incentive + offer.contact)) / len(y))
    return np.array(out)


@pytest.mark.parametrize(("case", "prices", "shape", "accept", "value", "share", "fixed"), STORED)
def test_agrees_with_empulse(case, prices, shape, accept, value, share, fixed) -> None:
    y, p = drawn(*case)
    offer = Offer(*prices)
    alpha, beta = shape
    assert empc(y, p, offer=offer, alpha=alpha, beta=beta) == pytest.approx(value, rel=1e-12, abs=1e-14)
    assert empc_share(y, p, offer=offer, alpha=alpha, beta=beta) == pytest.approx(share, rel=1e-12, abs=1e-14)
    assert mpc(y, p, offer=offer, accept=accept) == pytest.approx(fixed, rel=1e-12, abs=1e-14)


@pytest.mark.parametrize("digits", [None, 1])
def test_empc_is_the_average_over_acceptances_of_the_best_cut(digits: int | None) -> None:
    y, p = drawn(120, digits, seed=7)
    grid = (np.arange(4000) + 0.5) / 4000
    density = beta_of(6, 14).pdf(grid) / 4000
    best = np.array([profits(y, p, OFFER, accept).max() for accept in grid[::10]])
    mean = np.interp(grid, grid[::10], best) @ density
    assert empc(y, p, offer=OFFER) == pytest.approx(mean, abs=2e-4)


@pytest.mark.parametrize("digits", [None, 1])
@pytest.mark.parametrize("accept", [0.0, 0.08, 0.3, 1.0])
def test_mpc_is_the_best_of_all_cuts_and_that_of_the_costs(accept: float, digits: int | None) -> None:
    y, p = drawn(200, digits, seed=3)
    assert mpc(y, p, offer=OFFER, accept=accept) == pytest.approx(profits(y, p, OFFER, accept).max())
    costs = CostMatrix.retention(clv=200, accept=accept, offer=10, contact=1).on({}, 200)
    cut = costs.best_cut(y, p)
    assert mpc(y, p, offer=OFFER, accept=accept) == pytest.approx((costs.constant(y)[0] - cut.cost) / 200)
    assert mpc_share(y, p, offer=OFFER, accept=accept) == pytest.approx(cut.acted / 200)


def test_a_sharp_belief_in_the_acceptance_is_no_belief() -> None:
    y, p = drawn(400)
    sharp = empc(y, p, offer=OFFER, alpha=3e6, beta=7e6)
    assert sharp == pytest.approx(mpc(y, p, offer=OFFER, accept=0.3), abs=1e-3)
    assert empc(y, p, offer=OFFER) > sharp - 0.05  # following the acceptance never loses to a fixed cut
    share = empc_share(y, p, offer=OFFER, alpha=3e6, beta=7e6)
    assert share == pytest.approx(mpc_share(y, p, offer=OFFER, accept=0.3), abs=0.02)


@pytest.mark.parametrize("digits", [None, 1])
def test_weight_two_equals_the_row_twice(digits: int | None) -> None:
    y, p = drawn(150, digits)
    weight = np.random.default_rng(1).integers(0, 4, 150)
    twice = np.repeat(np.arange(150), weight)
    for figure in (empc, empc_share):
        assert figure(y, p, weight, offer=OFFER) == pytest.approx(figure(y[twice], p[twice], offer=OFFER))
    for figure in (mpc, mpc_share):
        once = figure(y, p, weight, offer=OFFER, accept=0.3)
        assert once == pytest.approx(figure(y[twice], p[twice], offer=OFFER, accept=0.3))


def test_only_the_order_of_scores_counts_and_money_scales() -> None:
    y, p = drawn(300)
    assert empc(y, np.exp(3 * p), offer=OFFER) == empc(y, p, offer=OFFER)
    cents = Offer(20_000.0, 1_000.0, 100.0)
    assert empc(y, p, offer=cents) == pytest.approx(100 * empc(y, p, offer=OFFER))
    assert empc(y, y, offer=OFFER) > empc(y, p, offer=OFFER) > empc(y, -p, offer=OFFER) >= 0


def test_rows_of_one_kind_and_no_rows() -> None:
    assert empc([0, 0], [0.1, 0.9], offer=OFFER) == 0.0
    assert mpc([0, 0], [0.1, 0.9], offer=OFFER, accept=0.3) == 0.0
    all_leave = empc([1, 1], [0.1, 0.9], offer=OFFER)
    assert all_leave == pytest.approx(0.3 * 190 - 1, abs=1e-3)  # everybody is contacted, but for tiny acceptances
    assert np.isnan(empc([], [], offer=OFFER))
    assert np.isnan(mpc([], [], offer=OFFER, accept=0.3))


def test_they_are_resampled_and_compared_like_every_metric() -> None:
    y, p = drawn(400)
    blind = np.random.default_rng(5).random(400)
    metrics = [empc_metric(OFFER), mpc_metric(OFFER, 0.3), "auc"]
    boot = bootstrap(y, {"score": Answers(p), "blind": Answers(blind)}, metrics=metrics, rounds=100, seed=3)
    found = boot.intervals["score"]["empc"]
    assert found.value == empc(y, p, offer=OFFER) == metrics[0].function(y, p)
    assert boot.intervals["score"]["mpc"].value == metrics[1].function(y, p)
    assert found.low < found.value < found.high
    drawn_rows = np.random.default_rng(3).integers(0, 400, 400)
    assert boot.draws["score"]["empc"][0] == pytest.approx(empc(y[drawn_rows], p[drawn_rows], offer=OFFER))
    apart = paired(boot, "empc", "score", "blind")
    assert apart.low > 0
    assert "score is better than blind by" in apart.verdict
    assert "currency per customer in empc" in apart.verdict


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Offer(100.0, 100.0, 1.0), "incentive: 100.0 is no less than the 100.0 a customer is worth"),
        (lambda: Offer(100.0, -1.0, 1.0), "incentive: -1.0 is not an amount"),
        (lambda: Offer(100.0, 1.0, float("nan")), "contact: nan is not an amount"),
        (lambda: empc([1], [0.5], offer=OFFER, alpha=0.0), "alpha: 0.0 gives no distribution"),
        (lambda: empc_metric(OFFER, beta=-2.0), "beta: -2.0 gives no distribution"),
        (lambda: mpc([1], [0.5], offer=OFFER, accept=1.5), "accept: 1.5 is outside 0 to 1"),
    ],
)
def test_what_no_offer_can_be_is_refused(make, said: str) -> None:
    with pytest.raises(ConfigError) as error:
        make()
    assert said in str(error.value)
    with pytest.raises(DataError, match="y: 1 of 2 values are neither 0 nor 1"):
        empc([0, 2], [0.1, 0.2], offer=OFFER)
