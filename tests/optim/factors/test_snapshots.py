"""The mean of several factor models is one factor model."""

from __future__ import annotations

import numpy as np
import pytest

from casestudies.errors import DataError
from casestudies.optim.factors.snapshots import gain, mean_of
from casestudies.optim.factors.tables import Tables


def model(seed, users=6, items=5, factors=3):
    rng = np.random.default_rng(seed)
    sizes = ((users, factors), (items, factors), (users,), (items,))
    return Tables(*(rng.standard_normal(size, np.float32) for size in sizes))


def scores(tables):
    return tables.users @ tables.items.T + tables.user_bias[:, None] + tables.item_bias


@pytest.mark.parametrize("count", [1, 2, 7])
def test_its_scores_are_the_mean_scores(count):
    models = [model(seed) for seed in range(count)]
    mean = mean_of(models)
    assert mean.users.shape == (6, 3 * count)
    np.testing.assert_allclose(scores(mean), np.mean([scores(one) for one in models], axis=0), atol=1e-5)


def test_the_gain_is_that_of_errors_within_the_scale():
    models, rng = [model(seed) for seed in range(4)], np.random.default_rng(9)
    user, item = rng.integers(0, 6, 40, np.int32), rng.integers(0, 5, 40, np.int32)
    rating = rng.uniform(1, 5, 40).astype(np.float32)
    found = gain(models, (user, item, rating), 3.0, (1.0, 5.0))

    def error(table):
        return np.sqrt(np.mean((np.clip(3 + table[user, item], 1, 5) - rating) ** 2))

    each = [scores(one) for one in models]
    np.testing.assert_allclose(found.each, [error(table) for table in each], rtol=1e-5)
    assert found.together == pytest.approx(error(np.mean(each, axis=0)), rel=1e-5)
    assert found.over_the_last == pytest.approx(found.each[-1] - found.together)
    assert str(found) == (
        f"mean of 4: RMSE {found.together:.4f}, the last alone {found.each[-1]:.4f} (gain {found.over_the_last:+.4f})"
    )


@pytest.mark.parametrize("models", [[], [model(0), model(1, factors=4)]])
def test_models_that_do_not_match_are_refused(models):
    with pytest.raises(DataError, match="cannot be averaged"):
        mean_of(models)


def test_models_whose_sums_are_not_in_their_vectors_are_refused():
    bagged = Tables(
        *(getattr(model(0), name) for name in ("users", "items", "user_bias", "item_bias")), (np.zeros((2, 3)),)
    )
    with pytest.raises(DataError, match="bags"):
        mean_of([bagged])
