"""Batches and schedules against plain loops, closed forms and scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")

from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from casestudies.lab import batches, schedules
from casestudies.lab.invented import outcomes
from casestudies.lab.sections.batches import schedules_told, sizes_told
from casestudies.optim.methods.schedules import SCHEDULES


@pytest.fixture(scope="module")
def sizes():
    return batches.by_size((16, batches.ROWS), rate=0.5, epochs=8)


@pytest.fixture(scope="module")
def courses():
    return {one.name: one for one in schedules.courses(epochs=24)}


def test_the_least_loss_is_scikit_learns(sizes):
    rows = outcomes(batches.ROWS, batches.COLUMNS, 0)
    peer = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(rows.X, rows.y)
    assert sizes.least == pytest.approx(log_loss(rows.y, peer.predict_proba(rows.X)[:, 1]), rel=1e-7)


def test_all_rows_at_once_is_gradient_descent_by_hand(sizes):
    rows, w = outcomes(batches.ROWS, batches.COLUMNS, 0), np.zeros(batches.COLUMNS + 1)
    X = np.column_stack([rows.X, np.ones(len(rows.y))])
    losses = []
    for _ in range(9):
        z = X @ w
        losses.append(np.mean(np.logaddexp(0, z) - rows.y * z))
        w -= 0.5 * X.T @ (1 / (1 + np.exp(-z)) - rows.y) / len(rows.y)
    assert sizes.fits[1].above == pytest.approx(np.array(losses) - sizes.least, abs=1e-10)


def test_every_fit_reads_the_same_rows(sizes):
    for fit in sizes.fits:
        assert fit.rows.tolist() == [128 * n for n in range(9)]
    small, whole = sizes.fits
    assert small.above[1] < whole.above[1]  # eight steps against one
    assert np.isnan(whole.noise).all()
    assert (small.noise[1:] > 0).all()


def test_the_sentence_follows_the_figures(sizes):
    said = sizes_told(sizes)
    assert "batches of 16 had got furthest" in said
    other = sizes_told(batches.by_size((1, batches.ROWS), rate=0.5, epochs=4))
    assert "One row at a time hovers" in other


def test_adam_gives_way_to_momentum_and_says_when():
    fits = {fit.name: fit for fit in batches.by_method(epochs=20).fits}
    both, adam = fits["Adam, then momentum"], fits["Adam"]
    assert both.switched is not None
    assert np.array_equal(both.above[: both.switched + 1], adam.above[: both.switched + 1])
    assert not np.array_equal(both.above, adam.above)
    assert both.rate > 0
    assert adam.switched is None


def test_adam_stays_where_the_rates_that_agreed_lost_their_mean_by_the_end_of_the_epoch():
    """A mean below 0 is no rate: the batch that agreed was followed by ones that went uphill."""
    both = batches.by_method(rate=0.1, size=32, epochs=2, seed=1).fits[-1]
    assert both.switched is None


def test_schedules_are_their_formulas(courses):
    assert len(courses) == len(SCHEDULES)
    n = np.arange(24)
    shares = {name: one.shares for name, one in courses.items()}
    assert shares["constant"] == pytest.approx(np.ones(24))
    assert shares["step"] == pytest.approx(0.3 ** (n // 6))
    assert shares["exponential"] == pytest.approx(0.02 ** (n / 24))
    assert shares["cosine"] == pytest.approx((1 + np.cos(np.pi * n / 24)) / 2, abs=1e-9)
    restart = (1 + np.cos(np.pi * np.array([0, 1, 2, 0, 1, 2, 3, 4, 5]) / np.array([3, 3, 3, 6, 6, 6, 6, 6, 6]))) / 2
    assert shares["warm restarts"][:9] == pytest.approx(restart)
    up = 0.1 + 0.9 * np.array([0, 1, 2, 3, 4, 3, 2, 1]) / 4
    assert shares["cyclic"] == pytest.approx(np.tile(up, 3))
    assert shares["one cycle"].max() == pytest.approx(1, abs=0.02)
    assert shares["one cycle"][0] == pytest.approx(1 / 25)
    assert set(np.round(shares["plateau"] / 0.3 ** np.round(np.log(shares["plateau"]) / np.log(0.3)), 9)) == {1.0}


def test_without_noise_nothing_hovers_and_with_it_the_constant_rate_does(courses):
    still = {one.name: one for one in schedules.courses(epochs=24, noise=0.0)}["constant"]
    n = np.arange(25)
    exact = 0.5 * (9 * 0.7 ** (2 * n) + 9 / 5 * 0.94 ** (2 * n))
    assert still.values == pytest.approx(exact, rel=1e-9)
    assert "constant rate kept hovering" in schedules_told(list(courses.values()))
