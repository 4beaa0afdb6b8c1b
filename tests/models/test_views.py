"""The table from above: components as scikit-learn has them, and a map that is the same each time."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.decomposition import PCA
from sklearn.manifold import trustworthiness

from casestudies.models.views import ROWS, views
from casestudies.tabular.encode import Encoder

KINDS = {"a": "number", "b": "number", "c": "category"}


@pytest.fixture(scope="module")
def table():
    """(frame, y): two clusters of rows; the events are in the second."""
    random = np.random.default_rng(1)
    rows = 1000
    second = random.random(rows) < 0.2
    frame = pd.DataFrame(
        {
            "a": random.normal(size=rows) + 8 * second,
            "b": random.normal(size=rows) - 8 * second,
            "c": np.where(second, "x", random.choice(["y", "z"], rows)),
        }
    )
    return frame, second.astype(float)


@pytest.fixture(scope="module")
def seen(table):
    frame, y = table
    return views(frame, KINDS, y, np.ones(len(y)), 0)


def test_components_are_those_of_scikit_learn(table, seen):
    frame, _ = table
    encoder = Encoder(KINDS, log=True).fit(frame)
    X = encoder.transform(frame)
    peer = PCA().fit(X)
    np.testing.assert_allclose([one.share for one in seen.components], peer.explained_variance_ratio_[:2], rtol=1e-9)
    expected = peer.transform(X[seen.rows])[:, :2]
    signs = np.sign((expected * seen.pca).sum(axis=0))
    np.testing.assert_allclose(seen.pca, expected * signs, atol=1e-9)
    assert seen.needed == int(np.argmax(np.cumsum(peer.explained_variance_ratio_) >= 0.9)) + 1
    assert seen.width == 5
    for one in seen.components:
        assert one.loadings[0] == max(one.loadings, key=abs) > 0
        assert set(one.columns) <= set(encoder.feature_names)


def test_a_row_of_weight_two_is_there_twice(table):
    frame, y = table
    some, twice = frame[:40].reset_index(drop=True), np.r_[np.arange(40), np.arange(10)]
    weight = np.where(np.arange(40) < 10, 2.0, 1.0)
    encoder = Encoder({"a": "number", "b": "number"}).fit(some)
    X = encoder.transform(some)
    told = views(some[["a", "b"]], {"a": "number", "b": "number"}, y[:40], weight, 0)
    peer = PCA().fit(X[twice])
    np.testing.assert_allclose([one.share for one in told.components], peer.explained_variance_ratio_, rtol=1e-9)


def test_the_map_keeps_neighbours_and_parts_what_is_apart(table, seen):
    frame, _ = table
    X = Encoder(KINDS, log=True).fit(frame).transform(frame)[seen.rows]
    assert trustworthiness(X, seen.tsne, n_neighbors=10) > 0.95
    assert seen.near_event == 1.0
    assert seen.near_other == 0.0


def test_the_same_rows_give_the_same_bits_and_plain_json(table, seen):
    frame, y = table
    again = views(frame, KINDS, y, np.ones(len(y)), 0)
    assert again.tsne.tobytes() == seen.tsne.tobytes()
    assert json.dumps(again.to_dict(), allow_nan=False) == json.dumps(seen.to_dict(), allow_nan=False)
    assert len(seen.rows) == len(seen.event) == ROWS


def test_rare_events_are_drawn_more_often(table):
    frame, y = table
    rare = np.where(np.arange(len(y)) < 30, 1.0, 0.0)
    assert views(frame, KINDS, rare, np.ones(len(y)), 0).event.sum() == 30


@pytest.mark.parametrize("columns", [["a"], ["c"]])
def test_one_column_and_few_rows_are_enough(table, columns):
    frame, y = table
    told = views(frame.loc[:30, columns], KINDS, y[:31], np.ones(31), 0)
    assert told.pca.shape == told.tsne.shape == (31, 2)
    assert np.isfinite(told.tsne).all()


def test_without_an_event_there_is_still_a_map(table):
    frame, _ = table
    told = views(frame[:60], KINDS, np.zeros(60), np.ones(60), 0).to_dict()
    assert told["near_event"] is None
    json.dumps(told, allow_nan=False)
