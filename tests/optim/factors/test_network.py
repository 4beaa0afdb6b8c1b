"""The epoch by torch is the epoch of the compiled loops."""

import dataclasses

import numpy as np
import pytest

pytest.importorskip("torch", reason="torch is an extra")

from casestudies.errors import ConfigError
from casestudies.optim import Steps, load, minimise, save
from casestudies.optim.factors import FactorAdam, FactorObjective, FactorState, history

SHAPE = (60, 40)


def objective(device=None, **changes):
    rng = np.random.default_rng(0)
    user, item = (rng.integers(0, rows, 1500, dtype=np.int32) for rows in SHAPE)
    rating = rng.integers(1, 6, 1500).astype(np.float32)
    settings = {"factors": 6, "ridge": 0.05, "bias_ridge": 0.02, "growth": 0.5, "batches": 7, "device": device}
    return FactorObjective(user, item, rating, SHAPE, **(settings | changes))


@pytest.mark.parametrize("kind", ["row", "entry"])
@pytest.mark.parametrize("batches", [1, 7, 500])  # of 500 some are empty
def test_both_take_the_same_steps_and_see_the_same(kind, batches):
    method = FactorAdam(0.05, 3, moments=kind, snapshots=1)
    one, other = (minimise(objective(device, batches=batches), method, stop=()) for device in (None, "cpu"))
    np.testing.assert_allclose(one.x, other.x, atol=1e-4 if batches > 100 else 1e-5)
    for name, column in one.trace.columns().items():
        if name != "seconds":
            np.testing.assert_allclose(other.trace.columns()[name], column, rtol=1e-3, err_msg=name)


def test_a_solve_begun_with_one_goes_on_with_the_other(tmp_path):
    method = FactorAdam(0.05, 4)
    whole = minimise(objective(), method, stop=())
    save(tmp_path / "state.npz", minimise(objective("cpu"), method, stop=[Steps(2)]).state)
    rest = minimise(objective(), method, load(tmp_path / "state.npz", FactorState), stop=())
    np.testing.assert_allclose(rest.x, whole.x, atol=1e-5)


def test_movielens_has_the_same_error_with_both(real_data):
    table = np.loadtxt(real_data / "ml-100k" / "u.data", dtype=np.int64)
    ratings = table[:, 0] - 1, table[:, 1] - 1, table[:, 2].astype(np.float32)
    order = np.random.default_rng(0).permutation(len(table))
    train, test = (tuple(part[rows] for part in ratings) for rows in (order[:90_000], order[90_000:]))
    o = FactorObjective(
        *train, (943, 1682), factors=32, ridge=0.1, bias_ridge=0.01, batches=8, held_out=test, scale=(1, 5)
    )
    method = FactorAdam(0.01, 25, betas=(0.9, 0.99), spread=0.03)
    errors = [
        minimise(dataclasses.replace(o, device=device), method, stop=()).state.figures["held_out_metric"][0]
        for device in (None, "cpu")
    ]
    assert errors[0] < 0.916
    assert abs(errors[0] - errors[1]) < 1e-3


def test_bags_and_a_device_do_not_go_together():
    o = objective()
    with pytest.raises(ConfigError, match="leave device out"):
        objective("cpu", bags=[history("user", o.user, o.item, SHAPE, 0.5)])
