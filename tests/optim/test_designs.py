import numpy as np
import pytest

from casestudies.errors import DataError
from casestudies.optim import Dense

ROWS, FEATURES, PROBLEMS = 23, 4, 3
TABLE = np.random.default_rng(0).integers(-50, 50, (ROWS, FEATURES))
HELD = {
    "float64": TABLE.astype(np.float64),
    "column by column": np.asfortranarray(TABLE.astype(np.float64)),
    "every other row": np.repeat(TABLE.astype(np.float64), 2, axis=0)[::2],
    "float32": TABLE.astype(np.float32),
    "whole numbers": TABLE,
    "truth values": TABLE > 0,
}
held = pytest.mark.parametrize("X", HELD.values(), ids=HELD.keys())


def explicit(design):
    """The same table as one float64 array, ones included."""
    X = design.X.astype(np.float64)
    return np.hstack([X, np.ones((len(X), 1))]) if design.intercept else X


@held
@pytest.mark.parametrize("tile", [1, 7, ROWS, 1000])
@pytest.mark.parametrize("intercept", [True, False])
def test_tiles_are_the_table_whatever_its_order_and_type(X, tile, intercept):
    rng = np.random.default_rng(1)
    design = Dense(X, intercept, tile)
    whole = explicit(design)
    assert design.shape == whole.shape
    W, S = rng.normal(size=(whole.shape[1], PROBLEMS)), rng.normal(size=(ROWS, PROBLEMS))
    D = S**2
    np.testing.assert_allclose(np.vstack([t.matmul(W) for t in design.tiles()]), whole @ W, rtol=1e-13)
    back, squares, gram = design.sum(
        lambda t: (t.rmatmul(S[t.rows]), t.squares(D[t.rows]), t.gram(D[t.rows])),
    )
    np.testing.assert_allclose(back, whole.T @ S, rtol=1e-11)
    np.testing.assert_allclose(squares, (whole**2).T @ D, rtol=1e-12)
    np.testing.assert_allclose(gram, np.einsum("ri,rk,rj->kij", whole, D, whole), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("order", ["C", "F"])
def test_a_float64_table_is_read_where_it_lies(order):
    X = np.array(TABLE, dtype=np.float64, order=order)
    X.flags.writeable = False
    assert all(np.shares_memory(tile.X, X) for tile in Dense(X, tile=5).tiles())


def test_tiles_are_added_in_their_order():
    seen = []
    Dense(HELD["float64"], tile=10).sum(lambda tile: (seen.append(tile.rows) or np.zeros(1),))
    assert seen == [slice(0, 10), slice(10, 20), slice(20, 23)]


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e101])
def test_values_no_fit_can_use_are_counted_and_located(bad):
    X = HELD["float64"].copy()
    X[12, 2] = X[20, 0] = bad
    with pytest.raises(DataError) as caught:
        Dense(X, tile=5)
    assert str(caught.value).startswith("row 13, column 3: 2 values are missing or beyond 1e+100, first")


@pytest.mark.parametrize("X", [np.zeros((0, 3)), np.zeros(3)])
def test_what_is_no_table_is_refused(X):
    with pytest.raises(DataError, match="no table"):
        Dense(X)
