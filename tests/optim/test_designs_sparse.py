import numpy as np
import pytest
from scipy import sparse

from casestudies.errors import DataError
from casestudies.optim.designs import Sparse

X = sparse.random_array((40, 6), density=0.3, format="csr", rng=np.random.default_rng(0))


@pytest.mark.parametrize("kind", [sparse.csr_array, sparse.csr_matrix])
def test_tiles_are_views_of_the_table(kind):
    table = kind(X)
    for tile in Sparse(table, tile=7).tiles():
        assert np.shares_memory(tile.X.data, table.data)
        assert np.shares_memory(tile.X.indices, table.indices)


def test_a_place_that_is_stored_twice_holds_the_sum():
    twice = sparse.csr_array(([1.0, 2.0, 5.0], [0, 0, 1], [0, 2, 3]), shape=(2, 2))
    (tile,) = Sparse(twice, intercept=False).tiles()
    assert tile.squares(np.ones((2, 1))).ravel().tolist() == [9.0, 25.0]
    assert twice.nnz == 3  # the caller's own table is left as it was


def test_rows_and_columns_without_any_entry():
    empty = sparse.csr_array((5, 3))
    (tile,) = Sparse(empty).tiles()
    assert tile.matmul(np.ones((4, 1))).ravel().tolist() == [1.0] * 5
    assert tile.rmatmul(np.ones((5, 1))).ravel().tolist() == [0.0, 0.0, 0.0, 5.0]


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e101])
def test_values_no_fit_can_use_are_counted_and_located(bad):
    table = sparse.lil_array((9, 5))
    table[4, 3] = table[8, 0] = bad
    table[0, 0] = 1.0
    with pytest.raises(DataError) as caught:
        Sparse(table.tocsr())
    assert str(caught.value).startswith("row 5, column 4: 2 values are missing or beyond 1e+100, first")


@pytest.mark.parametrize("table", [X.tocsc(), X.toarray(), sparse.csr_array((0, 3))])
def test_what_is_no_table_of_compressed_rows_is_refused(table):
    with pytest.raises(DataError, match="no compressed rows"):
        Sparse(table)
