"""NDCG, recall, precision, hit rate, MAP and MRR: by hand, against scikit-learn, against the formulas as loops."""

from math import log2

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, ndcg_score

from casestudies.errors import DataError, UsageError
from casestudies.metrics.ranking import (
    Ranked,
    Sets,
    accuracy_at,
    average_precision,
    first_place,
    foremost,
    hit_rate,
    names,
    ndcg,
    precision,
    ranking_metric,
    recall,
    reciprocal_rank,
)

# three users: hits at places 1 and 3 of two relevant items; at place 4 of three; none of one
LISTS = np.array([[7, 1, 9, 4, 2], [3, 8, 1, 5, 0], [6, 2, 4, 1, 3]], dtype=np.int32)
RELEVANT = Sets.of([0, 0, 1, 1, 1, 2], [7, 9, 5, 6, 2, 9], 3)
HAND = Ranked(LISTS, RELEVANT)


def test_by_hand() -> None:
    assert ndcg(HAND, 5) == pytest.approx(
        [(1 + 1 / 2) / (1 + 1 / log2(3)), (1 / log2(5)) / (1 + 1 / log2(3) + 1 / 2), 0]
    )
    assert recall(HAND, 5) == pytest.approx([1, 1 / 3, 0])
    assert recall(HAND, 2) == pytest.approx([1 / 2, 0, 0])
    assert precision(HAND, 5) == pytest.approx([2 / 5, 1 / 5, 0])
    assert hit_rate(HAND, 3).tolist() == [1, 0, 0]
    assert hit_rate(HAND, 4).tolist() == [1, 1, 0]
    assert average_precision(HAND, 5) == pytest.approx([(1 + 2 / 3) / 2, (1 / 4) / 3, 0])
    assert average_precision(HAND, 2) == pytest.approx([1 / 2, 0, 0])
    assert reciprocal_rank(HAND) == pytest.approx([1, 1 / 4, 0])


def test_more_relevant_items_than_places_can_still_be_perfect_in_ndcg_and_map_but_not_in_recall() -> None:
    full = Ranked(np.array([[4, 2]], dtype=np.int32), Sets.of([0] * 4, [1, 2, 3, 4], 1))
    assert ndcg(full, 2) == pytest.approx([1])
    assert average_precision(full, 2) == pytest.approx([1])
    assert recall(full, 2) == pytest.approx([1 / 2])


def test_an_empty_place_is_a_miss_and_a_user_without_relevant_items_has_no_figure() -> None:
    short = Ranked(np.array([[4, -1, -1], [0, 1, 2]], dtype=np.int32), Sets.of([0], [4], 2))
    assert precision(short, 3)[0] == pytest.approx(1 / 3)
    for metric in accuracy_at(3):
        value = metric.per_user(short)
        assert value[0] > 0
        assert np.isnan(value[1]), metric.name


@given(seed=st.integers(0, 10_000), k=st.integers(1, 12))
def test_against_scikit_learn(seed: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    scores = rng.permuted(np.tile(np.arange(12, dtype=np.float32), (4, 1)), axis=1)
    truth = rng.random((4, 12)) < 0.3
    truth[:, 0] = True
    relevant = Sets.of(*np.nonzero(truth), 4)
    ranked = Ranked(foremost(scores, 12), relevant, first_place(scores, relevant))
    theirs = [ndcg_score(t[None], s[None], k=k) for t, s in zip(truth, scores, strict=True)]
    assert ndcg(ranked, k) == pytest.approx(theirs)
    whole = [average_precision_score(t, s) for t, s in zip(truth, scores, strict=True)]
    assert average_precision(ranked, 12) == pytest.approx(whole)
    places = [
        1 + min(int((row > row[i]).sum()) for i in np.flatnonzero(t)) for row, t in zip(scores, truth, strict=True)
    ]
    assert reciprocal_rank(ranked) == pytest.approx(1 / np.array(places))


@given(seed=st.integers(0, 10_000), k=st.integers(1, 6))
def test_against_the_formulas_as_loops(seed: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    lists = np.array([rng.permutation(9)[:6] for _ in range(5)], dtype=np.int32)
    lists[0, 3:] = -1
    truth = [set(rng.permutation(9)[: rng.integers(1, 9)].tolist()) for _ in range(5)]
    pairs = [(user, item) for user, items in enumerate(truth) for item in items]
    ranked = Ranked(lists, Sets.of(*zip(*pairs, strict=True), 5))
    for user, (row, items) in enumerate(zip(lists.tolist(), truth, strict=True)):
        hits = [item in items for item in row[:k]]
        gain = sum(1 / log2(place + 2) for place, hit in enumerate(hits) if hit)
        ideal = sum(1 / log2(place + 2) for place in range(min(k, len(items))))
        summed = sum(sum(hits[: place + 1]) / (place + 1) for place, hit in enumerate(hits) if hit)
        assert ndcg(ranked, k)[user] == pytest.approx(gain / ideal)
        assert recall(ranked, k)[user] == pytest.approx(sum(hits) / len(items))
        assert precision(ranked, k)[user] == pytest.approx(sum(hits) / k)
        assert hit_rate(ranked, k)[user] == float(any(hits))
        assert average_precision(ranked, k)[user] == pytest.approx(summed / min(k, len(items)))


def test_a_place_beyond_the_list_counts_for_mrr_where_it_is_known() -> None:
    one = Sets.of([0], [5], 1)
    lists = np.array([[1, 2]], dtype=np.int32)
    assert reciprocal_rank(Ranked(lists, one))[0] == 0
    assert reciprocal_rank(Ranked(lists, one, np.array([40])))[0] == pytest.approx(1 / 40)
    assert reciprocal_rank(Ranked(lists, one, np.array([0])))[0] == 0


def test_lists_that_cannot_be_judged_are_refused() -> None:
    with pytest.raises(DataError, match="6 places are asked for, the lists have 5"):
        ndcg(HAND, 6)
    with pytest.raises(DataError, match="0 places"):
        recall(HAND, 0)
    with pytest.raises(DataError, match="one list for each of 3 users"):
        Ranked(LISTS[:2], RELEVANT)


def test_names() -> None:
    assert ranking_metric("ndcg_at_5").per_user(HAND) == pytest.approx(ndcg(HAND, 5))
    assert ranking_metric("map_at_3").per_user(HAND) == pytest.approx(average_precision(HAND, 3))
    for name in names(20):
        metric = ranking_metric(name)
        assert metric.name == name
        assert metric.meaning.endswith(".")
    assert {"ndcg_at_20", "mrr", "catalogue_coverage", "popularity_lift", "rmse"} <= set(names(20))
    with pytest.raises(UsageError, match="did you mean 'ndcg_at_10'"):
        ranking_metric("ndgc_at_10")
    with pytest.raises(UsageError):
        ranking_metric("ndcg_at_0")
