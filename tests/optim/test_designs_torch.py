import numpy as np
import pytest

from casestudies.errors import ConfigError, DataError
from casestudies.optim import ALL_LOSSES, L2, Logistic, NewtonCG, Objective, minimise
from casestudies.optim.designs import Dense

torch = pytest.importorskip("torch")

from casestudies.optim.designs import Torch  # noqa: E402

RNG = np.random.default_rng(0)
X = RNG.normal(size=(300, 5))
card = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no graphics card here")


def test_rows_stay_tensors_and_sums_come_back_as_arrays():
    seen = []

    def part(tile):
        z = tile.matmul(np.ones((6, 2)))
        seen.append(z)
        return z.sum(0), tile.rmatmul(z)

    sums = Torch(X, "cpu", tile=100).sum(part)
    assert all(isinstance(z, torch.Tensor) and z.dtype == torch.float64 for z in seen)
    assert all(isinstance(total, np.ndarray) and total.dtype == np.float64 for total in sums)


def test_a_tensor_is_read_where_it_lies():
    tensor = torch.as_tensor(X.copy())
    assert all(tile.X.data_ptr() >= tensor.data_ptr() for tile in Torch(tensor, "cpu").tiles())
    assert Torch(tensor, "cpu").X.data_ptr() == tensor.data_ptr()


def test_single_precision_is_a_matter_of_storage_only():
    rows = RNG.normal(size=(300, 2))
    exact, single = (Torch(X, "cpu", dtype=dtype) for dtype in (torch.float64, torch.float32))
    (one,), (other,) = (
        design.sum(lambda tile: (tile.rmatmul(tile.bring(rows[tile.rows])),)) for design in (exact, single)
    )
    assert 0 < np.abs(one - other).max() < 1e-4
    assert all(tile.matmul(np.ones((6, 1))).dtype == torch.float64 for tile in single.tiles())


def test_products_keep_their_mantissas_and_the_setting_is_left_as_it_was():
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("medium")
    try:
        Torch(X, "cpu", dtype=torch.float32).sum(lambda tile: (tile.matmul(np.ones((6, 1))).sum(0),))
        assert torch.get_float32_matmul_precision() == "medium"
    finally:
        torch.set_float32_matmul_precision(before)


class Far(torch.Tensor):
    """A tensor on the processor that is as hard to get at as one on a graphics card."""

    def __array__(self, *_, **__):
        raise TypeError("the rows are on a card")

    def cpu(self):
        return self.as_subclass(torch.Tensor)


@pytest.mark.parametrize("loss", ALL_LOSSES, ids=lambda loss: type(loss).__name__)
def test_nothing_takes_rows_off_the_card_in_passing(loss):
    far = Torch(torch.as_tensor(X).as_subclass(Far), "cpu", tile=100)
    low = loss.interval[0]
    y = np.where(X[:, 0] + RNG.normal(size=300) > 0, 1.0, max(low, -1.0))
    W = RNG.normal(size=(6, 2, 3) if loss.classes else (6, 2))
    there, here = (
        Objective(design, y, loss, L2(np.ones(2), np.arange(6) == 5), np.ones(300))
        for design in (far, Dense(X, tile=100))
    )
    far_off, near = there.evaluate(W), here.evaluate(W)
    for name in ("value", "gradient", "misfits"):
        np.testing.assert_allclose(getattr(far_off, name), getattr(near, name), rtol=1e-11, atol=1e-11)
    products = there.product(far_off.curvature, W), here.product(near.curvature, W)
    np.testing.assert_allclose(*products, rtol=1e-11, atol=1e-11)
    np.testing.assert_allclose(there.margins(W), here.margins(W), rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e101])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.filterwarnings("ignore:overflow")
def test_values_no_fit_can_use_are_counted_and_located(bad, dtype):
    table = X.copy()
    table[12, 2] = table[20, 0] = bad
    with pytest.raises(DataError) as caught:
        Torch(table, "cpu", dtype=dtype)
    assert str(caught.value).startswith("row 13, column 3: 2 values are missing or beyond 1e+1")


@pytest.mark.parametrize("device", ["cuda:99", "abacus"])
def test_a_device_that_is_not_there(device):
    with pytest.raises(ConfigError, match=f"there is no device '{device}' here"):
        Torch(X, device)


def test_a_type_too_coarse_to_fit_with():
    with pytest.raises(ConfigError, match="too coarse"):
        Torch(X, "cpu", dtype=torch.float16)


@pytest.mark.parametrize("table", [np.zeros((0, 3)), np.zeros(3)])
def test_what_is_no_table_is_refused(table):
    with pytest.raises(DataError, match="no table"):
        Torch(table, "cpu")


@card
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_the_same_optimum_on_a_graphics_card(dtype):
    rng = np.random.default_rng(0)
    table = rng.normal(size=(20_000, 20))
    y = (rng.random(20_000) < 1 / (1 + np.exp(-table[:, 0]))).astype(np.float64)
    penalty = L2(np.array([1.0, 10.0]), np.arange(21) == 20)
    designs = Torch(table, "cuda", dtype=dtype, tile=3000), Dense(table)
    there, here = (minimise(Objective(d, y, Logistic(), penalty, np.ones(20_000)), NewtonCG()) for d in designs)
    np.testing.assert_allclose(there.x, here.x, atol=1e-9 if dtype == torch.float64 else 1e-4)
