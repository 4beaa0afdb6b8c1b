"""Customers' value by margin, contract and purchases: by hand, joined without loss, and without looking ahead."""

import json
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from casestudies.churn.config import RetentionCost
from casestudies.churn.contract import CONTRACT
from casestudies.churn.snapshot import snapshot_table
from casestudies.churn.value import FILE, value_again, value_of
from casestudies.churn.valuing import Snapshot, Transactions, Value
from casestudies.errors import ConfigError, DataError
from casestudies.models.customers import ContractModel
from casestudies.models.customers.staying import AtRisk
from casestudies.tabular.checked import check
from casestudies.tabular.problems import Problems
from casestudies.tabular.read import Source, Table
from casestudies.tabular.roles import Roles

CUSTOMERS = 120


def asked(value, transactions=None, snapshot=None, cost=None):
    """Settings as the hooks read them."""
    return SimpleNamespace(
        value=Value(**value),
        transactions=Transactions(**(transactions or {"amount": "amount"})),
        snapshot=Snapshot(**(snapshot or {})),
        cost=RetentionCost(accept=0.3, offer=5, **(cost or {})),
    )


def checked(columns, **roles):
    frame = pd.DataFrame({name: pd.Series(values).astype("str") for name, values in columns.items()})
    source = Source("customers.csv", "0", 0, "csv", "utf-8", ",", ".", 1, len(frame), frame.shape[1])
    named = {"target": "left", "positive": "yes", "id": "customer", **roles}
    made = check(Table(frame, source, np.arange(len(frame)) + 2), CONTRACT, Roles(**named), kinds={"number": []})
    assert not made.problems.errors
    return made


@pytest.fixture(scope="module")
def contracts():
    rng = np.random.default_rng(0)
    tenure = rng.geometric(0.08, 600) - 1
    left = rng.random(600) < 0.15
    return checked(
        {
            "customer": [f"c{i:03}" for i in range(600)],
            "months": tenure,
            "price": rng.uniform(5, 50, 600).round(2),
            "plan": np.where(rng.random(600) < 0.5, "monthly", "yearly"),
            "left": np.where(left, "yes", "no"),
        }
    )


def purchases(path, seed=0, extra=()):
    """A file of purchases of customers c000, c001, ... over a year."""
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(CUSTOMERS):
        mean, rate, day = rng.gamma(6, 5), rng.gamma(1.0, 1 / 20), int(rng.integers(0, 120))
        while day < 366:
            rows.append((f"c{i:03}", day, max(round(rng.gamma(4, mean / 4), 2), 0.01)))
            if rng.random() < 0.15:
                break
            day += 1 + int(rng.exponential(1 / rate))
    rows += list(extra)
    frame = pd.DataFrame(rows, columns=["customer", "day", "amount"]).astype({"amount": float})
    frame["time"] = (np.datetime64("2024-01-01") + frame.pop("day").to_numpy(dtype="timedelta64[D]")).astype(str)
    frame.to_csv(path, index=False)
    return {"transactions": Path(path)}


def table(names, **columns):
    left = ["yes" if i % 3 == 0 else "no" for i in range(len(names))]
    return checked({"customer": names, "x": np.arange(len(names)) * 1.5 + 0.25, **columns, "left": left})


NAMES = [f"c{i:03}" for i in range(CUSTOMERS)]


def test_a_given_value_adds_nothing(contracts):
    assert value_of(contracts, asked({"way": "given"}), {}) is None


def test_margin_times_periods(contracts):
    told = value_of(contracts, asked({"way": "margin", "margin": "0.5 * price", "horizon": 12}), {})
    np.testing.assert_allclose(told.checked.frame["clv"], 6 * contracts.frame["price"])
    assert "clv" not in told.checked.features
    assert told.checked.roles["clv"] == "money"


def test_a_loss_is_worth_nothing_and_counted(contracts):
    told = value_of(contracts, asked({"way": "margin", "margin": "price - 20"}), {})
    low = contracts.frame["price"].to_numpy() <= 20
    assert (told.checked.frame["clv"].to_numpy()[low] == 0).all()
    assert told.notes[0].startswith(f"{low.sum()} customers have a margin of 0 or less")


@pytest.mark.parametrize("curve", ["model", "life_table"])
def test_the_contractual_value_is_margin_times_expected_periods(contracts, curve):
    settings = asked(
        {"way": "contractual", "margin": "price", "tenure": "months", "curve": curve, "by": "plan", "discount": 0.1}
    )
    told = value_of(contracts, settings, {})
    tenure = contracts.frame["months"].to_numpy(dtype=float)
    plan = contracts.frame["plan"].astype("str").to_numpy(dtype=object)
    model = ContractModel.fitted(tenure, contracts.y, np.ones(600), plan, curve=curve)
    periods = model.worth(tenure, plan, 12.0, 1.1 ** (1 / 12) - 1)
    np.testing.assert_allclose(told.checked.frame["clv"], contracts.frame["price"] * periods)
    assert (periods < 12).all()
    assert set(told.made["model"]["segments"]) == {"", "monthly", "yearly"}


def test_row_weights_count_in_the_curve(contracts):
    weight = np.where(contracts.y == 1, 3.0, 1.0)
    frame = {name: contracts.frame[name].astype("str") for name in ("customer", "months", "price", "plan")}
    weighed = checked({**frame, "w": weight, "left": np.where(contracts.y == 1, "yes", "no")}, weight="w")
    told = value_of(weighed, asked({"way": "contractual", "margin": 1, "tenure": "months", "curve": "life_table"}), {})
    table = AtRisk.of_snapshot(contracts.frame["months"].to_numpy(dtype=float), contracts.y, weight)
    assert told.made["model"]["segments"][""]["left"] == table.left.tolist()


def test_customers_without_a_tenure_are_counted_and_kept(contracts):
    frame = {name: contracts.frame[name].astype("str") for name in ("customer", "months", "price", "plan")}
    frame["months"] = frame["months"].where(np.arange(600) >= 4)
    lacking = checked({**frame, "left": np.where(contracts.y == 1, "yes", "no")})
    lacking.frame.loc[:3, "months"] = np.nan
    told = value_of(lacking, asked({"way": "contractual", "margin": "price", "tenure": "months"}), {})
    assert told.checked.frame["clv"].notna().all()
    assert any(note.startswith("4 customers have no tenure") for note in told.notes)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"way": "margin"}, "value.margin: value.way: margin needs the margin of a period"),
        ({"way": "contractual", "margin": "price"}, "value.tenure: the contractual way needs each customer's tenure"),
        (
            {"way": "contractual", "margin": "price", "tenure": "month"},
            "there is no column 'month'; did you mean 'months'",
        ),
        ({"way": "contractual", "margin": "price", "tenure": "plan"}, "numbers are wanted"),
        ({"way": "contractual", "margin": "price", "tenure": "months", "by": "plane"}, "did you mean 'plan'"),
        ({"way": "margin", "margin": "prise"}, "did you mean 'price'"),
        ({"way": "transactions"}, "data.files: {transactions: transactions.csv}"),
    ],
)
def test_a_setting_that_cannot_be_used_is_said_in_one_line(contracts, value, said):
    with pytest.raises(ConfigError) as refused:
        value_of(contracts, asked(value), {})
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_values_that_the_costs_do_not_use_are_refused(contracts):
    with pytest.raises(ConfigError, match=r"cost\.clv: the costs do not use the values"):
        value_of(contracts, asked({"way": "margin", "margin": "price"}, cost={"clv": "12 * price"}), {})


def test_every_row_keeps_its_place_and_customers_in_one_file_only_are_counted(tmp_path):
    files = purchases(tmp_path / "t.csv")
    names = [*reversed(NAMES[10:]), "unknown", "c999"]
    settings = asked({"way": "transactions", "as_of": "2024-12-01"})
    told = value_of(table(names), settings, files)
    whole = value_of(table(NAMES), settings, files)
    by_name = dict(zip(NAMES, whole.checked.frame["clv"], strict=True))
    np.testing.assert_allclose(told.checked.frame["clv"][:-2], [by_name[name] for name in names[:-2]])
    assert (told.checked.frame["clv"][-2:] == told.made["facts"]["mean"]).all()
    assert (told.made["facts"]["unknown"], told.made["facts"]["elsewhere"]) == (2, 10)
    assert any(note.startswith("2 rows of 112 are of customers without a purchase") for note in told.notes)
    assert any(note.startswith("10 customers of the transactions are not in the table") for note in told.notes)


def test_nothing_bought_on_the_date_or_later_changes_a_value(tmp_path):
    rng = np.random.default_rng(1)
    later = [(name, int(day), 500.0) for name in NAMES for day in rng.integers(335, 366, 3)]
    settings = asked({"way": "transactions", "as_of": "2024-12-01", "holdout": 0})  # day 335
    one = value_of(table(NAMES), settings, purchases(tmp_path / "a.csv"))
    two = value_of(table(NAMES), settings, purchases(tmp_path / "b.csv", extra=later))
    np.testing.assert_array_equal(one.checked.frame["clv"], two.checked.frame["clv"])
    assert any("purchases came after 2024-11-30 and are not looked at" in note for note in two.notes)
    earlier = value_of(table(NAMES), settings, purchases(tmp_path / "c.csv", extra=[("c003", 334, 500.0)]))
    assert earlier.checked.frame["clv"][3] != one.checked.frame["clv"][3]


def test_each_row_knows_what_its_customer_had_bought_by_its_own_date(tmp_path):
    files = purchases(tmp_path / "t.csv")
    dates = ["2024-08-01"] * 60 + ["2024-12-01"] * 60
    settings = asked({"way": "transactions"})
    both = value_of(table(NAMES, as_of=dates), settings, files)
    early = value_of(table(NAMES), asked({"way": "transactions", "as_of": "2024-08-01"}), files)
    assert both.made["facts"]["learnt"] == "2024-08-01"
    np.testing.assert_allclose(both.checked.frame["clv"][:60], early.checked.frame["clv"][:60])
    assert not np.allclose(both.checked.frame["clv"][60:], early.checked.frame["clv"][60:])


def test_many_dates_share_the_first_day_of_their_month(tmp_path):
    files = purchases(tmp_path / "t.csv")
    dates = [str(np.datetime64("2024-08-01") + i) for i in range(CUSTOMERS)]
    told = value_of(table(NAMES, as_of=dates), asked({"way": "transactions"}), files)
    first = value_of(table(NAMES, as_of=[date[:8] + "01" for date in dates]), asked({"way": "transactions"}), files)
    np.testing.assert_allclose(told.checked.frame["clv"], first.checked.frame["clv"])
    assert any("first day of a row's month" in note for note in told.notes)


@pytest.mark.parametrize(
    ("value", "columns", "said"),
    [
        ({"as_of": "2025-06-01"}, {}, "the purchases end on 2024-12-31, before 2025-06-01"),
        (
            {"as_of": "2024-10-01"},
            {"as_of": ["2024-09-01"] * 5 + ["2024-12-01"] * 115},
            "5 rows are of dates before it",
        ),
        ({"as_of": "yesterday"}, {}, "'yesterday' is not a date"),
        ({"customer": "client"}, {}, "there is no column 'client'"),
    ],
)
def test_dates_that_would_look_ahead_are_refused(tmp_path, value, columns, said):
    files = purchases(tmp_path / "t.csv", extra=[("c000", 365, 5.0)])
    with pytest.raises(ConfigError) as refused:
        value_of(table(NAMES, **columns), asked({"way": "transactions", **value}), files)
    assert said in str(refused.value)


def test_a_table_without_any_date_is_warned_of(tmp_path):
    told = value_of(table(NAMES), asked({"way": "transactions"}), purchases(tmp_path / "t.csv"))
    assert any(note.startswith("No date is given for the table") for note in told.notes)


def test_no_customer_in_common_shows_both_spellings(tmp_path):
    with pytest.raises(DataError, match="here 'C-0', there 'c000'"):
        value_of(table([f"C-{i}" for i in range(40)]), asked({"way": "transactions"}), purchases(tmp_path / "t.csv"))


def test_refunds_are_no_purchases_and_purchases_for_nothing_are(tmp_path):
    settings = asked({"way": "transactions", "as_of": "2024-12-01"})
    plain = value_of(table(NAMES), settings, purchases(tmp_path / "a.csv"))
    refunds = [(name, 300, -20.0) for name in NAMES[:7]]
    refunded = value_of(table(NAMES), settings, purchases(tmp_path / "b.csv", extra=refunds))
    np.testing.assert_array_equal(refunded.checked.frame["clv"], plain.checked.frame["clv"])
    assert any(note.startswith("7 events have a negative amount, 140.00 in all") for note in refunded.notes)
    free = value_of(table(NAMES), settings, purchases(tmp_path / "c.csv", extra=[(n, 300, 0.0) for n in NAMES[:7]]))
    assert free.made["facts"]["zero"] == 7
    assert not np.allclose(free.checked.frame["clv"], plain.checked.frame["clv"])
    assert any(note.startswith("7 purchases of") for note in free.notes)


def test_values_without_amounts_are_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"transactions\.amount: a customer's value needs the amounts"):
        value_of(
            table(NAMES),
            asked({"way": "transactions"}, transactions={"customer": "customer"}),
            purchases(tmp_path / "t.csv"),
        )


def test_histories_are_features_only_where_asked_for(tmp_path):
    files = purchases(tmp_path / "t.csv")
    plain = value_of(table(NAMES), asked({"way": "transactions", "as_of": "2024-12-01"}), files).checked
    asked_for = value_of(table(NAMES), asked({"way": "transactions", "as_of": "2024-12-01", "features": True}), files)
    assert plain.features == ["x"]
    assert set(asked_for.checked.features) == {
        "x", "value_frequency", "value_recency", "value_age", "value_mean", "value_alive"
    }  # fmt: skip
    assert plain.made == asked_for.checked.made == {"clv", *set(asked_for.checked.features) - {"x"}}


@pytest.mark.parametrize("way", ["margin", "contractual", "transactions"])
def test_what_is_stored_gives_new_customers_the_same_value(contracts, tmp_path, way):
    files = purchases(tmp_path / "t.csv") if way == "transactions" else {}
    old = table(NAMES, as_of=["2024-12-01"] * CUSTOMERS) if files else contracts
    value = {"margin": "price", "tenure": "months", "by": "plan"} if not files else {}
    settings = asked({"way": way, **value})
    told = value_of(old, settings, files)
    made = json.loads(told.files[FILE].decode())
    again = value_again(replace(old, y=None), settings, files, made)  # new customers have no outcome to learn from
    np.testing.assert_array_equal(again.frame["clv"], told.checked.frame["clv"])
    assert again.roles["clv"] == "money"


def rows_of(table, rows):
    """Some rows of a checked table without labels, as a part of a file of new customers."""
    places = replace(table.places, rows=table.places.rows[rows], lines=table.places.lines[rows])
    return replace(
        table, frame=table.frame.iloc[rows].reset_index(drop=True), y=None, places=places, problems=Problems()
    )


@pytest.mark.parametrize("way", ["contractual", "transactions"])
@pytest.mark.parametrize("curve", ["model", "life_table"])
def test_however_a_file_is_cut_a_customer_has_one_value(contracts, tmp_path, way, curve):
    files = purchases(tmp_path / "t.csv") if way == "transactions" else {}
    days = [f"2024-{1 + i % 12:02}-{1 + i % 28:02}" for i in range(CUSTOMERS)]  # so many that a month shares one
    old = table(NAMES, as_of=days) if files else contracts
    value = {"margin": "price", "tenure": "months", "by": "plan", "curve": curve} if not files else {}
    settings = asked({"way": way, **value})
    made = json.loads(value_of(old, settings, files).files[FILE].decode())
    if files:  # of another name: nobody has bought under it
        frame = old.frame.assign(customer=old.frame["customer"].where(np.arange(CUSTOMERS) % 7 > 0, "nobody"))
    else:  # new ones have stayed longer than all who were learnt from, or nobody knows for how long
        rng = np.random.default_rng(3)
        months = np.where(rng.random(600) < 0.1, np.nan, old.frame["months"] * rng.choice([1, 1, 4], 600))
        frame = old.frame.assign(months=months)
    new = replace(old, frame=frame)
    whole = value_again(rows_of(new, np.arange(len(frame))), settings, files, made).frame["clv"].to_numpy()
    for size in (1, 7, len(frame) // 2):
        parts = [np.arange(start, min(start + size, len(frame))) for start in range(0, len(frame), size)]
        cut = [value_again(rows_of(new, rows), settings, files, made) for rows in parts]
        np.testing.assert_array_equal(np.concatenate([one.frame["clv"] for one in cut]), whole)
        lacking = sum(problem.count for one in cut for problem in one.problems)
        assert lacking == (int(frame["months"].isna().sum()) if not files else (whole == made["model"]["mean"]).sum())


def test_a_new_customer_without_tenure_is_one_of_the_median_of_the_run(contracts):
    settings = asked({"way": "contractual", "margin": 1, "tenure": "months"})
    made = json.loads(value_of(contracts, settings, {}).files[FILE].decode())
    median = float(contracts.frame["months"].median())
    frame = contracts.frame.assign(months=[np.nan, median] * 300)
    found = value_again(rows_of(replace(contracts, frame=frame), np.array([0, 1])), settings, {}, made)
    assert made["model"]["typical"] == median
    assert found.frame["clv"][0] == found.frame["clv"][1]
    alone = value_again(rows_of(replace(contracts, frame=frame), np.array([0])), settings, {}, made)
    assert alone.frame["clv"][0] == found.frame["clv"][0]
    assert "`months` is missing in 1 rows" in str(alone.problems.of("warning")[0])


def test_cdnow_from_the_raw_file_to_values(real_data):
    files = {"transactions": real_data / "cdnow" / "CDNOW_sample.txt"}
    read = {"header": False, "names": ["master", "id", "date", "cds", "dollars"]}
    settings = asked(
        {"way": "transactions"},
        transactions={"customer": "id", "time": "date", "amount": "dollars", "read": read},
        snapshot={"date": "1997-10-01", "horizon": 180, "active": 273},
    )
    began = time.process_time()
    snapshot = snapshot_table(settings, files)
    made = check(snapshot, CONTRACT, Roles(target="left", positive="yes", id="customer"))
    told = value_of(made, settings, files)
    assert time.process_time() - began < 2.0
    assert len(made.frame) == 2357
    model = told.made["model"]
    published = {"r": 0.2426, "alpha": 4.4136, "a": 0.7929, "b": 2.4259}
    for name, value in published.items():
        assert model["buying"]["parameters"][name] == pytest.approx(value, abs=1e-4)
    assert [round(value, 2) for value in model["spending"]["parameters"].values()] == [6.25, 3.74, 15.44]
    assert told.made["facts"]["holdout"]["totals"][0] == 1882
    assert told.made["facts"]["unknown"] == told.made["facts"]["elsewhere"] == 0
    assert any("8 purchases of 6,919 are for nothing" in note for note in told.notes)
