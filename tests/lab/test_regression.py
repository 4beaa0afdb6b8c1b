import numpy as np
import pytest
from sklearn.linear_model import HuberRegressor, LinearRegression, QuantileRegressor

from casestudies.errors import DataError
from casestudies.lab.regression import regressions, synthetic

X, Y, NAMES = synthetic(400, seed=3)


@pytest.fixture(scope="module")
def told():
    return regressions(X, Y, NAMES, most=6)


def pinball(residual, level):
    return np.where(residual >= 0, level * residual, (level - 1) * residual).sum()


def residuals(fit):
    return Y - X @ fit.coefficients - fit.intercept


def test_the_squared_fit_is_scikit_learns(told):
    peer = LinearRegression().fit(X, Y)
    np.testing.assert_allclose(told.fits["squared"].coefficients, peer.coef_, rtol=1e-9)
    assert told.fits["squared"].intercept == pytest.approx(peer.intercept_, rel=1e-9)


@pytest.mark.parametrize(("name", "level", "times"), [("low", 0.1, 1), ("absolute", 0.5, 2), ("high", 0.9, 1)])
def test_straight_losses_cost_what_scikit_learns_cost(told, name, level, times):
    peer = QuantileRegressor(quantile=level, alpha=0.0, solver="highs").fit(X, Y)
    theirs = times * pinball(Y - peer.predict(X), level)
    assert told.fits[name].value == pytest.approx(theirs, rel=1e-9)
    assert times * pinball(residuals(told.fits[name]), level) == pytest.approx(theirs, rel=1e-9)


def test_the_huber_fit_costs_no_more_than_scikit_learns_at_its_scale():
    units = (X - X.mean(axis=0)) / X.std(axis=0)
    peer = HuberRegressor(alpha=0.0, max_iter=10_000, tol=1e-9).fit(units, Y / 1000)
    delta = 1000 * peer.epsilon * peer.scale_

    def cost(residual):
        far = np.abs(residual)
        return np.where(far <= delta, residual**2 / 2, delta * (far - delta / 2)).sum()

    ours = regressions(X, Y, NAMES, delta=delta).fits["huber"]
    assert ours.value == pytest.approx(cost(residuals(ours)), rel=1e-12)
    assert ours.value == pytest.approx(cost(Y - 1000 * peer.predict(units)), rel=1e-6)
    assert ours.value <= cost(Y - 1000 * peer.predict(units)) * (1 + 1e-12)


def test_what_a_row_does_is_what_a_fit_without_it_shows(told):
    whole = LinearRegression().fit(X, Y)
    for pull in told.pulls:
        rest = np.arange(len(Y)) != pull.row - 1
        without = LinearRegression().fit(X[rest], Y[rest])
        assert pull.without == pytest.approx(without.predict(X[[pull.row - 1]])[0], rel=1e-9)
        column = NAMES.index(pull.column)
        assert pull.moved == pytest.approx(whole.coef_[column] - without.coef_[column], rel=1e-6)
        shift = whole.predict(X) - without.predict(X)
        spread = ((Y - whole.predict(X)) ** 2).sum() / (len(Y) - 4)
        assert pull.distance == pytest.approx((shift**2).sum() / (4 * spread), rel=1e-6)
    assert [p.distance for p in told.pulls] == sorted((p.distance for p in told.pulls), reverse=True)


def test_the_rows_with_a_digit_too_many_are_those_that_pull(told):
    """And the loss that feels them most is the squared one."""
    wrong = {int(row) + 1 for row in np.flatnonzero(Y > 4000)}
    assert {pull.row for pull in told.pulls} <= wrong
    assert all(pull.weight < 0.1 for pull in told.pulls)
    assert told.removal.prices["squared"] > 10 * max(told.removal.prices["absolute"], told.removal.prices["huber"])
    area = {name: fit.coefficients[0] for name, fit in told.fits.items()}
    assert abs(area["absolute"] - 11) < 1 < abs(area["squared"] - 11)


def test_eight_of_ten_rows_not_seen_lie_within_the_interval():
    cover = regressions(*synthetic(4000, seed=1)).coverage
    assert cover.inside == pytest.approx(0.8, abs=3 * cover.error)
    assert cover.below + cover.inside + cover.above == pytest.approx(1)
    assert cover.rows == 800


def test_the_same_seed_gives_the_same_bytes():
    np.testing.assert_array_equal(synthetic(50, 1)[1], synthetic(50, 1)[1])
    assert str(regressions(X, Y, NAMES)) == str(regressions(X, Y, NAMES))


def test_a_column_that_only_rare_rows_show_is_left_at_0_where_they_are_gone():
    rare = np.zeros(len(Y))
    rare[np.argsort(-Y)[:2]] = 1.0
    told = regressions(np.column_stack([X, rare]), Y, [*NAMES, "rare"])
    assert all(np.isfinite(fit.coefficients).all() for fit in told.fits.values())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda x, y: (np.where(x == x[4, 1], np.nan, x), y), r"row 5, 'age .*missing or not finite; fill them"),
        (lambda x, y: (x, np.append(y[:-1], np.inf)), "row 400, 'the amount': 1 values are missing"),
        (lambda x, y: (x[:9], y[:9]), "9 rows for 3 columns; give at least 20"),
        (lambda x, y: (np.column_stack([x[:, :2], 0 * y + 7]), y), "distance .*is the same in every row; leave it out"),
        (
            lambda x, y: (np.column_stack([x[:, :2], x[:, 0] - 2 * x[:, 1]]), y),
            "distance .*follows from the columns before",
        ),
        (lambda x, y: (x[:, :2], y), "and 3 names; give"),
    ],
)
def test_a_table_that_holds_no_line_is_refused_in_one_line(change, words):
    with pytest.raises(DataError, match=words) as caught:
        regressions(*change(X, Y), NAMES)
    assert "\n" not in str(caught.value)
