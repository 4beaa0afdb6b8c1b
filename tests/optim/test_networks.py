import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is an extra")
from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402

from casestudies.errors import ConfigError, DataError  # noqa: E402
from casestudies.optim import L2, Dense, Logistic, Objective, minimise  # noqa: E402
from casestudies.optim.batches import TensorRows  # noqa: E402
from casestudies.optim.losses import Huber, Loss, Multinomial, Squared, Weighted  # noqa: E402
from casestudies.optim.methods import NewtonCG  # noqa: E402
from casestudies.optim.methods.first_order import Torch  # noqa: E402
from casestudies.optim.networks import TorchObjective  # noqa: E402
from casestudies.optim.spectrum import curvature_ends  # noqa: E402
from casestudies.optim.stopping import Steps  # noqa: E402


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(90, 3))
    return X, (X[:, 0] - 0.5 * X[:, 1] + rng.normal(size=90) > 0.3).astype(float)


def linear(columns, outputs=1):
    torch.manual_seed(0)
    return nn.Linear(columns, outputs).double()


def rows_of(X, y, batch=None, **more):
    return TensorRows(torch.from_numpy(X), torch.from_numpy(y), batch, **more)


@pytest.mark.parametrize("loss", [Logistic(), Squared(), Huber(1.0)])
@pytest.mark.parametrize("batch", [None, 7])
def test_a_linear_module_is_the_linear_objective(table, loss, batch):
    X, y = table
    network = TorchObjective(linear(3), loss, rows_of(X, y, batch))
    plain = Objective(Dense(X), y, loss, L2(np.zeros(1), np.arange(4) == 3), np.ones(90))
    x, _ = network.point()
    there = plain.evaluate(x)
    np.testing.assert_allclose(network.value(x), there.value / 90, rtol=1e-12)
    np.testing.assert_allclose(network.gradient(x), there.gradient / 90, rtol=1e-9, atol=1e-12)
    v = np.random.default_rng(1).normal(size=x.shape)
    product = plain.product(there.curvature, v) / 90
    np.testing.assert_allclose(network.product_at(x)(v), product, rtol=1e-9, atol=1e-12)


def test_several_classes_are_those_of_torch(table):
    X, _ = table
    y = np.random.default_rng(2).integers(0, 3, 90)
    ours = TorchObjective(linear(3, 3), Multinomial(), rows_of(X, y, 20))
    theirs = TorchObjective(linear(3, 3), F.cross_entropy, rows_of(X, y, 20))
    x, _ = ours.point()
    v = np.random.default_rng(1).normal(size=x.shape)
    np.testing.assert_allclose(ours.value(x), theirs.value(x), rtol=1e-12)
    np.testing.assert_allclose(ours.gradient(x), theirs.gradient(x), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(ours.product_at(x)(v), theirs.product_at(x)(v), rtol=1e-9, atol=1e-12)


class Lopsided(Loss):
    """Squared error that costs three times as much below as above: defined here, known to nobody else."""

    smooth, convex, attained = True, True, True
    interval = (-np.inf, np.inf)

    def value(self, z, y):
        return self.curvature(z, y) * (z - y) ** 2 / 2

    def slope(self, z, y):
        return self.curvature(z, y) * (z - y)

    def curvature(self, z, y):
        return 1.0 + 2.0 * (z < y)

    def inverse_link(self, z):
        return z


def test_one_loss_trains_the_linear_model_and_the_network_to_one_answer(table):
    X, _ = table
    y = X @ [1.0, 2.0, -1.0] + np.random.default_rng(3).normal(size=90)
    plain = Objective(Dense(X), y, Lopsided(), L2(np.zeros(1), np.arange(4) == 3), np.ones(90))
    network = TorchObjective(linear(3), Lopsided(), rows_of(X, y))
    best = minimise(plain, NewtonCG()).x
    solution = minimise(network, Torch("nesterov", 0.2), stop=(Steps(150),))
    np.testing.assert_allclose(solution.x, best, atol=1e-6)


def test_figures_of_rows_go_with_their_rows(table):
    X, y = table
    weights = np.random.default_rng(4).uniform(0, 3, 90)
    network = TorchObjective(
        linear(3), Weighted(Logistic(), weights), rows_of(X, y, 11), held_out=rows_of(X[:5], y[:5])
    )
    plain = Objective(Dense(X), y, Logistic(), L2(np.zeros(1), np.arange(4) == 3), weights)
    x, _ = network.point()
    np.testing.assert_allclose(network.gradient(x), plain.evaluate(x).gradient / 90, rtol=1e-9, atol=1e-12)
    z = torch.from_numpy(X[:5] @ x[:3, 0] + x[3, 0])
    assert network.judge().loss == pytest.approx(float(F.binary_cross_entropy_with_logits(z, torch.from_numpy(y[:5]))))


def test_an_epoch_takes_every_row_once_in_batches_of_nearly_one_size():
    rows = TensorRows(torch.arange(23.0)[:, None], torch.arange(23), 5)
    batches = list(rows.epoch(torch.Generator().manual_seed(3)))
    assert sorted({len(batch) for batch in batches}) == [4, 5]
    assert len(batches) == rows.batches == 5
    assert sorted(torch.cat([batch.labels for batch in batches]).tolist()) == list(range(23))
    assert all(
        (batch.inputs[:, 0] == batch.labels).all() and (batch.numbers == batch.labels).all() for batch in batches
    )
    again = list(rows.epoch(torch.Generator().manual_seed(3)))
    assert all((one.numbers == other.numbers).all() for one, other in zip(batches, again, strict=True))
    other = torch.cat([batch.numbers for batch in rows.epoch(torch.Generator().manual_seed(4))])
    assert not torch.equal(other, torch.cat([batch.numbers for batch in batches]))


def test_some_rows_are_spread_over_the_table():
    rows = TensorRows(torch.arange(100.0)[:, None], torch.arange(100), 8)
    some = torch.cat([batch.labels for batch in rows.in_order(10)])
    assert some.tolist() == list(range(0, 100, 10))
    assert torch.cat([batch.labels for batch in rows.in_order()]).tolist() == list(range(100))


def test_augmentation_is_for_training_only():
    rows = TensorRows(torch.ones(4, 1), torch.zeros(4), augment=lambda inputs, generator: inputs + 1)
    (learnt,), (seen,) = list(rows.epoch(torch.Generator())), list(rows.in_order())
    assert (learnt.inputs == 2).all()
    assert (seen.inputs == 1).all()


def test_a_point_is_put_back_with_its_running_means():
    torch.manual_seed(0)
    module = nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4), nn.Dropout(0.5), nn.Linear(4, 1))
    module[1].eval()  # a layer frozen on purpose stays so
    network = TorchObjective(module, F.mse_loss, TensorRows(torch.randn(20, 2), torch.randn(20, 1)))
    x, buffers = network.point()
    before = network.value(x)
    module.train()
    module[1].train()
    module(torch.randn(20, 2) * 5 + 3)
    with torch.no_grad():
        module[0].weight += 1
    assert network.value(network.point()[0]) != before
    network.put(x, buffers)
    np.testing.assert_array_equal(network.value(x), before)
    module[1].eval()
    network.probe(5)
    assert module[3].training
    assert not module[1].training


def test_the_metric_decides_which_point_is_best(table):
    X, y = table
    share = lambda outputs, labels: ((outputs[:, 0] > 0) == labels).mean()  # noqa: E731
    for larger in (True, False):
        network = TorchObjective(
            linear(3), Logistic(), rows_of(X, y), rows_of(X[:30], y[:30]), metric=share, larger_is_better=larger
        )
        judged = network.judge()
        scores = network.module(torch.from_numpy(X[:30])).detach().numpy()
        assert judged.metric == pytest.approx(share(scores, y[:30]))
        assert judged.figure == (-judged.metric if larger else judged.metric)
    assert np.isnan(TorchObjective(linear(3), Logistic(), rows_of(X, y)).judge().figure)


def test_the_best_constant_is_the_base_rate_or_the_mean(table):
    X, y = table
    rate = y.mean()
    entropy = -rate * np.log(rate) - (1 - rate) * np.log(1 - rate)
    assert TorchObjective(linear(3), Logistic(), rows_of(X, y, 8)).baseline() == pytest.approx(entropy)
    mean = TorchObjective(linear(3), lambda z, t: F.mse_loss(z[:, 0], t), rows_of(X, X[:, 0], 8)).baseline()
    assert mean == pytest.approx(X[:, 0].var())


def test_units_that_never_speak_are_counted():
    module = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 1))
    with torch.no_grad():
        module[0].bias[:3] = -100.0
        module[0].bias[3] = 100.0
    network = TorchObjective(module, F.mse_loss, TensorRows(torch.randn(20, 2), torch.randn(20, 1), 6))
    assert network.probe(20)[1] == {"1": 0.75}


def test_a_unit_that_speaks_for_one_row_is_alive():
    module = nn.Sequential(nn.Linear(1, 2), nn.ReLU(), nn.Linear(2, 1))
    with torch.no_grad():
        module[0].weight[:] = torch.tensor([[1.0], [-1.0]])
        module[0].bias[:] = torch.tensor([-0.5, -0.5])
    inputs = torch.tensor([[1.0], [0.0], [0.0], [-1.0]])
    assert TorchObjective(module, F.mse_loss, TensorRows(inputs, inputs, 1)).probe(4)[1] == {"1": 0.0}
    assert TorchObjective(module, F.mse_loss, TensorRows(inputs[:3], inputs[:3], 1)).probe(4)[1] == {"1": 0.5}


@pytest.mark.parametrize("columns", [5, 60])
def test_the_ends_of_the_spectrum_are_those_of_the_whole_hessian(columns):
    rng = np.random.default_rng(0)
    Q, _ = np.linalg.qr(rng.normal(size=(columns, columns)))
    H = Q @ np.diag(np.linspace(-3, 8, columns)) @ Q.T

    class Quadratic:
        def product_at(self, x):
            return lambda v: H @ v

    np.testing.assert_allclose(curvature_ends(Quadratic(), np.zeros((columns, 1))), (-3, 8), rtol=0.02)


@pytest.mark.parametrize(
    ("inputs", "labels", "batch", "message"),
    [
        (torch.ones(3, 1), torch.ones(2), None, "2 labels for 3 rows"),
        (torch.ones(0, 1), torch.ones(0), None, "0 labels for 0 rows"),
        (torch.tensor([[1.0], [np.nan]]), torch.ones(2), None, "row 2: inputs that are not finite in 1 rows"),
        (torch.ones(2, 1), torch.tensor([np.inf, 0.0]), None, "row 1: labels that are not finite in 1 rows"),
        (torch.ones(2, 1), torch.ones(2), 0, "batches of 0 rows"),
    ],
)
def test_rows_that_cannot_be_learnt_from_are_refused(inputs, labels, batch, message):
    with pytest.raises((DataError, ConfigError), match=message):
        TensorRows(inputs, labels, batch)


def test_a_point_of_another_module_is_refused(table):
    network = TorchObjective(linear(3), Logistic(), rows_of(*table))
    with pytest.raises(DataError, match=r"a point of shape \(5, 1\) for a module of 4 trainable parameters"):
        network.value(np.zeros((5, 1)))
