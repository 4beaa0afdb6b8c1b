"""Columns of tables as embeddings: what is encoded how, and what comes back from JSON."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from casestudies.errors import CaseError, ConfigError
from casestudies.models.factorisation.sidefeatures import SideFeatures, side_features
from casestudies.optim.factors.bags import summed
from casestudies.optim.factors.tables import Tables


def table(rows: int = 40) -> pd.DataFrame:
    """Prices with a gap, categories, and cells of several genres."""
    return pd.DataFrame(
        {
            "price": [np.nan, *np.linspace(1, 5, rows - 1)],
            "kind": ["tea", "mug"] * (rows // 2),
            "genre": ["Comedy|Drama", "Drama", "War | Comedy|Drama", None] * (rows // 4),
        }
    )


def test_cells_of_several_levels_are_shares_that_sum_to_one():
    features = SideFeatures.of(table(), ["genre"], "item")
    assert features.names == ["genre = Comedy", "genre = Drama", "genre = War"]
    matrix = features.matrix(table().head(4)).toarray()
    np.testing.assert_allclose(matrix, [[0.5, 0.5, 0], [0, 1, 0], [1 / 3, 1 / 3, 1 / 3], [0, 0, 0]], rtol=1e-6)


def test_numbers_are_scaled_and_categories_are_indicators():
    features = SideFeatures.of(table(), ["price", "kind"], "item")
    matrix = features.matrix(table()).toarray()
    assert features.sources == ["price", "price", "kind", "kind"]
    assert matrix[:, 0].std() == pytest.approx(1, abs=0.05)
    np.testing.assert_array_equal(matrix[:, 1], np.arange(40) == 0)
    assert set(matrix[:, 2:].sum(axis=1)) == {1.0}


def test_levels_that_training_did_not_have_say_nothing():
    features = SideFeatures.of(table(), ["genre"], "item")
    new = pd.DataFrame({"genre": ["Western", "Western|War"]})
    np.testing.assert_allclose(features.matrix(new).toarray(), [[0, 0, 0], [0, 0, 1]])


def test_the_bag_is_the_matrix():
    features = SideFeatures.of(table(), ["price", "genre"], "item")
    bag = features.bag(table(), 0.1)
    rng = np.random.default_rng(0)
    embeddings = rng.standard_normal((bag.columns, 3)).astype(np.float32)
    biases = rng.standard_normal(bag.columns).astype(np.float32)
    zeros = np.zeros((40, 3), np.float32)
    whole = summed(Tables(zeros, zeros, zeros[:, 0], zeros[:, 0], (embeddings,), (biases,)), [bag])
    matrix = features.matrix(table()).toarray()
    np.testing.assert_allclose(whole.items, matrix @ embeddings, atol=1e-5)
    np.testing.assert_allclose(whole.item_bias, matrix @ biases, atol=1e-5)


def test_it_comes_back_from_json():
    features = SideFeatures.of(table(), ["price", "kind", "genre"], "user")
    back = SideFeatures.from_dict(json.loads(json.dumps(features.to_dict())))
    np.testing.assert_array_equal(back.matrix(table()).toarray(), features.matrix(table()).toarray())
    assert (back.side, back.names) == ("user", features.names)


def test_each_column_goes_to_the_table_that_has_it():
    items, users = table()[["price", "kind"]], table()[["genre", "kind"]]
    found = {one.side: one for one in side_features(["price", "genre", "kind"], items, users)}
    assert set(found["item"].sources) == {"price", "kind"}
    assert set(found["user"].sources) == {"genre", "kind"}
    assert side_features([], items, users) == ()
    with pytest.raises(ConfigError, match="no column 'prise' of items or users; did you mean 'price'"):
        side_features(["prise"], items, users)
    with pytest.raises(ConfigError, match="bring a table of items or users"):
        side_features(["price"], pd.DataFrame(), pd.DataFrame())


def test_a_column_that_new_rows_lack_is_named():
    features = SideFeatures.of(table(), ["price", "genre"], "item")
    for lacking in ("price", "genre"):
        with pytest.raises(CaseError, match=lacking):
            features.matrix(table().drop(columns=lacking))
