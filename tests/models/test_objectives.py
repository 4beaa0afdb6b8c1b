"""One loss object trains a line, trees and a network; LightGBM's own objectives are the peers."""

import doctest
import json
import subprocess
import sys

import lightgbm
import numpy as np
import pytest
from scipy.special import expit

from casestudies.errors import ConfigError, DataError
from casestudies.models import objectives
from casestudies.models.boosting import as_lightgbm
from casestudies.models.objectives import LossTrees
from casestudies.optim import L2, Dense, NewtonCG, Objective, minimise
from casestudies.optim.arrays import namespace
from casestudies.optim.losses import (
    ALL_LOSSES,
    Absolute,
    ExpectedCost,
    Focal,
    Huber,
    Logistic,
    Loss,
    Multinomial,
    Quantile,
    Squared,
    Weighted,
)

PARAMS = {"num_leaves": 7, "learning_rate": 0.1, "min_data_in_leaf": 10}
PEER = {**PARAMS, "seed": 0, "num_threads": 1, "deterministic": True, "force_row_wise": True, "verbosity": -1}


class Poisson(Loss):
    """exp(z) - y z: counts, with the logarithm of their mean as the margin. The library knows nothing of it."""

    smooth, convex, attained = True, True, False
    interval = (0.0, np.inf)

    def value(self, z, y):
        return namespace(z).exp(z) - y * z

    def slope(self, z, y):
        return namespace(z).exp(z) - y

    def curvature(self, z, y):
        return namespace(z).exp(z)

    def inverse_link(self, z):
        return namespace(z).exp(z)


def rows(n=800, seed=0):
    """Columns, a smooth signal, and weights of mean 1."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 4))
    X[rng.random(n) < 0.1, 2] = np.nan
    weight = rng.uniform(0.2, 3, n)
    return X, X[:, 0] + np.abs(X[:, 1]) - 0.5, weight / weight.mean(), rng


def labels_for(loss, signal, rng):
    if loss.classes:
        return np.digitize(signal + 0.5 * rng.normal(size=len(signal)), [-0.5, 0.5, 1.5]).astype(float)
    if tuple(loss.interval) == (0.0, 1.0):
        return (rng.random(len(signal)) < expit(2 * signal)).astype(float)
    if isinstance(loss, Poisson):
        return rng.poisson(np.exp(signal / 2)).astype(float)
    return signal + 0.3 * rng.normal(size=len(signal))


def cost(loss, margins, y):
    """Mean loss of the rows."""
    return loss.value(margins[:, None], y[:, None]).mean()


def splits(booster):
    """Every split of every tree: tree, column, threshold."""
    table = booster.trees_to_dataframe().dropna(subset="split_feature")
    columns = table["split_feature"].str.removeprefix("Column_").str.removeprefix("f")
    return list(zip(table["tree_index"], columns, table["threshold"], strict=True))


@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
@pytest.mark.parametrize(
    ("loss", "builtin"),
    [
        (Logistic(), {"objective": "binary"}),
        (Squared(), {"objective": "regression"}),
        (Multinomial(), {"objective": "multiclass", "num_class": 4}),
        (Poisson(), {"objective": "poisson", "poisson_max_delta_step": 1e-12}),
    ],
    ids=lambda each: type(each).__name__ if isinstance(each, Loss) else each["objective"],
)
def test_the_trees_are_those_of_the_built_in_objective(loss, builtin, weighted):
    X, signal, weight, rng = rows()
    y, weight = labels_for(loss, signal, rng), weight if weighted else None
    model = as_lightgbm(loss).fit(X, y, weight, trees=30, params=PARAMS)
    peer = lightgbm.train({**PEER, **builtin}, lightgbm.Dataset(X, y, weight=weight), num_boost_round=30)
    assert splits(model.booster) == splits(peer)
    np.testing.assert_allclose(model.predict(X), peer.predict(X), rtol=1e-6, atol=1e-6)
    if not loss.classes and not isinstance(loss, Squared | Poisson):
        np.testing.assert_allclose(model.predict_proba(X)[:, 1], peer.predict(X), atol=1e-6)


def test_a_loss_of_the_users_own_trains_a_line():
    X, signal, weight, rng = rows()
    X = np.nan_to_num(X)
    y = labels_for(Poisson(), signal, rng)
    free = np.arange(5) == 4
    solution = minimise(Objective(Dense(X), y, Poisson(), L2(np.array([3.0]), free), weight), NewtonCG())
    peer = pytest.importorskip("sklearn.linear_model").PoissonRegressor(
        alpha=3.0 / weight.sum(), solver="newton-cholesky", tol=1e-10
    )
    peer.fit(X, y, weight)
    np.testing.assert_allclose(solution.x[:, 0], [*peer.coef_, peer.intercept_], rtol=1e-6, atol=1e-9)


def test_a_loss_of_the_users_own_trains_trees_that_are_read_back():
    X, signal, weight, rng = rows()
    y = labels_for(Poisson(), signal, rng)
    model = as_lightgbm(Poisson()).fit(X, y, weight, trees=40, params=PARAMS)
    assert model.start == pytest.approx(np.log(np.average(y, weights=weight)), rel=1e-12)
    again = LossTrees.from_text(model.to_text(), Poisson())
    np.testing.assert_array_equal(again.predict(X), model.predict(X))
    assert again.to_text() == model.to_text()
    assert np.corrcoef(again.predict(X), np.exp(signal / 2))[0, 1] > 0.9
    with pytest.raises(ConfigError, match="grown with Poisson; give that loss as `loss`"):
        LossTrees.from_text(model.to_text(), where="trees.txt")
    with pytest.raises(ConfigError, match="grown with Poisson, not with Squared"):
        LossTrees.from_text(model.to_text(), Squared())
    with pytest.raises(ConfigError, match="Poisson predicts amounts"):
        model.predict_proba(X)


def test_a_loss_of_the_users_own_trains_a_network():
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    X, y = torch.tensor(rng.normal(size=(60, 3))), torch.tensor(rng.poisson(2.0, (60, 1)).astype(float))
    torch.manual_seed(0)
    network = torch.nn.Sequential(torch.nn.Linear(3, 5), torch.nn.Tanh(), torch.nn.Linear(5, 1)).double()
    margins = network(X)
    values = Poisson().value(margins, y)
    (slopes,) = torch.autograd.grad(values.sum(), margins, retain_graph=True)
    np.testing.assert_allclose(slopes, Poisson().slope(margins.detach(), y), rtol=1e-13)
    optimizer = torch.optim.LBFGS(network.parameters(), max_iter=50)

    def closure():
        optimizer.zero_grad()
        value = Poisson().value(network(X), y).mean()
        value.backward()
        return value

    before = values.mean().item()
    optimizer.step(closure)
    assert Poisson().value(network(X), y).mean().item() < before - 0.1


@pytest.mark.parametrize("loss", [*ALL_LOSSES, Poisson()], ids=lambda loss: type(loss).__name__)
def test_trees_lower_every_loss_and_read_back_are_the_same_bits(loss):
    X, signal, _, rng = rows()
    y = labels_for(loss, signal, rng)
    model = as_lightgbm(loss).fit(X, y, trees=60, params=PARAMS)
    margins = model.margin(X)
    constant = np.broadcast_to(model.start, margins.shape if loss.classes else (len(y), 1))
    constant = constant if loss.classes else constant[:, 0]
    assert cost(loss, margins, y) < 0.8 * cost(loss, constant, y)
    again = LossTrees.from_text(model.to_text(), loss if isinstance(loss, Poisson) else None)
    np.testing.assert_array_equal(again.margin(X), margins)
    np.testing.assert_array_equal(again.predict(X), loss.inverse_link(margins))
    assert np.isfinite(again.predict(X)).all()
    if tuple(loss.interval) == (0.0, 1.0) or loss.classes:
        np.testing.assert_allclose(again.predict_proba(X).sum(axis=1), 1, rtol=1e-14)


def test_probabilities_are_right_in_another_process(tmp_path):
    X, signal, _, rng = rows()
    X = X.round(3)
    model = as_lightgbm(Focal(1.5)).fit(X, labels_for(Focal(), signal, rng), trees=20, params=PARAMS)
    (tmp_path / "trees.txt").write_text(model.to_text())
    np.save(tmp_path / "X.npy", X)
    code = """
import sys, pathlib, numpy as np
from casestudies.models.objectives import LossTrees
folder = pathlib.Path(sys.argv[1])
model = LossTrees.from_text((folder / "trees.txt").read_text())
np.save(folder / "p.npy", model.predict_proba(np.load(folder / "X.npy")))
"""
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True)
    np.testing.assert_array_equal(np.load(tmp_path / "p.npy"), model.predict_proba(X))


def test_any_lightgbm_reads_the_text_and_the_last_line_says_what_it_lacks():
    X, signal, _, rng = rows()
    model = as_lightgbm(Logistic()).fit(X, labels_for(Logistic(), signal, rng), trees=20, params=PARAMS)
    text = model.to_text()
    ours = json.loads(text.splitlines()[-1].removeprefix("casestudies:"))
    raw = lightgbm.Booster(model_str=text).predict(X, raw_score=True)
    np.testing.assert_allclose(expit(raw + ours["start"][0]), model.predict(X), rtol=1e-14)
    assert ours["loss"] == "Logistic"


def test_weights_in_the_loss_are_weights_of_rows():
    X, signal, weight, rng = rows()
    y = labels_for(Logistic(), signal, rng)
    weight = np.where(np.arange(len(y)) % 5 == 0, 0.0, weight)
    given = as_lightgbm(Logistic()).fit(X, y, weight, trees=20, params=PARAMS)
    kept = weight > 0
    mean = weight[kept].mean()
    held = as_lightgbm(Weighted(Logistic(), weight / mean)).fit(X, y, kept, trees=20, params=PARAMS)
    np.testing.assert_allclose(held.predict(X), given.predict(X), rtol=1e-6)
    assert type(held.loss) is Logistic
    without = as_lightgbm(Logistic()).fit(X[kept], y[kept], weight[kept], trees=20, params=PARAMS)
    assert without.to_text() == given.to_text()


def test_trees_on_the_cost_itself_act_where_acting_pays():
    X, signal, _, rng = rows()
    base, extra = rng.uniform(0, 100, len(X)), 300 * signal + 30 * rng.normal(size=len(X))
    loss = ExpectedCost(base, extra)
    model = as_lightgbm(loss).fit(X, np.zeros(len(X)), trees=100, params=PARAMS)
    p = model.predict_proba(X)[:, 1]
    best, always, never = np.minimum(extra, 0).mean(), extra.mean(), 0.0
    assert (p * extra).mean() < 0.9 * best
    assert best < min(always, never)
    assert ((p > 0.5) == (signal < 0)).mean() > 0.93
    assert type(LossTrees.from_text(model.to_text()).loss) is Logistic


def test_quantiles_cover_their_share_and_outliers_are_withstood():
    X, signal, _, rng = rows(2000)
    y = signal + rng.normal(size=2000)
    model = as_lightgbm(Quantile(0.9)).fit(X, y, trees=100, params=PARAMS)
    assert (y <= model.predict(X)).mean() == pytest.approx(0.9, abs=0.02)
    y[::20] += 1e4
    robust = {
        loss: as_lightgbm(loss).fit(X, y, trees=100, params=PARAMS).predict(X) for loss in (Huber(1.0), Squared())
    }
    errors = [np.abs(said - signal).mean() for said in robust.values()]
    assert errors[0] < 1
    assert errors[1] > 100


def test_the_unit_of_the_labels_is_of_no_account():
    X, signal, _, rng = rows()
    y = signal + 0.3 * rng.normal(size=len(X))
    for loss in (Absolute(), Quantile(0.7)):
        cents, euros = (
            as_lightgbm(loss).fit(X, unit * y, trees=30, params={**PARAMS, "min_sum_hessian_in_leaf": 0}).predict(X)
            / unit
            for unit in (100.0, 1.0)
        )
        np.testing.assert_allclose(cents, euros, atol=1e-5)


def test_two_fits_are_the_same_bytes():
    X, signal, _, rng = rows()
    y = labels_for(Focal(), signal, rng)
    first, second = (as_lightgbm(Focal()).fit(X, y, trees=10, params=PARAMS).to_text() for _ in range(2))
    assert first == second


X, Y = np.arange(40.0)[:, None], np.arange(40) % 2


@pytest.mark.parametrize(
    ("loss", "y", "more", "error", "words"),
    [
        (Logistic(), np.ones(40), {}, DataError, "labels: no margin is best for all rows: Logistic falls for ever"),
        (Focal(), np.zeros(40), {}, DataError, "labels: no margin is best for all rows: Focal falls for ever"),
        (Logistic(), Y + 1.0, {}, DataError, "row 2: 20 labels are not between 0 and 1, first 2.0"),
        (
            Multinomial(),
            2 * Y,
            {},
            DataError,
            "the labels are 2 codes from 0 to 2; give whole codes 0, 1, ... with rows",
        ),
        (Multinomial(), 0.5 * Y, {}, DataError, "the labels are 2 codes from 0 to 0.5"),
        (Logistic(), Y, {"params": {"objective": "binary"}}, ConfigError, "params set objective, which the loss says"),
        (Logistic(), Y[:-1], {}, ValueError, "inconsistent numbers of samples"),
        (Logistic(), Y, {"sample_weight": -np.ones(40)}, ValueError, "Negative values"),
        (Weighted(Logistic(), np.ones(41)), Y, {}, DataError, "the loss holds figures of 41 rows, but there are 40"),
    ],
)
def test_what_cannot_be_trained_is_refused_in_words(loss, y, more, error, words):
    with pytest.raises(error) as caught:
        as_lightgbm(loss).fit(X, y, **more)
    assert words in str(caught.value)


@pytest.mark.parametrize("loss", [Logistic(), Multinomial(), Squared()], ids=lambda loss: type(loss).__name__)
def test_without_a_split_the_best_constant_is_predicted_and_said(loss):
    y = np.arange(40) % 4 == 0
    with pytest.warns(UserWarning, match="no split was possible: 40 rows; the best constant is predicted"):
        model = as_lightgbm(loss).fit(X, y, trees=3, params={"min_data_in_leaf": 30})
    again = LossTrees.from_text(model.to_text()).predict(X)
    np.testing.assert_allclose(again, np.full(again.shape, [0.75, 0.25] if loss.classes else 0.25), rtol=1e-9)


def test_damaged_texts_and_other_tables_are_refused():
    model = as_lightgbm(Logistic()).fit(X, Y, trees=3, params={"min_data_in_leaf": 2})
    text = model.to_text()
    for bad in (
        text[: len(text) // 2],
        text.replace("leaf_value=", "leaf_value=9", 1),
        text.replace('"start"', '"stat"'),
    ):
        with pytest.raises(DataError, match="^trees.txt: not a whole LossTrees model"):
            LossTrees.from_text(bad, where="trees.txt")
    with pytest.raises(ValueError, match="X has 2 features, but 1 were seen in training"):
        model.predict(np.ones((3, 2)))


def test_the_example_works():
    assert doctest.testmod(objectives).failed == 0
