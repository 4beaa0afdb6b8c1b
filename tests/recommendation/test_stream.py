"""Ways of adapting, judged one interaction after the other: against plain loops, and against what was planted."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from casestudies.models.factorisation.estimator import MatrixFactorization
from casestudies.recommendation.stream import POLICIES, Stream
from casestudies.tabular.interactions import Interactions

USERS, ITEMS, HALF = 60, 40, 20  # items 0 to 19 are of one kind, the others of another


def shop(changing: bool, seed: int = 0) -> Interactions:
    """Customers who take items of one kind, and (some of them) from the middle of time on of the other."""
    random = np.random.default_rng(seed)
    rows = []
    for user in range(USERS):
        kind = user % 2
        times = np.sort(random.choice(200_000, 18, replace=False)) + user
        turns = changing and user % 4 < 2
        had: set[int] = set()
        for number, time in enumerate(times):
            now = kind ^ (turns and number >= 9)
            free = [item for item in range(now * HALF, (now + 1) * HALF) if item not in had]
            item = int(random.choice(free))
            had.add(item)
            rows.append((user, item, int(time) * 100))
    table = np.array(rows)
    return Interactions(
        table[:, 0].astype(np.int32),
        table[:, 1].astype(np.int32),
        pd.Index([f"u{n}" for n in range(USERS)]),
        pd.Index([f"i{n}" for n in range(ITEMS)]),
        time=table[:, 2].astype(np.int64),
    )


def model(rows: Interactions, half_life: float | None = None) -> MatrixFactorization:
    return MatrixFactorization(4, feedback="implicit", ridge=0.05, half_life=half_life).fit(rows)


def stream_of(data: Interactions, **changed: object) -> Stream:
    asked = {"share": 0.3, "events": 10_000, "refits": 3, "moves": 5, "seed": 1} | changed
    return Stream.of(data, **asked)  # type: ignore[arg-type]


class TestTheStream:
    def test_it_is_the_latest_share_in_the_order_of_time(self) -> None:
        data = shop(False)
        stream = stream_of(data)
        times = data.time[stream.order]
        assert (np.diff(times) >= 0).all()
        assert stream.begins == round(0.7 * len(data))
        assert (stream.judged >= stream.begins).all()

    def test_what_a_customer_has_had_is_not_predicted_again(self) -> None:
        data = shop(False)
        twice = Interactions(
            np.concatenate([data.user, data.user]),
            np.concatenate([data.item, data.item]),
            data.user_ids,
            data.item_ids,
            time=np.concatenate([data.time, data.time + 10**9]),
        )
        stream = stream_of(twice, share=0.75)
        pairs = set()
        for place, row in enumerate(stream.order):
            pair = (twice.user[row], twice.item[row])
            assert (place in set(stream.judged.tolist())) == (place >= stream.begins and pair not in pairs)
            pairs.add(pair)

    def test_a_draw_is_made_from_more_interactions_than_are_asked_for(self) -> None:
        drawn = stream_of(shop(False), events=100)
        assert len(drawn.judged) == 100
        assert (np.diff(drawn.judged) > 0).all()

    def test_new_customers_are_those_without_a_row_before(self) -> None:
        data = shop(False)
        late = data.time.copy()
        late[data.user == 7] += 10**9
        data = Interactions(data.user, data.item, data.user_ids, data.item_ids, time=late)
        stream = stream_of(data)
        known = {int(data.user[row]) for row in stream.order[: stream.begins]}
        assert stream.new_users == len({int(data.user[row]) for row in stream.order[stream.begins :]} - known) >= 1

    def test_a_sitting_is_less_than_a_minute_long(self) -> None:
        user, time = np.zeros(6, np.int32), np.array([0, 100, 130, 400, 461, 500], np.int64)
        data = Interactions(user, np.arange(6, dtype=np.int32), pd.Index(["a"]), pd.RangeIndex(6), time=time)
        stream = Stream.of(data, share=0.7, events=10, refits=1, moves=1, seed=0)
        assert stream.in_one_sitting == pytest.approx(2 / 4)  # of 130, 400, 461, 500: the first and the last


class TestRanks:
    def test_the_frozen_model_ranks_as_a_loop_over_its_scores_does(self) -> None:
        data = shop(False)
        stream = stream_of(data)
        ranks = stream.ranks(model)["frozen"]
        frozen = model(data.take(np.sort(stream.order[: stream.begins])))
        for at, place in enumerate(stream.judged):
            user, item = int(data.user[stream.order[place]]), int(data.item[stream.order[place]])
            had = {int(data.item[row]) for row in stream.order[:place] if data.user[row] == user}
            scores = frozen.scores(np.array([user]))[0]
            above = sum(
                1 for other in range(ITEMS) if other not in had and (-scores[other], other) < (-scores[item], item)
            )
            assert ranks[at] == above

    def test_the_future_changes_nothing_before_it(self) -> None:
        data = shop(True)
        stream = stream_of(data)
        half = len(stream.judged) // 2
        cut = int(stream.judged[half])
        item = data.item.copy()
        item[stream.order[cut + 1 :]] = (item[stream.order[cut + 1 :]] + 7) % ITEMS
        other = Stream(
            Interactions(data.user, item, data.user_ids, data.item_ids, time=data.time),
            stream.order, stream.begins, stream.judged, stream.refits, stream.moves,
        )  # fmt: skip
        one, two = stream.ranks(model), other.ranks(model)
        for name in POLICIES:
            np.testing.assert_array_equal(one[name][:half], two[name][:half])

    def test_where_tastes_change_folding_in_by_recency_finds_them(self) -> None:
        stream = stream_of(shop(True), share=0.4)
        ranks = stream.ranks(lambda rows: model(rows, half_life=3.0))
        hits = {name: float((rank < 10).mean()) for name, rank in ranks.items()}
        assert hits["folded"] > hits["frozen"] + 0.1
        assert hits["online"] > hits["frozen"] + 0.1

    def test_where_nothing_changes_a_frozen_model_is_no_worse(self) -> None:
        ranks = stream_of(shop(False)).ranks(model)
        hits = {name: float((rank < 10).mean()) for name, rank in ranks.items()}
        assert abs(hits["folded"] - hits["frozen"]) < 0.08

    def test_the_same_seed_gives_the_same_ranks(self) -> None:
        data = shop(True)
        one, two = (stream_of(data, events=50).ranks(model) for _ in range(2))
        for name in POLICIES:
            np.testing.assert_array_equal(one[name], two[name])

    def test_somebody_new_gets_what_is_popular(self) -> None:
        data = shop(False)
        late = data.time.copy()
        late[data.user == 7] += 10**9
        data = Interactions(data.user, data.item, data.user_ids, data.item_ids, time=late)
        stream = stream_of(data)
        ranks = stream.ranks(model)["frozen"]
        counts = np.bincount(data.item[stream.order[: stream.begins]], minlength=ITEMS)
        at = next(n for n, place in enumerate(stream.judged) if data.user[stream.order[place]] == 7)
        item = int(data.item[stream.order[stream.judged[at]]])
        assert ranks[at] == sum((-counts[o], o) < (-counts[item], item) for o in range(ITEMS))
