"""New customers of a run that read events: with a table of them and their purchases, and from a file of events alone."""

import numpy as np
import pandas as pd
import pytest

import casestudies
from casestudies import cli
from casestudies.errors import CaseError, DataError, UsageError

QUICK = [
    "model.candidates=[logistic]",
    "model.C=1",
    "interval.rounds=100",
    "explain.rows=50",
    "explain.lime.samples=100",
    "explain.lime.seeds=2",
    "analyse=[campaign]",
    "report.formats=[]",
]
START, DAYS, CUSTOMERS, AT, HORIZON = pd.Timestamp("2024-01-01"), 300, 500, "2024-07-01", 60
SETTINGS = {
    "data": {"positive": "yes"},
    "transactions": {"time": "day", "amount": "amount", "kind": "kind"},
    "snapshot": {"date": AT, "horizon": HORIZON, "windows": [30, 90]},
    "value": {"way": "transactions", "as_of": AT},
    "cost": {"accept": 0.5, "offer": 2, "contact": 0.1, "currency": "EUR"},
}


@pytest.fixture(scope="module")
def events(tmp_path_factory):
    """A file of purchases and calls of customers who go away one after the other."""
    rng = np.random.default_rng(5)
    rows = []
    for number in range(CUSTOMERS):
        day, rate = int(rng.integers(0, 120)), rng.gamma(2.0, 8.0) + 2
        mean = rng.gamma(6, 5)
        while day < DAYS:
            kind = "call" if rng.random() < 0.1 else "purchase"
            rows.append(
                (f"c{number:03}", START + pd.Timedelta(days=day), kind, round(rng.gamma(4, mean / 4) + 0.01, 2))
            )
            if rng.random() < 0.08:
                break
            day += 1 + int(rng.exponential(rate))
    frame = pd.DataFrame(rows, columns=["customer", "day", "kind", "amount"])
    file = tmp_path_factory.mktemp("events") / "events.csv"
    frame.assign(day=frame["day"].dt.strftime("%Y-%m-%d")).to_csv(file, index=False)
    return file


@pytest.fixture(scope="module")
def from_events(events, tmp_path_factory):
    """A run built from the events alone."""
    config = {**SETTINGS, "data": {**SETTINGS["data"], "files": {"transactions": str(events)}}}
    return casestudies.run("churn", config=config, overrides=QUICK, runs=tmp_path_factory.mktemp("runs"), variables={})


@pytest.fixture(scope="module")
def of_table(events, tmp_path_factory):
    """(a run of a table of customers whose values come from their purchases, the table)."""
    rng = np.random.default_rng(1)
    names = pd.unique(pd.read_csv(events, dtype=str)["customer"])
    table = pd.DataFrame({"customer": names, "x": rng.normal(size=len(names)).round(3)})
    table["left"] = np.where(rng.random(len(names)) < 1 / (1 + np.exp(-table["x"])), "yes", "no")
    file = tmp_path_factory.mktemp("table") / "customers.csv"
    table.to_csv(file, index=False)
    config = {**SETTINGS, "data": {"positive": "yes", "files": {"transactions": str(events)}}, "snapshot": {}}
    runs = tmp_path_factory.mktemp("runs")
    return casestudies.run("churn", file, config, overrides=QUICK, runs=runs, variables={}), file


def active_before(events, date):
    """Customers with an event in the horizon before a date, by name."""
    table = pd.read_csv(events, dtype={"customer": str}, parse_dates=["day"])
    date = pd.Timestamp(date)
    inside = (table["day"] < date) & (table["day"] >= date - pd.Timedelta(days=HORIZON))
    return sorted(set(table.loc[inside, "customer"]))


def test_events_alone_give_the_customers_of_the_day_after_the_last(from_events, events):
    found = from_events.predict(events)
    last = pd.read_csv(events, parse_dates=["day"])["day"].max()
    today = last + pd.Timedelta(days=1)
    assert found.rows["customer"].tolist() == active_before(events, today)
    assert any(f"before {today:%Y-%m-%d}" in note for note in found.notes)
    assert set(found.rows["list"]) <= {"contact", "control", "leave"}
    assert (found.rows["value"] > 0).all()
    assert found.rows["expected_gain"].loc[found.rows["list"] == "contact"].min() > 0


def test_at_the_date_of_the_run_the_customers_and_their_values_are_those_of_the_run(from_events, events):
    found = from_events.predict(events, overrides=[f"snapshot.date={AT}"]).rows.set_index("customer")
    assert found.index.tolist() == active_before(events, AT)
    listed = pd.read_csv(from_events.path / "lists" / "contacts.csv", dtype={"customer": str}).set_index("customer")
    assert len(listed) > 20
    assert found.loc[listed.index, "value"].to_numpy() == pytest.approx(listed["value"].to_numpy(), rel=1e-12)
    judged = pd.read_parquet(from_events.path / "predictions.parquet")
    assert len(judged) == len(found)
    assert np.corrcoef(judged["p:logistic"], found["probability"].to_numpy()[judged["row"] - 1])[0, 1] > 0.9


def test_what_came_after_the_date_moves_nothing(from_events, events, tmp_path):
    short = tmp_path / "until.csv"
    table = pd.read_csv(events, dtype=str)
    table[table["day"] < AT].to_csv(short, index=False)
    now = from_events.predict(short, overrides=[f"snapshot.date={AT}"]).rows
    then = from_events.predict(events, overrides=[f"snapshot.date={AT}"]).rows
    pd.testing.assert_frame_equal(now.drop(columns="line"), then.drop(columns="line"))


def test_the_command_line_scores_events_and_tables(from_events, of_table, events, tmp_path, capsys):
    out = tmp_path / "scores.csv"
    where = ["--data", str(events), "--out", str(out)]
    assert cli.main(["predict", str(from_events.path), *where, "--set", f"snapshot.date={AT}"]) == 0
    assert len(pd.read_csv(out)) == len(active_before(events, AT))
    run, table = of_table
    where = ["--data", str(table), "--out", str(out)]
    assert cli.main(["predict", str(run.path), *where, "--files", f"transactions={events}"]) == 0
    assert len(pd.read_csv(out)) == len(pd.read_csv(table))
    assert cli.main(["predict", str(run.path), *where]) == 2
    assert "--files transactions=FILE" in capsys.readouterr().err
    assert cli.main(["predict", str(run.path), *where, "--files", str(events)]) == 2
    assert "is not NAME=FILE" in capsys.readouterr().err


def test_a_table_with_the_purchases_of_its_customers_is_valued_as_in_the_run(of_table, events):
    run, table = of_table
    found = run.predict(table, files={"transactions": events}).rows.set_index("customer")
    listed = pd.read_csv(run.path / "lists" / "contacts.csv", dtype={"customer": str}).set_index("customer")
    # the run counts purchases before its date, new customers have all of theirs
    until = events.parent / "until.csv"
    whole = pd.read_csv(events, dtype=str)
    whole[whole["day"] < AT].to_csv(until, index=False)
    then = run.predict(table, files={"transactions": until}).rows.set_index("customer")
    there = [name for name in listed.index if name in set(whole.loc[whole["day"] < AT, "customer"])]
    age = pd.Timestamp(AT) - pd.to_datetime(whole.loc[whole["day"] < AT, "day"]).max()
    assert age == pd.Timedelta(days=1)  # so that the day after the last event is the date of the run
    assert then.loc[there, "value"].to_numpy() == pytest.approx(listed.loc[there, "value"].to_numpy(), rel=1e-12)
    assert (found["value"] != then["value"]).mean() > 0.5


def test_customers_without_purchases_are_counted_and_get_the_mean_value_of_the_run(of_table, events, tmp_path):
    run, table = of_table
    new = tmp_path / "new.csv"
    frame = pd.read_csv(table, dtype=str).head(60)
    frame.loc[:19, "customer"] = [f"new{i}" for i in range(20)]
    frame.drop(columns="left").to_csv(new, index=False)
    found = run.predict(new, files={"transactions": events})
    assert any("names 20 customers without a purchase" in note for note in found.notes)
    assert found.rows["value"].head(20).nunique() == 1


def test_what_new_rows_do_not_need_is_refused_in_one_line(from_events, of_table, events, small_run, tmp_path):
    run, table = of_table
    for call, error, said in (
        (lambda: run.predict(table), UsageError, "write --files transactions=FILE"),
        (lambda: run.predict(table, files={"transactions": tmp_path / "none.csv"}), DataError, "there is no file"),
        (lambda: run.predict(table, files={"transaction": events}), UsageError, "transactions"),
        (lambda: run.predict(table, overrides=["snapshot.date=2024-07-01"]), UsageError, "made of events"),
        (lambda: from_events.predict(events, overrides=["seed=1"]), UsageError, "only snapshot.date"),
        (lambda: from_events.predict(events, overrides=["snapshot.date=soon"]), CaseError, "snapshot.date"),
        (lambda: from_events.predict(events, files={"transactions": events}), UsageError, "--data is the file"),
        (lambda: from_events.predict(events, overrides=["snapshot.date=2020-01-01"]), CaseError, "nobody had an event"),
        (lambda: small_run.predict(table, files={"transactions": events}), UsageError, "nothing else"),
    ):
        with pytest.raises(error, match=said) as found:
            call()
        assert "\n" not in str(found.value)


def test_a_run_that_needs_no_purchases_of_new_customers_says_so(events, of_table, tmp_path):
    _, table = of_table
    config = {**SETTINGS, "value": {"way": "margin", "margin": 3}, "snapshot": {}}
    run = casestudies.run("churn", table, config, overrides=QUICK, runs=tmp_path, variables={})
    with pytest.raises(UsageError, match="reads no transactions of new customers"):
        run.predict(table, files={"transactions": events})


@pytest.mark.slow
def test_cdnow_from_purchases_to_todays_list(real_data, tmp_path):
    root = __file__.rpartition("tests")[0]
    run = casestudies.run(
        "churn",
        config=f"{root}examples/cdnow.yaml",
        overrides=QUICK,
        runs=tmp_path,
        variables={"CASESTUDIES_DATA": str(real_data)},
    )
    file = real_data / "cdnow" / "CDNOW_master.txt"
    table = pd.read_csv(file, sep=r"\s+", names=["customer", "date", "discs", "dollars"], dtype={"customer": str})
    table["date"] = pd.to_datetime(table["date"].astype(str))
    today = table["date"].max() + pd.Timedelta(days=1)
    active = table[(table["date"] < today) & (table["date"] >= today - pd.Timedelta(days=183))]
    found = run.predict(file).rows
    assert found["customer"].tolist() == sorted(set(active["customer"]))
    then = run.predict(file, overrides=["snapshot.date=1997-10-01"]).rows.set_index("customer")
    listed = pd.read_csv(run.path / "lists" / "contacts.csv", dtype={"customer": str}).set_index("customer")
    assert len(then) == 7350
    assert then.loc[listed.index, "value"].to_numpy() == pytest.approx(listed["value"].to_numpy(), rel=1e-12)
