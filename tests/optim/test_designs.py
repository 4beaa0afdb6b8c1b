"""What every design has to do, whatever it holds its rows in; and what only the ordinary array does."""

from dataclasses import dataclass

import numpy as np
import pytest
from scipy import sparse

from casestudies.errors import DataError
from casestudies.optim import L2, Logistic, NewtonCG, Objective, designs, minimise
from casestudies.optim.designs import Codes, Dense, Sparse

ROWS, FEATURES, PROBLEMS = 23, 4, 3
TABLE = np.random.default_rng(0).integers(-50, 50, (ROWS, FEATURES))
LABELS = np.random.default_rng(1).integers(0, 2, ROWS).astype(np.float64)
BINS = (3, 1, 7, 2)
CODES = (TABLE + 50) % BINS
HELD = {
    "float64": TABLE.astype(np.float64),
    "column by column": np.asfortranarray(TABLE.astype(np.float64)),
    "every other row": np.repeat(TABLE.astype(np.float64), 2, axis=0)[::2],
    "float32": TABLE.astype(np.float32),
    "whole numbers": TABLE,
    "truth values": TABLE > 0,
}


def dense(X):
    return lambda intercept, tile, _: (Dense(X, intercept, tile), X)


def compressed(X):
    return lambda intercept, tile, _: (Sparse(X, intercept, tile), X.toarray())


def coded(coding, dtype):
    columns = [np.arange(coding == "steps", bins) for bins in BINS]
    test = np.greater_equal if coding == "steps" else np.equal
    X = np.hstack([test(CODES[:, [column]], values) for column, values in enumerate(columns)])
    return lambda intercept, tile, _: (Codes(CODES.astype(dtype), BINS, coding, intercept, tile), X)


def tensor(dtype):
    def made(intercept, tile, _):
        torch = pytest.importorskip("torch")
        return designs.Torch(TABLE, "cpu", intercept, getattr(torch, dtype), tile), TABLE

    return made


def file(intercept, tile, folder):
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = {"label": LABELS, **{f"x{column}": values for column, values in enumerate(TABLE.T)}}
    pq.write_table(pa.table(table), folder / "rows.parquet", row_group_size=9)
    return designs.Parquet(folder / "rows.parquet", "label", intercept=intercept, tile=tile), TABLE


few = sparse.csr_array(np.where(TABLE % 3 == 0, TABLE, 0))
KINDS = {
    **{f"dense, {name}": dense(X) for name, X in HELD.items()},
    "sparse": compressed(few.astype(np.float64)),
    "sparse, float32": compressed(few.astype(np.float32)),
    "sparse, whole numbers": compressed(few),
    "sparse, bytes": compressed(few.astype(np.int8)),
    "sparse, truth values": compressed(few != 0),
    "steps": coded("steps", np.uint8),
    "steps, uint16": coded("steps", np.uint16),
    "levels": coded("levels", np.intp),
    "tensor": tensor("float64"),
    "tensor, float32": tensor("float32"),
    "file": file,
}
kinds = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())
intercepts = pytest.mark.parametrize("intercept", [True, False], ids=["with ones", "without"])


@dataclass(frozen=True)
class Products:
    """Everything a tile can do, as the part of a sum."""

    W: np.ndarray
    S: np.ndarray

    def __call__(self, tile):
        S = tile.bring(self.S[tile.rows])
        D = tile.bring(self.S[tile.rows] ** 2)
        return tile.rmatmul(S), tile.squares(D), tile.gram(D)


def with_ones(X, intercept):
    X = X.astype(np.float64)
    return np.hstack([X, np.ones((len(X), 1))]) if intercept else X


def agree(design, whole, tolerance=1e-11):
    rng = np.random.default_rng(1)
    W, S = rng.normal(size=(whole.shape[1], PROBLEMS)), rng.normal(size=(len(whole), PROBLEMS))
    assert design.shape == whole.shape
    margins = np.vstack([np.asarray(tile.matmul(W)) for tile in design.tiles()])
    np.testing.assert_allclose(margins, whole @ W, rtol=tolerance, atol=50 * tolerance)
    sums = design.sum(Products(W, S))
    expected = whole.T @ S, (whole**2).T @ S**2, np.einsum("ri,rk,rj->kij", whole, S**2, whole)
    for got, wanted in zip(sums, expected, strict=True):
        assert got.dtype == np.float64
        np.testing.assert_allclose(got, wanted, rtol=tolerance, atol=tolerance * np.abs(wanted).max())


@kinds
@intercepts
@pytest.mark.parametrize("tile", [1, 7, ROWS, 1000])
def test_tiles_are_the_table_whatever_holds_it(kind, intercept, tile, tmp_path, request):
    design, X = kind(intercept, tile, tmp_path)
    single = request.node.callspec.id.count("tensor, float32")
    agree(design, with_ones(X, intercept), tolerance=1e-5 if single else 1e-11)


@kinds
@intercepts
def test_some_of_the_rows_in_any_order(kind, intercept, tmp_path):
    design, X = kind(intercept, 5, tmp_path)
    rows = np.array([4, 22, 4, 0, 13, 7, 8])
    if not design.keeps:
        with pytest.raises(NotImplementedError):
            design.take(rows)
        return
    some = design.take(rows)
    assert type(some) is type(design)
    agree(some, with_ones(X, intercept)[rows], tolerance=1e-5)


@kinds
def test_tiles_follow_one_another_and_are_the_same_every_time(kind, tmp_path):
    design, _ = kind(True, 4, tmp_path)
    places = [tile.rows for tile in design.tiles()]
    assert np.concatenate([np.arange(ROWS)[place] for place in places]).tolist() == list(range(ROWS))
    assert max(place.stop - place.start for place in places) <= 4
    assert [tile.rows for tile in design.tiles()] == places


@kinds
def test_the_same_optimum_whatever_holds_the_rows(kind, tmp_path, request):
    design, X = kind(True, 5, tmp_path)
    free = np.arange(design.shape[1]) == design.shape[1] - 1
    penalty = L2(np.array([1.0, 30.0]), free)
    weights = np.ones(ROWS)
    ours = (LABELS, Logistic(), penalty, weights) if design.keeps else (None, Logistic(), penalty)
    found = minimise(Objective(design, *ours), NewtonCG())
    wanted = minimise(Objective(Dense(X.astype(np.float64)), LABELS, Logistic(), penalty, weights), NewtonCG())
    single = request.node.callspec.id.count("tensor, float32")
    np.testing.assert_allclose(found.state.value, wanted.state.value, rtol=1e-5 if single else 1e-10)
    np.testing.assert_allclose(found.x, wanted.x, atol=1e-3 if single else 1e-7)


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


def test_a_name_that_is_no_design():
    with pytest.raises(AttributeError, match="Spark"):
        designs.Spark  # noqa: B018
