"""One customer at a time: who is found, what changes when something is taken, and that the reasons add up."""

from __future__ import annotations

import numpy as np
import pytest

from casestudies.errors import CaseError
from casestudies.recommendation.desk import Desk
from casestudies.recommendation.serving import Server
from casestudies.report import Table
from casestudies.workflow.studies import Serving


@pytest.fixture(scope="module")
def desk(small_work) -> Desk:
    return Desk(Server.of(small_work.saved.fitted_, small_work.settings.ranking))


@pytest.fixture(scope="module")
def rated(rated_work) -> Desk:
    return Desk(Server.of(rated_work.saved.fitted_, rated_work.settings.ranking))


def test_it_is_what_the_pages_ask_for(desk):
    assert isinstance(desk, Serving)


class TestWhoIsFound:
    def test_a_part_of_the_name_is_enough_whatever_the_capitals(self, desk):
        name = str(desk.server.fitted.data.user_ids[3])
        assert name in [choice.key for choice in desk.customers(name[-3:].lower(), 500)]

    def test_the_very_name_comes_first(self, desk):
        name = str(desk.server.fitted.data.user_ids[5])
        assert desk.customers(name, 3)[0].key == name

    def test_an_item_is_found_by_title_and_by_number(self, desk):
        item = 4
        key, title = str(desk.server.fitted.data.item_ids[item]), desk.server.fitted.titles[item]
        assert key in [choice.key for choice in desk.items(title.lower(), 500)]
        assert desk.items(key, 1)[0].key == key

    def test_nobody_is_found_by_nonsense(self, desk):
        assert desk.customers("no such customer", 5) == []
        assert desk.items("no such thing", 5) == []

    def test_somebody_unknown_is_refused_in_one_line(self, desk):
        with pytest.raises(CaseError, match="there is no customer 'nobody'"):
            desk.served("nobody", {}, 5)


class TestWhatIsServed:
    def test_a_stored_customer_has_the_list_of_the_run(self, desk):
        data = desk.server.fitted.data
        user = int(np.argmax(desk.server.fitted.user_counts))
        whole = desk.server.serve(data, np.array([user], np.int32), np.empty(0, np.int32))
        rows = desk.served(str(data.user_ids[user]), {}, desk.server.asked.k).rows
        assert rows["item"].tolist() == [str(data.item_ids[item]) for item in whole.lists.items[0] if item >= 0]

    def test_a_visitor_has_what_is_popular_until_something_is_taken(self, desk):
        before = desk.served(None, {}, 5)
        assert set(before.rows["from"]) == {"popularity"}
        assert before.blocks == ()
        taken = before.rows["item"].iloc[0]
        after = desk.served(None, {taken: None}, 5)
        assert set(after.rows["from"]) <= {"fold-in", "popularity"}
        assert taken not in after.rows["item"].tolist()
        assert after.rows["item"].tolist() != before.rows["item"].tolist()

    def test_what_was_taken_leaves_the_list_and_changes_it(self, desk):
        customer = desk.customers("", 1)[0].key
        before = desk.served(customer, {}, 10).rows
        taken = before["item"].iloc[0]
        after = desk.served(customer, {taken: None}, 10).rows
        assert taken not in after["item"].tolist()
        assert set(after["from"]) <= {"fold-in", "popularity"}

    def test_taking_back_brings_the_list_back(self, desk):
        customer = desk.customers("", 1)[0].key
        first = desk.served(customer, {}, 10).rows
        desk.served(customer, {first["item"].iloc[2]: None}, 10)
        assert desk.served(customer, {}, 10).rows.equals(first)

    def test_a_new_rating_takes_the_place_of_the_old_one(self, rated):
        customer = rated.customers("", 1)[0].key
        data = rated.server.fitted.data
        own = data.item[data.user == data.user_ids.astype(str).get_loc(customer)]
        item = str(data.item_ids[int(own[0])])
        low, high = rated.levels[0], rated.levels[-1]
        liked, disliked = (rated.served(customer, {item: rating}, 10).rows for rating in (high, low))
        assert liked["score"].tolist() != disliked["score"].tolist()

    def test_ratings_are_offered_as_they_are_given(self, rated, desk):
        assert rated.levels == (1.0, 2.0, 3.0, 4.0, 5.0)
        assert desk.levels == ()


def test_the_parts_of_the_first_item_add_up_to_its_score(desk):
    customer = desk.customers("", 1)[0].key
    tables = [block for block in desk.served(customer, {}, 5).blocks if isinstance(block, Table)]
    parts = [float(value) for _, value in tables[0].rows]
    assert sum(parts[:-1]) == pytest.approx(parts[-1], abs=1e-4 * len(parts))


def test_the_history_is_the_newest_first(desk):
    customer = desk.customers("", 1)[0].key
    told = desk.history(customer, 5)
    assert told["when"].tolist() == sorted(told["when"], reverse=True)
