"""Neighbours: the cosine of all pairs, itself left out."""

from __future__ import annotations

import numpy as np
from sklearn.metrics.pairwise import cosine_similarity

from casestudies.models.factorisation.neighbours import Neighbours


def test_neighbours_are_those_of_all_cosines():
    vectors = np.random.default_rng(0).normal(size=(30, 5)).astype(np.float32)
    table = cosine_similarity(vectors)
    for row in range(30):
        others = np.delete(np.arange(30), row)
        expected = others[np.argsort(-table[row, others], kind="stable")][:4]
        found, cosine = Neighbours(vectors).of(row, 4)
        assert found.tolist() == expected.tolist()
        assert np.allclose(cosine, table[row, expected], atol=1e-6)


def test_length_does_not_count_and_nothing_is_like_nothing():
    vectors = np.array([[1, 0], [9, 0], [0, 1], [0, 0]], np.float32)
    assert Neighbours(vectors).of(0, 5)[0].tolist() == [1, 2]
    assert Neighbours(vectors).of(3, 5)[0].tolist() == []


def test_a_visitor_is_compared_with_all():
    vectors = np.array([[1, 0], [0, 1], [1, 1]], np.float32)
    rows, cosine = Neighbours(vectors).like([0.0, 2.0], 2)
    assert rows.tolist() == [1, 2]
    assert np.allclose(cosine, [1.0, np.sqrt(0.5)])
