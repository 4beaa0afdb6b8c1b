"""The sliders: at the run's own values they say what the run says, and each moves what it should."""

import dataclasses
import time

import numpy as np
import pandas as pd
import pytest

from casestudies.fraud.alerts import alerts_told
from casestudies.fraud.tryout import TRYOUT


@pytest.fixture(scope="module")
def findings(bench, work):
    return bench.findings(work, alerts=alerts_told(work).told)


def told(findings, **values):
    """The column "as tried" by its name."""
    _, table = TRYOUT.told(findings, values)
    assert table.head[1] == "As tried"
    return {
        name.split(" (")[0]: float(tried.strip(" %").replace(",", "").replace("n/a", "nan"))
        for name, tried, _ in table.rows
    }


def test_at_the_start_both_columns_are_the_same(findings):
    start = {lever.key: lever.start for lever in TRYOUT.levers(findings)}
    assert start == {"price": 10.0, "capacity": 5.0, "saved": 1.0}
    said, table = TRYOUT.told(findings, start)
    assert all(tried == own for _, tried, own in table.rows)
    assert "as much as the run's own values" in said.text


def test_with_all_hands_it_is_the_decision_of_least_expected_cost(findings, bench, work):
    """One transaction an alert and no limit: what is alerted is what the rule alerts."""
    free = bench.work(bench.payments().drop(columns="card"))
    f = bench.findings(free, alerts=alerts_told(free).told)
    y, p, costs = f.y, f.scores()[f.champion], f.costs
    act = costs.act(p)
    found = told(f, capacity=100_000)
    assert found["Alerts"] == act.sum()
    assert found["Fraud stopped"] == pytest.approx((costs.fn * y)[act].sum(), abs=1)
    nobody = costs.total(y, np.zeros(len(y)))
    assert found["Saved, alerts paid"] == pytest.approx(nobody - costs.total(y, act), abs=1)


def test_each_slider_moves_what_it_should(findings):
    start = told(findings)
    assert told(findings, price=40)["Alerts"] < start["Alerts"]
    few, many = (told(findings, price=2, capacity=hands) for hands in (1, 50))
    assert few["Alerts"] < many["Alerts"]
    assert few["Fraud stopped"] < many["Fraud stopped"]
    assert told(findings, saved=0.5)["Saved, alerts paid"] < start["Saved, alerts paid"]
    assert told(findings, saved=0)["Alerts"] == 0
    dear = told(findings, price=25)
    assert dear["Price of the alerts"] == pytest.approx(25 * dear["Alerts"], rel=0.01)
    assert dear["Saved, alerts paid"] == pytest.approx(dear["Fraud stopped"] - 25 * dear["Alerts"], abs=2)


def test_a_stopped_card_is_no_reason_for_more_hands(findings):
    """One card, found out on the first day; what it would have done on the second needs no alert."""
    champion = findings.champion
    table = {"y": [1.0, 1.0], "weight": [1.0, 1.0], f"p:{champion}": [0.9, 0.8], f"act:{champion}": [True, True]}
    table |= {"fn": [500.0, 400.0], "fp": [10.0, 10.0], "tp": [10.0, 10.0], "tn": [0.0, 0.0]}
    judged = {"day": "0 1", "card": "0 0"}
    alerts = {"events": 2, "unit": "card", "per_day": 1, "days": 2, "drawn": 1.0, "judged": judged}
    one = dataclasses.replace(findings, predictions=pd.DataFrame(table), analysis={"alerts": alerts})
    said, _ = TRYOUT.told(one, {})
    assert "More hands would find nothing" in said.text
    two = dataclasses.replace(one, analysis={"alerts": alerts | {"judged": {"day": "0 0", "card": "0 1"}, "days": 1}})
    said, _ = TRYOUT.told(two, {})
    assert f"One more alert a day is expected to gain {0.8 * 390 - 0.2 * 10:.0f} EUR" in said.text


def test_without_prices_only_the_capacity_can_be_tried(bench):
    free = bench.work(bench.payments(1500), cost={"fn": None, "fp": None, "tp": 0, "currency": None})
    f = bench.findings(free, alerts=alerts_told(free).told)
    assert [lever.key for lever in TRYOUT.levers(f)] == ["capacity"]
    assert told(f, capacity=1000)["Alerts"] > told(f, capacity=1)["Alerts"]
    assert TRYOUT.levers(bench.findings(free)) == TRYOUT.told(bench.findings(free), {}) == ()


def test_ten_thousand_rows_are_told_within_thirty_milliseconds(bench):
    wide = bench.work(bench.payments(12_000), split={"kind": "time", "test": 0.85}, model={"trees": {"trees": 10}})
    f = bench.findings(wide, alerts=alerts_told(wide).told)
    assert len(f.y) > 10_000
    spent = []
    for price in range(5, 15):
        begin = time.process_time()
        TRYOUT.told(f, {"price": float(price), "capacity": 20.0})
        spent.append(time.process_time() - begin)
    assert np.median(spent) < 0.03
