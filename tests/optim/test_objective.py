import numpy as np
import pytest

from casestudies.errors import DataError
from casestudies.optim import L2, Dense, Logistic, Objective

ROWS, COLUMNS, PROBLEMS = 40, 4, 3


def objective(tile=9, **changes):
    rng = np.random.default_rng(0)
    parts = {
        "design": Dense(rng.normal(size=(ROWS, COLUMNS - 1)), tile=tile),
        "y": (rng.random(ROWS) < 0.4).astype(float),
        "loss": Logistic(),
        "penalty": L2(np.array([0.0, 1.0, 10.0]), np.arange(COLUMNS) == COLUMNS - 1),
        "weights": rng.integers(0, 3, (ROWS, PROBLEMS)).astype(float),
    }
    return Objective(**parts | changes)


@pytest.fixture
def point():
    return np.random.default_rng(1).normal(size=(COLUMNS, PROBLEMS))


def test_the_value_is_the_weighted_loss_plus_the_penalty(point):
    it = objective()
    Z = np.hstack([it.design.X, np.ones((ROWS, 1))]) @ point
    likelihood = np.where(it.y[:, None] == 1, 1 / (1 + np.exp(-Z)), 1 / (1 + np.exp(Z)))
    expected = -(it.weights * np.log(likelihood)).sum(0) + [0, 0.5, 5.0] * (point[:-1] ** 2).sum(0)
    np.testing.assert_allclose(it.evaluate(point).value, expected, rtol=1e-13)


def test_the_gradient_is_the_slope_of_the_value(point):
    it, step = objective(), 1e-6
    gradient = it.evaluate(point).gradient
    for column in range(COLUMNS):
        nudge = step * (np.arange(COLUMNS) == column)[:, None]
        slope = (it.evaluate(point + nudge).value - it.evaluate(point - nudge).value) / (2 * step)
        np.testing.assert_allclose(gradient[column], slope, rtol=1e-6, atol=1e-6)


def test_products_are_the_slope_of_the_gradient(point):
    it, step = objective(), 1e-6
    P = np.random.default_rng(2).normal(size=point.shape)
    slope = (it.evaluate(point + step * P).gradient - it.evaluate(point - step * P).gradient) / (2 * step)
    np.testing.assert_allclose(it.product(it.evaluate(point).curvature, P), slope, rtol=1e-6, atol=1e-6)


def test_hessian_and_diagonal_agree_with_products(point):
    it = objective()
    at = it.evaluate(point).curvature
    by_products = np.stack([it.product(at, np.repeat(e[:, None], PROBLEMS, 1)) for e in np.eye(COLUMNS)], axis=1)
    quadratic = np.stack([np.diag(prices) for prices in at.quadratic.T])
    np.testing.assert_allclose(it.gram(at) + quadratic, by_products.transpose(2, 1, 0), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(it.diagonal(at), np.einsum("iik->ik", by_products), rtol=1e-12)


def test_rows_of_weight_zero_have_margins_too(point):
    it = objective()
    np.testing.assert_allclose(it.margins(point), np.hstack([it.design.X, np.ones((ROWS, 1))]) @ point, rtol=1e-12)


def test_a_fold_left_out_is_rows_of_weight_zero(point):
    folds, held = np.arange(ROWS) % 3, np.array([1, -1, 0])
    weights = np.random.default_rng(3).random(ROWS)
    left_out = objective(weights=weights, folds=folds, held=held).evaluate(point)
    written = objective(weights=weights[:, None] * (folds[:, None] != held)).evaluate(point)
    np.testing.assert_array_equal(left_out.value, written.value)
    np.testing.assert_array_equal(left_out.gradient, written.gradient)


def test_a_design_that_keeps_no_rows_gives_the_same_products(point):
    class Elsewhere(Dense):
        keeps = False

        def blocks(self):
            for block in super().blocks():
                yield (Labelled(tile) for tile in block)

    class Labelled:
        def __init__(self, tile):
            self.tile, self.y, self.weights = tile, here.y[tile.rows], here.weights[tile.rows, 0]

        def __getattr__(self, name):
            return getattr(self.tile, name)

    here = objective()
    near = objective(weights=here.weights[:, 0])
    far = objective(design=Elsewhere(here.design.X, tile=9), y=None, weights=None)
    mine, theirs = near.evaluate(point), far.evaluate(point)
    assert theirs.curvature.rows is None
    P = np.random.default_rng(2).normal(size=point.shape)
    np.testing.assert_array_equal(mine.value, theirs.value)
    np.testing.assert_array_equal(near.product(mine.curvature, P), far.product(theirs.curvature, P))
    np.testing.assert_array_equal(near.gram(mine.curvature), far.gram(theirs.curvature))


def test_a_draft_is_right_to_single_precision(point):
    it = objective()
    draft = objective(draft=it.design.single())
    fine, rough = draft.evaluate(point), draft.evaluate(point, draft=True)
    np.testing.assert_array_equal(fine.value, it.evaluate(point).value)
    np.testing.assert_allclose(rough.value, fine.value, rtol=1e-6)
    np.testing.assert_allclose(rough.gradient, fine.gradient, atol=1e-4)
    assert not np.array_equal(rough.gradient, fine.gradient)


def test_one_column_of_weights_serves_all_problems(point):
    shared = np.random.default_rng(3).random(ROWS)
    one = objective(weights=shared).evaluate(point)
    many = objective(weights=np.repeat(shared[:, None], PROBLEMS, 1)).evaluate(point)
    np.testing.assert_array_equal(one.value, many.value)
    np.testing.assert_array_equal(one.gradient, many.gradient)


@pytest.mark.parametrize("tile", [1, 16, 4096])
def test_the_size_of_the_tiles_does_not_matter(tile, point):
    np.testing.assert_allclose(
        objective(tile).evaluate(point).gradient, objective().evaluate(point).gradient, rtol=1e-12
    )


def test_selecting_problems_keeps_what_belongs_to_them(point):
    it, some = objective(), np.array([2, 0])
    part, whole = it.select(some).evaluate(point[:, some]), it.evaluate(point)
    np.testing.assert_allclose(part.value, whole.value[some], rtol=1e-14)
    np.testing.assert_allclose(part.gradient, whole.select(some).gradient, rtol=1e-12)


def test_replacing_problems_leaves_the_others_and_the_original_alone(point):
    it, some = objective(), np.array([1])
    before = it.evaluate(point)
    kept = before.value.copy()
    after = before.replaced(some, it.select(some).evaluate(2 * point[:, some]))
    np.testing.assert_array_equal(before.value, kept)
    np.testing.assert_array_equal(after.value[[0, 2]], kept[[0, 2]])
    np.testing.assert_allclose(after.value[1], it.evaluate(2 * point).value[1])


def test_misfits_are_the_rows_that_count_and_lie_on_the_wrong_side(point):
    it = objective()
    said = it.evaluate(point)
    wrong = (it.margins(point) > 0) != (it.y[:, None] == 1)
    np.testing.assert_array_equal(said.misfits, (wrong & (it.weights > 0)).sum(0))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"y": np.full(ROWS, 2.0)}, "row 1: 40 labels are not between 0 and 1, first 2.0"),
        ({"y": np.where(np.arange(ROWS) == 6, np.nan, 0.0)}, "row 7: 1 labels are not between 0 and 1, first nan"),
        ({"y": np.zeros(ROWS - 1)}, "give one label per row"),
        ({"weights": np.ones(ROWS - 1)}, "row weights of shape (39,) for 40 rows and 3 problems"),
        ({"weights": np.ones((ROWS, 2))}, "row weights of shape (40, 2) for 40 rows and 3 problems"),
        ({"weights": -np.ones(ROWS)}, "row 1: 40 weights are not from 0 to 1e100"),
        ({"weights": np.where(np.arange(ROWS) == 3, np.nan, 1.0)}, "row 4: 1 weights are not from 0 to 1e100"),
        ({"weights": np.ones((ROWS, PROBLEMS)) * [1, 0, 1]}, "all rows weigh 0"),
    ],
)
def test_what_does_not_fit_together_is_refused_in_words(changes, words):
    with pytest.raises(DataError) as caught:
        objective(**changes)
    assert words in str(caught.value)
