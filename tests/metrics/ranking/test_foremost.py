"""The foremost items and the place of one: against sorting everything, ties and struck-out items included."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from casestudies.metrics.ranking import Sets, first_place, foremost


def _sorted(row: np.ndarray) -> list[int]:
    """Items from the best to the worst, equal ones by number, without those never to be shown."""
    return sorted((i for i in range(len(row)) if row[i] > -np.inf), key=lambda i: (-row[i], i))


@given(
    seed=st.integers(0, 10_000),
    items=st.integers(1, 400),
    k=st.integers(1, 12),
    digits=st.sampled_from([0, 1, 6]),
    hidden=st.sampled_from([0.0, 0.5, 0.98]),
)
def test_lists_and_places_are_those_of_a_full_sort(seed: int, items: int, k: int, digits: int, hidden: float) -> None:
    rng = np.random.default_rng(seed)
    scores = np.round(rng.normal(size=(4, items)), digits).astype(np.float32)
    scores[rng.random(scores.shape) < hidden] = -np.inf
    relevant = Sets.of(*np.nonzero(rng.random(scores.shape) < 0.05), 4)
    lists, places = foremost(scores, k), first_place(scores, relevant)
    assert lists.dtype == np.int32
    for user, row in enumerate(scores):
        order = _sorted(row)
        assert lists[user].tolist() == (order + [-1] * k)[:k]
        mine = relevant.items[relevant.starts[user] : relevant.starts[user + 1]]
        ranks = [order.index(item) + 1 for item in mine if item in order]
        assert places[user] == min(ranks, default=0)


def test_equal_scores_stand_in_the_order_of_their_numbers() -> None:
    assert foremost(np.zeros((2, 500), dtype=np.float32), 4).tolist() == [[0, 1, 2, 3]] * 2
    assert first_place(np.zeros((1, 500), dtype=np.float32), Sets.of([0, 0], [40, 90], 1)).tolist() == [41]


def test_no_items_and_no_users() -> None:
    assert foremost(np.zeros((0, 5), dtype=np.float32), 3).shape == (0, 3)
    assert foremost(np.zeros((2, 0), dtype=np.float32), 3).tolist() == [[-1] * 3] * 2
    assert first_place(np.zeros((2, 5), dtype=np.float32), Sets.of([], [], 2)).tolist() == [0, 0]


@given(pairs=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 30)), max_size=40))
def test_sets_hold_each_pair_once(pairs: list[tuple[int, int]]) -> None:
    sets = Sets.of([user for user, _ in pairs], [item for _, item in pairs], 6)
    rows, items = sets.pairs()
    assert list(zip(rows.tolist(), items.tolist(), strict=True)) == sorted(set(pairs))
    rows, items = sets.pairs(2, 4)
    assert list(zip(rows.tolist(), items.tolist(), strict=True)) == sorted(
        {(user - 2, item) for user, item in pairs if 2 <= user < 4}
    )
    lists = np.array([[0, 29, -1], [30, 31, 5], [-1, -1, -1], [1, 2, 3], [40, 0, 9], [8, 8, 8]], dtype=np.int32)
    expected = [[(user, item) in set(pairs) for item in row] for user, row in enumerate(lists.tolist())]
    assert sets.hold(lists).tolist() == expected
