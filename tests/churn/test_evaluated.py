"""A run made of events, judged on a later day of them: who is in, who left, by hand."""

import numpy as np
import pandas as pd
import pytest

import casestudies
from casestudies.errors import CaseError

START, DAYS, HORIZON = pd.Timestamp("2024-01-01"), 330, 60
QUICK = [
    "model.candidates=[logistic]",
    "model.C=1",
    "interval.rounds=100",
    "explain.rows=50",
    "explain.lime.samples=100",
    "explain.lime.seeds=2",
    "analyse=[drift]",
    "report.formats=[]",
]


@pytest.fixture(scope="module")
def events(tmp_path_factory):
    """A file of purchases of customers who go away one after the other."""
    random, rows = np.random.default_rng(5), []
    for number in range(700):
        day, rate = int(random.integers(0, 150)), random.gamma(2.0, 8.0) + 2
        while day < DAYS:
            rows.append((f"c{number:03}", START + pd.Timedelta(days=day), round(random.gamma(4, 5) + 0.01, 2)))
            if random.random() < 0.08:
                break
            day += 1 + int(random.exponential(rate))
    frame = pd.DataFrame(rows, columns=["customer", "day", "amount"])
    file = tmp_path_factory.mktemp("events") / "events.csv"
    frame.assign(day=frame["day"].dt.strftime("%Y-%m-%d")).to_csv(file, index=False)
    return file


@pytest.fixture(scope="module")
def run(events, tmp_path_factory):
    config = {
        "data": {"positive": "yes", "files": {"transactions": str(events)}},
        "transactions": {"time": "day", "amount": "amount"},
        "snapshot": {"date": "2024-06-15", "horizon": HORIZON, "windows": [30, 90]},
        "cost": {"fn": 50, "fp": 2, "tp": 20, "currency": "EUR"},
    }
    return casestudies.run("churn", config=config, overrides=QUICK, runs=tmp_path_factory.mktemp("runs"), variables={})


def test_a_later_day_is_judged_by_what_came_after_it(run, events):
    date = pd.Timestamp("2024-09-01")
    found = run.evaluate(events, overrides=[f"snapshot.date={date:%Y-%m-%d}"], variables={})
    days = pd.read_csv(events, parse_dates=["day"])
    active = days[(days["day"] < date) & (days["day"] >= date - pd.Timedelta(days=HORIZON))]["customer"].unique()
    after = days[(days["day"] > date) & (days["day"] <= date + pd.Timedelta(days=HORIZON))]["customer"].unique()
    told = found.folder.read_json("evaluation.json")
    assert told["rows"] == len(active)
    assert told["events"] == len(set(active) - set(after))
    assert found.verdict in ("keep", "recalibrate", "refit", "too few to say")
    assert found.folder.verify() == []


def test_a_day_after_which_nothing_is_known_yet_is_refused(run, events):
    with pytest.raises(CaseError, match="who left cannot be known yet") as caught:
        run.evaluate(events, overrides=["snapshot.date=2024-11-15"], variables={})
    assert len(str(caught.value).splitlines()) == 1
