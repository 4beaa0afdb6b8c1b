"""One customer of a recommendation run: who, what was just taken, the list that follows, and what the address keeps."""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections import Counter

import numpy as np
import pytest

import casestudies
from casestudies.pages.basket import is_full
from casestudies.pages.plain import plain
from casestudies.recommendation.desk import Directory
from casestudies.runs import RunFolder

HOSTILE = "**Tea** [a](http://evil.example) <b>:material/home:"
CANDIDATES = {"implicit": ["popularity", "implicit"], "explicit": ["popularity", "factorisation"]}
PLACE = re.compile(r"\*\*(\d+) · (.*)\*\* ?(?::\w+-badge\[(.*)\])?$")


def rows():
    """Two tastes: even customers have had six of the items 0 to 9, odd ones of 10 to 19, the lower numbers more often."""
    random, weight = np.random.default_rng(0), np.arange(20, 10, -1) / np.arange(20, 10, -1).sum()
    for customer in range(60):
        chosen = random.choice(10, 6, replace=False, p=weight) + 10 * (customer % 2)
        for step, item in enumerate(chosen):
            day = f"2024-{1 + step:02d}-{1 + customer % 28:02d}"
            yield f"C{customer:02d}", f"I{item:02d}", int(random.integers(1, 6)), day


TITLES = {f"I{n:02d}": HOSTILE if n == 3 else f"Title {n:02d}" for n in range(20)}


@pytest.fixture(scope="module")
def made(request, tmp_path_factory):
    """A finished run that serves by choices or by ratings; read it, never change it."""
    folder = tmp_path_factory.mktemp(request.param)
    tables = {"rows": [("customer", "item", "stars", "time"), *rows()], "items": [("item", "title"), *TITLES.items()]}
    for name, table in tables.items():
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(table)
    config = {
        "data": {"files": {"items": str(folder / "items.csv")}},
        "model": {"candidates": CANDIDATES[request.param], "half_life": None},
        "interval": {"rounds": 100},
        "analyse": ["lists", "reasons"],
        "report": {"formats": []},
    }
    return casestudies.run("recommendation", folder / "rows.csv", config, runs=folder / "runs", variables={})


@pytest.fixture
def run(store, made):
    path = store / made.folder.study / made.id
    shutil.copytree(made.path, path)
    return RunFolder(path)


implicit = pytest.mark.parametrize("made", ["implicit"], indirect=True)
explicit = pytest.mark.parametrize("made", ["explicit"], indirect=True)
both = pytest.mark.parametrize("made", ["implicit", "explicit"], indirect=True)


def look(visitor, run, **parameters):
    return visitor.open("explain", run=run.id, why="One customer", **parameters)


def places(app):
    """{title: mark} of the list, in its order; "" where nothing is marked."""
    found = [PLACE.match(element.value) for element in app.markdown]
    told = [match.groups() for match in found if match]
    assert [int(place) for place, *_ in told] == list(range(1, len(told) + 1))
    return {title: mark or "" for _, title, mark in told}


def written(run, customer):
    """The titles of the list that the run wrote for a customer."""
    with (run.path / "lists" / "recommendations.csv").open(encoding="utf-8", newline="") as file:
        return [row["title"] for row in csv.DictReader(file) if row["user"] == customer]


def had(customer):
    return {item for who, item, *_ in rows() if who == customer}


def taken(app):
    return json.loads(app.query_params.get("given", "{}"))


def button(app, key):
    return next(one for one in app.button if one.key.startswith(key))


@both
def test_the_page_shows_the_list_that_the_run_wrote(visitor, run):
    for customer in ("C04", "C05"):
        app = look(visitor, run, customer=customer)
        assert not app.exception
        assert list(places(app)) == [plain(title) for title in written(run, customer)]
        assert set(places(app).values()) == {""}
        assert TITLES[max(had(customer))] in app.dataframe[0].value["item"].str.cat()


@both
def test_the_rank_by_popularity_stands_beside_each_item(visitor, run):
    counts = Counter(item for _, item, *_ in rows())
    order = sorted(TITLES, key=lambda item: -counts[item])  # equal ones in the order of their numbers
    rank = {TITLES[item]: place for place, item in enumerate(order, 1)}
    app = look(visitor, run, customer="C04")
    said = [element.value for element in app.caption if "popularity: place" in element.value]
    assert [int(re.search(r"place (\d+)", text)[1]) for text in said] == [rank[title] for title in written(run, "C04")]


@implicit
def test_what_is_taken_changes_the_list_at_once_and_marks_what_moved(visitor, run):
    app = look(visitor, run, customer="C04")
    for count in (1, 2):  # each time against the list just before
        before = list(places(app))
        button(app, "take:").click().run()
        *_, item = taken(app)
        assert len(taken(app)) == count
        assert plain(TITLES[item]) == before[0]
        after = places(app)
        assert before[0] not in after
        for place, (title, mark) in enumerate(after.items(), 1):
            was = before.index(title) + 1 if title in before else None
            want = "new" if was is None else "" if was == place else f"{'up' if was > place else 'down'} from {was}"
            assert mark == want
        assert f"{TITLES[item]} (taken)" in visitor.words(app)


@explicit
def test_a_rating_counts_by_what_it_says(visitor, run):
    lists = {}
    for stars in (1.0, 5.0):
        app = look(visitor, run)
        app.select_slider[0].set_value(stars).run()
        assert button(app, "take:").label == f"Rated {stars:g}"
        button(app, "take:").click().run()
        assert list(taken(app).values()) == [stars]
        lists[stars] = places(app)
        scores = [element.value for element in app.caption if element.value.startswith("score")]
        lists[stars] = (list(lists[stars]), scores)
    assert lists[1.0] != lists[5.0]


@explicit
def test_what_is_rated_again_counts_once_and_is_the_latest(visitor, run):
    app = look(visitor, run, given='{"I02":5,"I05":1}')
    app.selectbox(key=f"item:{run.id}:").set_value("I02").run()
    button(app, "add:").click().run()
    assert list(taken(app).items()) == [("I05", 1.0), ("I02", 5.0)]


@both
def test_the_address_brings_the_list_back(visitor, run):
    app = look(visitor, run, customer="C05")
    for _ in range(2):
        button(app, "take:").click().run()
    assert app.query_params["customer"] == "C05"
    assert len(taken(app)) == 2
    again = look(visitor, run, **{name: app.query_params[name] for name in ("customer", "given")})
    assert places(again) == places(app)
    assert again.multiselect[0].value == list(taken(app))
    assert again.selectbox(key=f"customer:{run.id}").value == "C05"


@implicit
def test_what_was_taken_can_be_taken_back(visitor, run):
    app = look(visitor, run, customer="C04", given='{"I01":null,"I05":null}')
    app.multiselect[0].set_value(["I05"]).run()
    assert list(taken(app)) == ["I05"]
    app.multiselect[0].set_value([]).run()
    assert "given" not in app.query_params
    assert list(places(app)) == [plain(title) for title in written(run, "C04")]


@implicit
def test_a_search_shows_the_first_it_finds_without_the_basket_of_another(visitor, run):
    app = look(visitor, run, customer="C04", given='{"I01":null}')
    app.text_input(key=f"find-customer:{run.id}").set_value("c31").run()
    assert app.query_params["customer"] == "C31"
    assert "given" not in app.query_params
    assert list(places(app)) == [plain(title) for title in written(run, "C31")]
    app.text_input(key=f"find-customer:{run.id}").set_value("nobody").run()
    assert app.query_params["customer"] == "C31"
    assert "No customer has that" in visitor.words(app)


@implicit
def test_a_visitor_sees_what_is_popular_until_something_is_known(visitor, run):
    app = look(visitor, run, customer="")
    counts = Counter(item for _, item, *_ in rows())
    assert next(iter(places(app))) == TITLES[max(sorted(counts), key=counts.get)]
    assert "most popular" in visitor.words(app)
    app.text_input(key=f"find-item:{run.id}").set_value("i11").run()
    button(app, "add:").click().run()
    odd = [title for item, title in TITLES.items() if item >= "I10"]
    assert set(list(places(app))[:3]) <= set(odd)


@implicit
def test_an_unknown_customer_of_an_address_is_said_and_a_visitor_shown(visitor, run):
    app = look(visitor, run, customer="*C99*<script>")
    assert "knows no customer '*C99*<script>'" in visitor.words(app)
    assert app.selectbox(key=f"customer:{run.id}").value == ""
    assert places(app)


@both
@pytest.mark.parametrize(
    "given", ["{", "[1]", "7", '{"I01":{}}', '{"I01":"x"}', '{"I01":NaN}', '{"nothing":null,"other":5}', "[" * 9_000]
)
def test_an_address_that_says_no_such_thing_says_nothing(visitor, run, given):
    app = look(visitor, run, customer="C04", given=given)
    assert not app.exception
    assert not app.error
    assert not app.multiselect  # of what was just taken
    assert list(places(app)) == [plain(title) for title in written(run, "C04")]


@implicit
def test_a_hostile_title_is_printed_as_typed(visitor, run):
    app = look(visitor, run, customer="C05", given='{"I01":null,"I03":null}')
    assert app.multiselect[0].options[1] == f"{HOSTILE} (I03)"
    assert f"Since {HOSTILE} (I03): " in visitor.words(app)
    app = look(visitor, run, customer="", given='{"I01":null}')
    assert plain(HOSTILE) in places(app)


def test_a_search_finds_a_part_whatever_the_capitals_and_the_very_name_first():
    known = Directory(["C10", "C1", "c2", "D1"], ["Tea", "Mug", "green TEA", ""])
    assert known.holding("C1", 9) == known.holding("c1", 9) == [1, 0]
    assert known.holding("C1", 1) == [1]
    assert known.holding("tea", 9) == [0, 2]
    assert known.holding("1", 2) == [0, 1]
    assert known.holding("x", 9) == []


def test_a_basket_is_full_before_the_address_is():
    assert not is_full(dict.fromkeys(map(str, range(29))))
    assert is_full(dict.fromkeys(map(str, range(30))))
    assert is_full({"x" * 5_900: None})


@implicit
def test_the_customers_of_the_report_are_at_hand(visitor, run):
    app = look(visitor, run)
    assert "In the report: four customers" in [expander.label for expander in app.expander]


@implicit
def test_the_results_of_lists_speak_of_no_cut(visitor, run):
    app = visitor.open("results", run=run.id)
    assert not app.slider
    assert not any("cut" in header.value for header in app.header)
    assert "threshold" not in visitor.words(app)
    assert next(header for header in app.header if header.value.startswith("The list"))
