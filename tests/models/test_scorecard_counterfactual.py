from __future__ import annotations

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casestudies.errors import ConfigError
from casestudies.models.scorecard.card import Scaling, pointed
from casestudies.models.scorecard.counterfactual import Recourse, score_at
from casestudies.tabular.bins import Bins, PairBins


def bins_on(card, column):
    """(bins, training rows of each bin) of a column, also where it is one of a pair."""
    for one in card.characteristics:
        if isinstance(one.bins, PairBins):
            table = one.rows.reshape(len(one.bins.first.labels), -1)
            for bins, axis in ((one.bins.first, 1), (one.bins.second, 0)):
                if bins.column == column:
                    yield bins, table.sum(axis=axis)
        elif one.bins.column == column:
            yield one.bins, one.rows


def goals(card, column, value, way):
    """[(effort, value)] one value for every place a column can be moved to, found by trying values out."""
    found = list(bins_on(card, column))
    first = found[0][0]
    if first.edges is not None:
        edges = sorted({e for bins, _ in found for e in bins.edges})
        middles = [(a + b) / 2 for a, b in itertools.pairwise([-5.0, *edges, 5.0])]
        aside = pd.isna(value) or any(value in bins.special for bins, _ in found)
        at = None if aside else int(np.searchsorted(edges, value, side="right"))
        tried = [(1 if at is None else abs(i - at), x, i) for i, x in enumerate(middles) if i != at]
        if way != "any":
            tried = [t for t in tried if at is not None and (t[2] > at) == (way == "up")]
    else:
        tried = [(1, level, 0) for bins, _ in found for group in bins.groups for level in group if level != value]
    met = []
    for steps, x, _ in tried:
        cell = pd.DataFrame({column: pd.Series([x], dtype="float64" if first.edges is not None else "str")})
        codes = [(bins, rows, int(bins.codes(cell)[0])) for bins, rows in found]
        if all(code < bins.values and rows[code] > 0 for bins, rows, code in codes):
            met.append((steps, x))
    return met


def brute_force(card, row, ways, effort, target):
    """(changes, effort, -score) of the best of all combinations, and the best score of any."""
    now = {name: row[name].iloc[0] for name in ways}
    choices = [
        [(0, now[c], 0), *((e * effort[c], x, 1) for e, x in goals(card, c, now[c], way))] for c, way in ways.items()
    ]
    combinations = list(itertools.product(*choices))
    frame = pd.concat([row] * len(combinations), ignore_index=True)
    for i, column in enumerate(ways):
        frame[column] = pd.Series([c[i][1] for c in combinations], dtype=row[column].dtype)
    scores = card.score(card.codes(frame))
    told = [(sum(o[2] for o in c), sum(o[0] for o in c), -s) for c, s in zip(combinations, scores, strict=True)]
    # a "change" within the same cell of a category gains nothing and never wins
    return min((t for t in told if -t[2] >= target - 1e-9), default=None), float(scores.max())


@settings(max_examples=60)
@given(st.integers(0, 10**6), st.sampled_from([0, 1, 2, 3]), st.booleans(), st.floats(-0.1, 1.1))
def test_the_change_is_the_smallest_of_all_combinations(random_card, random_rows, seed, pairs, whole, share):
    random = np.random.default_rng(seed)
    card = random_card(seed, 3 if pairs < 3 else 4, pairs, whole=whole)
    row = random_rows(card, seed, 1)
    ways = {}
    for column in card.columns:
        numeric = next(bins_on(card, column))[0].edges is not None
        if random.random() < 0.8:
            ways[column] = str(random.choice(["up", "down", "any", "any"])) if numeric else "any"
    effort = {column: float(random.choice([1.0, 1.0, 0.5, 3.0])) for column in ways}
    codes = card.codes(row)[0]
    now = float(card.score(codes[None])[0])
    _, most = brute_force(card, row, ways, effort, math.inf)
    target = now + share * (most - now)
    best, _ = brute_force(card, row, ways, effort, target)
    found = Recourse.of(card, ways, effort=effort).change(codes, target)
    assert found.before == now
    assert found.reached == (best is not None)
    if best is None:
        assert found.changes == ()
        assert found.score == pytest.approx(most, abs=1e-9)
        return
    taken = sum(effort[c.column] * e for c in found.changes for e in [effort_of(card, c, row[c.column].iloc[0])])
    assert (len(found.changes), taken) == (best[0], pytest.approx(best[1]))
    assert found.score == pytest.approx(-best[2], abs=1e-9)
    assert {c.column for c in found.changes} <= set(ways)


def effort_of(card, change, value):
    """Bins between now and then, from the labels alone."""
    found = list(bins_on(card, change.column))
    if found[0][0].edges is None:
        return 1
    special = tuple(dict.fromkeys(s for bins, _ in found for s in bins.special))
    if pd.isna(value) or value in special:
        return 1
    edges = tuple(sorted({e for bins, _ in found for e in bins.edges}))
    labels = Bins(change.column, edges, None, special).labels
    return abs(labels.index(change.then) - int(np.searchsorted(edges, value, side="right")))


def two_columns(pair=False):
    age, income = Bins("age", (25.0, 40.0)), Bins("income", (1000.0, 2000.0, 3000.0))
    ones = np.ones
    parts = [
        (age, ones(4), ones(4), np.array([0.6, 0.0, -0.6, 0.0])),
        (income, ones(5), ones(5), np.array([1.0, 0.5, 0.0, -1.0, -2.0])),
    ]
    if pair:
        both = PairBins(Bins("age", (30.0,)), Bins("income", (1500.0,)))
        parts.append((both, ones(9), ones(9), np.array([1.0, 0, 0, 0, -3.0, 0, 0, 0, 0])))
    return pointed(
        parts, 0.0, Scaling(pdo=20 * math.log(2), odds=1, points=0), False
    )  # a point is a twentieth of log-odds


def row_of(card, age, income):
    return card.codes(pd.DataFrame({"age": [age], "income": [income]}))[0]


def test_a_change_is_told_in_words_with_the_ranges_of_its_bins():
    card = two_columns()
    codes = row_of(card, 22, 900)
    now = float(card.score(codes[None])[0])
    told = Recourse.of(card, {"income": "up"}).change(codes, now + 15)
    assert [str(c) for c in told.changes] == ["income: 2000 to below 3000 (now below 1000)"]
    assert str(told) == "income: 2000 to below 3000 (now below 1000): -12 points, -17 are wanted, -32 now"


def test_what_cannot_be_reached_is_said_with_the_best_score():
    card = two_columns()
    codes = row_of(card, 22, 900)
    told = Recourse.of(card, {"income": "up"}).change(codes, 100)
    assert not told.reached
    assert str(told) == "no change of income reaches 100 points: 8 at best, -32 now"
    assert "no column on the card can be changed" in str(Recourse.of(card, {}).change(codes, 100))
    assert str(Recourse.of(card, {}).change(codes, -40)) == "nothing has to change: -32 points, -40 are wanted"


def test_missing_is_never_a_goal_though_it_earns_the_most_and_age_does_not_fall():
    card = two_columns()
    codes = row_of(card, 22, 900)  # missing income would be the best bin of the card
    now = float(card.score(codes[None])[0])
    assert not Recourse.of(card, {"income": "any"}).change(codes, now + 41).reached
    old = row_of(card, 50, 900)
    assert not Recourse.of(card, {"age": "down"}).change(old, float(card.score(old[None])[0]) + 0.01).reached
    assert Recourse.of(card, {"age": "up"}).change(codes, now + 24).changes[0].then == "40 or more"


def test_a_missing_cell_moves_only_where_any_way_is_allowed():
    card = two_columns()
    codes = row_of(card, 22, np.nan)
    now = float(card.score(codes[None])[0])
    assert not Recourse.of(card, {"income": "down"}).change(codes, now - 1 + 2).reached
    aged = row_of(card, np.nan, 900)
    wanted = float(card.score(aged[None])[0]) + 12
    assert not Recourse.of(card, {"age": "up"}).change(aged, wanted).reached
    then = Recourse.of(card, {"age": "any"}).change(aged, wanted)
    assert [str(c) for c in then.changes] == ["age: 40 or more (now missing)"]


def test_a_pair_moves_with_its_column_and_its_edges_are_cells_too():
    card = two_columns(pair=True)
    codes = row_of(card, 35, 1200)  # the pair's own edge, 1500, lies inside the bin 1000 to below 2000
    now = float(card.score(codes[None])[0])
    told = Recourse.of(card, {"income": "up"}).change(codes, now + 59)
    assert [c.then for c in told.changes] == ["1500 to below 2000"]
    assert told.score == pytest.approx(now + 60)


def test_fewer_columns_come_before_less_effort():
    card = two_columns()
    codes = row_of(card, 22, 900)
    now = float(card.score(codes[None])[0])
    both = Recourse.of(card, {"age": "up", "income": "up"}, effort={"income": 100.0}).change(codes, now + 21)
    assert [c.column for c in both.changes] == ["age"]
    one = Recourse.of(card, {"age": "up", "income": "up"}, effort={"age": 0.01}).change(codes, now + 36)
    assert [c.column for c in one.changes] == ["income"]


def test_the_score_of_a_threshold_is_where_the_probability_crosses_it():
    card = two_columns()
    for p in (1e-6, 0.2, 0.5, 0.99):
        score = score_at(card, p)
        assert 1 / (1 + math.exp(-card.scaling.margin(np.array(score)))) == pytest.approx(p, rel=1e-9)
    assert score_at(card, 0.0) == score_at(card, -math.inf) == math.inf
    assert score_at(card, 1.0) == score_at(card, math.inf) == -math.inf


@pytest.mark.parametrize(
    ("changeable", "more", "said"),
    [
        ({"incme": "up"}, {}, "did you mean 'income'?"),
        ({"income": "upwards"}, {}, "no direction is called 'upwards'; write up, down or any"),
        ({"age": "up"}, {"protected": ["age"]}, "a protected column is never changed"),
        ({"income": "up"}, {"effort": {"income": 0}}, "0 is not above 0"),
        ({"income": "up"}, {"effort": {"salary": 1}}, "no column is called 'salary'"),
    ],
)
def test_bad_wishes_are_refused_in_one_line(changeable, more, said):
    with pytest.raises(ConfigError) as error:
        Recourse.of(two_columns(), changeable, **more)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_levels_have_no_way_up_and_no_target_is_no_number(random_card):
    card = random_card(1, 3, 0)
    with pytest.raises(ConfigError, match="levels have no order to go up in"):
        Recourse.of(card, {"c2": "up"})
    with pytest.raises(ConfigError, match="not a number"):
        Recourse.of(card, {}).change(np.zeros(3, dtype=np.intp), math.nan)
    assert Recourse.of(card, {"later": "up"}, known=["later"]).columns == ()


def test_a_bin_that_training_never_met_is_no_goal():
    bins = Bins("x", (0.0, 1.0))
    rows = np.array([5.0, 0.0, 5.0, 1.0])
    card = pointed([(bins, rows, rows / 2, np.array([1.0, 0.0, 0.5, 0.0]))], 0.0, Scaling(), False)
    codes = np.array([0])
    told = Recourse.of(card, {"x": "up"}).change(codes, float(card.score(codes[None])[0]) + 1)
    assert told.changes[0].then == "1 or more"
