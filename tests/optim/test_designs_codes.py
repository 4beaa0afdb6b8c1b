import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casestudies.errors import ConfigError, DataError
from casestudies.optim.designs import Codes


@st.composite
def tables(draw):
    bins = tuple(draw(st.lists(st.sampled_from([1, 2, 3, 7, 30, 90]), min_size=1, max_size=5)))
    rows, seed = draw(st.integers(1, 30)), draw(st.integers(0, 1000))
    codes = np.random.default_rng(seed).integers(0, bins, (rows, len(bins)))
    one = st.sampled_from(["steps", "levels"])
    coding = draw(one | st.tuples(*[one] * len(bins)))
    return codes.astype(np.uint16), bins, coding, draw(st.booleans())


def spelled_out(codes, bins, coding, intercept):
    columns = []
    for column, count in enumerate(bins):
        steps = (coding if isinstance(coding, str) else coding[column]) == "steps"
        for value in range(steps, count):
            mine = codes[:, column]
            columns.append(mine >= value if steps else mine == value)
    return np.column_stack([*columns, *[np.ones(len(codes))] * intercept, np.zeros((len(codes), 0))]).astype(float)


@settings(max_examples=50, deadline=None)
@given(tables(), st.integers(1, 40), st.integers(1, 3))
def test_codes_are_their_columns_spelled_out(table, tile, problems):
    codes, bins, coding, intercept = table
    whole = spelled_out(codes, bins, coding, intercept)
    design = Codes(codes, bins, coding, intercept, tile)
    assert design.shape == whole.shape
    rng = np.random.default_rng(0)
    W, S = rng.normal(size=(whole.shape[1], problems)), rng.normal(size=(len(whole), problems))
    np.testing.assert_allclose(np.vstack([t.matmul(W) for t in design.tiles()]), whole @ W, atol=1e-10)
    back, squares, gram = design.sum(
        lambda t: (t.rmatmul(S[t.rows]), t.squares(S[t.rows] ** 2), t.gram(S[t.rows] ** 2))
    )
    np.testing.assert_allclose(back, whole.T @ S, atol=1e-10)
    np.testing.assert_allclose(squares, whole.T @ S**2, atol=1e-10)
    np.testing.assert_allclose(gram, np.einsum("ri,rk,rj->kij", whole, S**2, whole), atol=1e-10)


def test_a_gram_of_more_rows_than_are_looked_at_together():
    rng = np.random.default_rng(0)
    codes, D = rng.integers(0, 5, (20_000, 3)), rng.random((20_000, 2))
    whole = spelled_out(codes, (5, 5, 5), "steps", True)
    (gram,) = Codes(codes, (5, 5, 5)).sum(lambda tile: (tile.gram(D[tile.rows]),))
    np.testing.assert_allclose(gram, np.einsum("ri,rk,rj->kij", whole, D, whole, optimize=True), rtol=1e-10)


def test_the_largest_number_of_bins():
    codes = np.array([[65_535, 1], [0, 0], [65_534, 1]], dtype=np.uint16)
    (tile,) = Codes(codes, (65_536, 2), "levels").tiles()
    W = np.arange(65_539.0)[:, None]
    assert tile.matmul(W).ravel().tolist() == [65_535 + 65_537 + 65_538, 65_536 + 65_538, 65_534 + 65_537 + 65_538]
    assert np.flatnonzero(tile.rmatmul(np.array([[1.0], [0.0], [0.0]]))).tolist() == [65_535, 65_537, 65_538]


def test_no_step_matrix_is_formed():
    rows, columns, bins = 50_000, 20, 20
    codes = np.random.default_rng(0).integers(0, bins, (rows, columns), dtype=np.uint8)
    matrix = rows * columns * (bins - 1) * 8
    tracemalloc.start()
    try:
        design = Codes(codes, (bins,) * columns)
        W, S = np.ones((design.shape[1], 1)), np.ones((rows, 1))
        design.sum(lambda tile: (tile.rmatmul(tile.matmul(W)), tile.gram(S[tile.rows])))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < matrix / 10


@pytest.mark.parametrize("bad", [4, -1])
def test_codes_beyond_the_bins_are_counted_and_located(bad):
    codes = np.zeros((6, 2), dtype=np.int64)
    codes[3, 1] = codes[5, 1] = bad
    with pytest.raises(DataError) as caught:
        Codes(codes, (9, 4))
    assert str(caught.value).startswith(f"row 4, column 2: 2 codes are not among the bins, first {bad} of 4 bins")


@pytest.mark.parametrize("codes", [np.zeros((0, 2), int), np.zeros((2, 0), int), np.zeros(2, int), np.zeros((2, 2))])
def test_what_is_no_table_of_codes_is_refused(codes):
    with pytest.raises(DataError, match="no table of codes"):
        Codes(codes, (1, 1))


@pytest.mark.parametrize("bins", [(2,), (2, 2, 2), (2, 0), (2, 65_537), ()])
def test_numbers_of_bins_that_do_not_fit(bins):
    with pytest.raises(ConfigError, match="for 2 columns of codes"):
        Codes(np.zeros((3, 2), int), bins)


def test_codings_that_do_not_fit_the_columns():
    with pytest.raises(ConfigError, match="1 codings for 2 columns of codes; give one per column"):
        Codes(np.zeros((3, 2), dtype=int), (1, 1), ("steps",))


def test_a_coding_of_another_name():
    with pytest.raises(ConfigError, match="did you mean 'levels'"):
        Codes(np.zeros((3, 2), int), (2, 2), "level")


def test_numbers_of_bins_may_come_as_an_array():
    codes = np.arange(12).reshape(6, 2) % 3
    given, written = Codes(codes, np.array([3, 3])), Codes(codes, (3, 3))
    W = np.arange(5.0)[:, None]
    np.testing.assert_array_equal(
        *(np.concatenate([tile.matmul(W) for tile in one.tiles()]) for one in (given, written))
    )
