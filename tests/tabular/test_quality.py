"""What a table says against itself: each finding planted once, and clean tables left in peace."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from casestudies.tabular import Column, Contract, Roles, leaks, split
from casestudies.tabular.checked import check
from casestudies.tabular.quality import against_time, dropped, findings, repeats_across

ROWS = 400
RANDOM = np.random.default_rng(5)
Y = (RANDOM.random(ROWS) < 0.3).astype(int)
NOISE = RANDOM.normal(size=ROWS)


def looked_at(table_of, contract=Contract(), y=Y, costs=(), leaks_allowed=False, **columns):  # noqa: B008
    base = {"y": ["bad" if event else "good" for event in y], "noise": [f"{x:.6f}" for x in NOISE[: len(y)]]}
    made = {name: [None if cell is None else str(cell) for cell in cells] for name, cells in columns.items()}
    checked = check(table_of(base | made), contract, Roles(target="y", positive="bad"))
    found = findings(checked, costs=costs, leaks_allowed=leaks_allowed)
    return {(p.code.value, p.column): p for p in found}, dropped(found, checked), checked


def test_a_clean_table_has_no_findings(table_of):
    found, gone, checked = looked_at(table_of, city=["Bonn", "Köln", "Trier", "Mainz"] * 100)
    assert (found, gone) == ({}, {})
    assert checked.features == ["noise", "city"]


@pytest.mark.parametrize(
    ("code", "cells"),
    [
        ("constant", ["EUR"] * ROWS),
        ("all_missing", [None] * ROWS),
        ("target_copy", np.where(Y == 1, "defaulted", "repaid")),
        ("target_copy", Y + 1),
        ("target_copy", [None if event else "paid" for event in Y]),
        ("identifier_like", [f"C{i}" for i in range(ROWS)]),
        ("identifier_like", 1000 + np.arange(ROWS)),
        ("identifier_like", 1000 + 17 * np.arange(ROWS)),
        ("identifier_like", RANDOM.permutation(ROWS) + 5),
    ],
)
def test_columns_that_cannot_be_features_are_dropped_and_that_is_said(table_of, code, cells):
    found, gone, checked = looked_at(table_of, x=cells)
    assert "it is no feature" in found[code, "x"].rule
    assert list(gone) == ["x"]
    assert checked.without(gone).features == ["noise"]


def test_an_income_that_differs_in_every_row_stays_a_feature(table_of):
    incomes = RANDOM.choice(90_000, ROWS, replace=False) + 10_000
    assert looked_at(table_of, income=incomes)[1] == {}
    assert list(looked_at(table_of, account_no=incomes)[1]) == ["account_no"]


def test_a_column_known_only_afterwards_is_dropped(table_of):
    contract = Contract((Column("recovered", "money", known="after outcome"),))
    found, gone, _ = looked_at(table_of, contract, recovered=[f"{x:.2f}" for x in NOISE**2])
    assert ("after_outcome", "recovered") in found
    assert list(gone) == ["recovered"]


@pytest.mark.parametrize(
    "cells",
    [
        Y + 0.3 * RANDOM.random(ROWS),
        -(Y + 0.3 * RANDOM.random(ROWS)),
        [None if event else f"{x:.3f}" for event, x in zip(Y, NOISE, strict=True)],
        np.where(Y == 1, RANDOM.choice(["late", "sued", "sold"], ROWS), RANDOM.choice(["paid", "open"], ROWS)),
    ],
)
def test_a_leak_is_an_error_that_says_what_to_drop(table_of, cells):
    found, gone, _ = looked_at(table_of, status=cells)
    problem = found["leak", "status"]
    assert problem.severity == "error"
    assert problem.advice == "write data.drop: [status]"
    assert gone == {}
    assert looked_at(table_of, status=cells, leaks_allowed=True)[0]["leak", "status"].severity == "warning"


def test_many_small_levels_are_no_leak(table_of):
    assert looked_at(table_of, shop=[f"s{i}" for i in RANDOM.integers(0, 200, ROWS)])[0] == {}


def test_missing_cells_codes_and_single_values_are_said(table_of):
    years = np.where(RANDOM.random(ROWS) < 0.05, -1, RANDOM.integers(0, 400, ROWS))
    months = np.where(RANDOM.random(ROWS) < 0.05, 999, RANDOM.integers(0, 400, ROWS))
    balance = np.where(RANDOM.random(ROWS) < 0.05, -5, RANDOM.integers(0, 400, ROWS))
    half = [None if i % 3 else f"{x:.4f}" for i, x in enumerate(NOISE)]
    found, _, _ = looked_at(
        table_of, years=years, months=months, balance=balance, half=half, rare=[1] + [0] * (ROWS - 1)
    )
    assert set(found) == {
        ("special_code", "years"),
        ("special_code", "months"),
        ("mostly_missing", "half"),
        ("one_level", "rare"),
    }
    assert found["special_code", "years"].rule.startswith(f"holds -1 in {(years == -1).sum()} rows")
    assert found["special_code", "months"].advice == "if it means unknown write data.read.missing: ['999']"
    assert found["one_level", "rare"].rule == f"has one value in {ROWS - 1} of {ROWS} rows"


def test_levels_spelt_twice_and_marks_among_words_are_said(table_of):
    housing = ["rent", "Rent", "own", "?"] * 100
    found, _, _ = looked_at(table_of, housing=housing)
    assert "'Rent' and 'rent'" in found["spelt_twice", "housing"].rule
    assert found["missing_mark", "housing"].advice == "if they mean missing write data.read.missing: ['?']"


def test_too_many_levels_are_counted(table_of):
    rows = 3000
    y = np.arange(rows) % 4 == 0
    shops = [f"s{i % 300}" for i in range(rows)]
    checked = check(table_of({"y": y.astype(str), "shop": shops}), Contract(), Roles(target="y", positive="True"))
    many = [p for p in findings(checked) if p.code == "many_levels"]
    assert many[0].rule.startswith("has 300 levels: the 200 most frequent")


def test_a_cost_column_that_no_contract_vouches_for_is_questioned(table_of):
    margin = [f"{x:.2f}" for x in NOISE**2 * 100]
    assert ("cost_is_feature", "margin") in looked_at(table_of, margin=margin, costs={"margin"})[0]
    assert looked_at(table_of, margin=margin)[0] == {}
    contract = Contract((Column("margin", "money"),))
    assert looked_at(table_of, contract, margin=margin, costs={"margin"})[0] == {}


def test_negative_money_is_counted_summed_and_placed(table_of):
    amounts = np.full(ROWS, 100.25)
    amounts[[4, 9]], amounts[0] = -50, 0
    found, _, _ = looked_at(table_of, Contract((Column("amount", "money"),)), amount=amounts + 0.0)
    problem = found["money_sign", "amount"]
    assert (problem.rule, problem.row, problem.line) == ("has 2 negative amounts (sum -100.00) and 1 zeros", 5, 6)


def test_repeats_are_counted_by_brute_force(table_of):
    a, b = RANDOM.integers(0, 20, ROWS), RANDOM.integers(0, 20, ROWS)
    rows = list(zip(a, b, Y, strict=True))
    found, _, _ = looked_at(table_of, a=a, b=b, noise=["1"] * ROWS)
    assert found["duplicate_rows", None].count == len(rows) - len(set(rows))
    first = next(i for i, row in enumerate(rows) if row in rows[:i])
    assert found["duplicate_rows", None].row == first + 1
    pairs = {(x, z): {event for p, q, event in rows if (p, q) == (x, z)} for x, z, _ in rows}
    assert found["same_row_other_label", None].count == sum(len(pairs[x, z]) == 2 for x, z, _ in rows)


def test_test_rows_that_repeat_training_rows_are_counted(table_of):
    features = np.r_[np.arange(300), np.full(60, 9), np.arange(300, 340)] * 7.5
    word = ["train"] * 300 + ["test"] * 100
    table = table_of({"y": Y.astype(str), "x": features.astype(str), "part": word})
    checked = check(table, Contract(), Roles(target="y", positive=1, drop=("part",)))
    made = split.make("given", checked.y, given=checked.frame["part"])
    (across,) = repeats_across(checked, made)
    assert (across.count, across.row) == (60, 301)


def test_few_events_are_said_with_both_numbers(table_of):
    y = np.arange(ROWS) < 49
    found, _, _ = looked_at(table_of, y=y)
    assert found["few_events", None].rule.startswith("there are 49 events and 351 other rows")
    assert ("few_events", None) not in looked_at(table_of, y=np.arange(ROWS) < 50)[0]


COLUMN = st.lists(st.tuples(st.one_of(st.none(), st.integers(-3, 3)), st.booleans()), min_size=4, max_size=60)


@settings(deadline=None)
@given(COLUMN.filter(lambda pairs: len({event for _, event in pairs}) == 2))
def test_the_auc_of_one_column_is_the_better_of_all_ways_to_read_it(pairs):
    values = np.array([np.nan if v is None else v for v, _ in pairs], dtype=float)
    y = np.array([event for _, event in pairs], dtype=float)
    ways = [roc_auc_score(y, np.where(np.isnan(values), end, sign * values)) for sign in (1, -1) for end in (-9, 9)]
    assert leaks.auc_of_numbers(values, y) == pytest.approx(max(ways), abs=1e-12)


def test_levels_are_judged_by_rows_that_did_not_set_their_rate():
    y = np.random.default_rng(0).integers(0, 2, 4000).astype(float)
    assert leaks.auc_of_levels(np.arange(4000), y) < 0.55  # in its own rows an identifier looks perfect
    assert leaks.auc_of_levels(y.astype(int) - 1, y) == 1.0  # missing exactly where the event is not


DAYS = [f"2024-{1 + i % 12:02d}-{1 + i % 28:02d}" for i in range(ROWS)]


def test_dates_beside_a_random_split_are_a_warning_unless_it_was_asked_for(table_of):
    _, _, checked = looked_at(table_of, decided=DAYS)
    drawn = split.make("auto", checked.y)
    (problem,) = against_time(checked, drawn, asked=False)
    assert problem.severity == "warning"
    assert str(problem).startswith("the table has dates in `decided` and the split is random; ")
    assert "write data.time: decided" in problem.advice
    assert against_time(checked, drawn, asked=True) == []
    assert against_time(looked_at(table_of)[2], drawn, asked=False) == []


def test_judged_rows_older_than_the_training_rows_are_a_warning(table_of):
    columns = {"y": ["bad" if event else "good" for event in Y], "decided": DAYS, "noise": NOISE}
    table = table_of({name: [str(cell) for cell in cells] for name, cells in columns.items()})
    checked = check(table, Contract(), Roles(target="y", positive="bad", time="decided"))
    when = checked.frame["decided"]
    early = split.make("given", checked.y, given=np_words(when < when.median()))
    (problem,) = against_time(checked, early, asked=True)
    assert problem.count == len(early.test) > 100
    assert f"{len(early.test)} of {len(early.test)} judged rows are older" in problem.rule
    assert problem.row == early.test[0] + 1
    mixed = split.make("given", checked.y, given=pd.Series(np.resize(["test", "train", "train"], ROWS)))
    (problem,) = against_time(checked, mixed, asked=True)
    assert problem.count == (when.iloc[mixed.test] < when.iloc[mixed.train].max()).sum()
    late = split.make("given", checked.y, given=np_words(when >= when.median()))
    assert against_time(checked, late, asked=True) == []


def np_words(test):
    return test.map({True: "test", False: "train"})
