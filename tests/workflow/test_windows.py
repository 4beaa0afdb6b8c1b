"""Windows moved through time: which rows are where, money by hand, and a world that changes."""

import dataclasses
import json
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from casestudies.credit.config import CreditSettings
from casestudies.credit.study import STUDY
from casestudies.decisions import Costs
from casestudies.report import Report, Section, to_html
from casestudies.runs.disk import to_json
from casestudies.workflow.analyses import Work
from casestudies.workflow.compare import Plan, Sample, compare, train_one
from casestudies.workflow.findings import Findings
from casestudies.workflow.load import load, rule_of
from casestudies.workflow.models import recipes_of
from casestudies.workflow.sample import sample_of, split_of
from casestudies.workflow.sections.windows import windows_blocks
from casestudies.workflow.table_settings import Windows
from casestudies.workflow.time_windows import clock, layout
from casestudies.workflow.windows import MOST, Further, _drawn, clear_from, windows_told


def loans(rows=6000, turn=0.55, seed=0):
    """A year of loans; after `turn` of it the column that told the defaults tells the opposite."""
    random = np.random.default_rng(seed)
    day = np.sort(random.uniform(0, 360, rows))
    a, b = random.normal(size=(2, rows))
    sign = np.where(day < 360 * turn, 1.0, -1.0)
    default = random.random(rows) < 1 / (1 + np.exp(1.5 - 1.6 * sign * a - 0.8 * b))
    when = pd.Timestamp("2023-01-01") + pd.to_timedelta(day * 86_400, "s").round("s")
    return pd.DataFrame(
        {"when": when, "a": a, "b": b, "credit_line": 1000, "default": np.where(default, "bad", "good")}
    )


def study(tmp_path, frame, **over) -> Work:
    base = {
        "study": "credit",
        "data": {"target": "default", "positive": "bad", "time": "when", "drop": ["credit_line"]},
        "cost": {"fn": 1000, "fp": 200, "currency": "EUR"},
        "model": {"candidates": ["logistic"], "C": 1.0},
        "interval": {"rounds": 200},
    }
    settings = CreditSettings.model_validate(base | over)
    frame.to_csv(tmp_path / "loans.csv", index=False)
    loaded = load(STUDY, settings, tmp_path / "loans.csv", incumbent=None, leaks_allowed=False)
    split, sample = split_of(loaded, settings), sample_of(loaded)
    plan = Plan(rule_of(settings), settings.model.calibrate, settings.split.folds, settings.seed)
    recipes = recipes_of(settings, {name: loaded.checked.kinds[name] for name in loaded.checked.features})
    comparison = compare(recipes, sample, split, plan, lambda *_: None)
    saved = comparison.trained["logistic"]
    return Work(loaded, split, sample, comparison, None, saved, None, settings, STUDY.words)


@pytest.fixture(scope="module")
def turned(tmp_path_factory):
    return study(tmp_path_factory.mktemp("turned"), loans())


@pytest.fixture(scope="module")
def told(turned):
    return json.loads(to_json(windows_told(turned)))


def printed(work, told) -> str:
    f = Findings(
        STUDY,
        work.settings,
        *({}, {"synthetic": False}, {"champion": "logistic", "models": {}}, {}, {}, {}, [], {}, {}),
        pd.DataFrame(),
        pd.DataFrame({"fn": []}),
        pd.DataFrame(),
        {} if told is None else {"windows": told},
    )
    blocks = windows_blocks(f)
    return to_html(Report("t", "s", "id", "a", "1", (Section("s", "S", blocks),))) if blocks else ""


# --- which rows are where -------------------------------------------------------------------------------------------


def test_windows_follow_each_other_to_the_last_day_and_learn_only_what_was_known():
    when, dated = clock(loans(4000)["when"])
    y = np.random.default_rng(0).integers(0, 2, 4000).astype(float)
    found = layout(when, y, Windows(count=3, test_days=20, train_days=90), 15.0, dated)
    assert [b.test[0] - a.test[1] for a, b in pairwise(found)] == [0, 0]
    assert found[-1].test[1] == np.floor(when.max()) + 1
    for window in found:
        train, test = window.of(when)
        assert window.test[1] - window.test[0] == 20
        assert when[train].max() < when[test].min() - 15 + 1e-9
        assert when[train].max() < window.test[0] - 15
        assert when[train].min() >= window.test[0] - 15 - 90


def test_numbers_and_a_few_days_give_windows_of_like_many_rows():
    random = np.random.default_rng(1)
    y = random.integers(0, 2, 4000).astype(float)
    for when, dated in ((random.uniform(0, 9000, 4000), False), (19_000 + random.uniform(0, 2, 4000), True)):
        found = layout(when, y, Windows(count=4), 0.0, dated)
        sizes = [len(window.of(when)[1]) for window in found]
        assert sum(sizes) == pytest.approx(2000, abs=2)
        assert max(sizes) - min(sizes) <= 2


@pytest.mark.parametrize(
    ("rows", "rate", "delay", "says"),
    [
        (4000, 0.004, 0.0, "too few to say"),
        (120, 0.5, 0.0, "too few to say"),
        (4000, 0.5, 500.0, "the table is too short"),
    ],
)
def test_few_events_or_few_days_are_said(rows, rate, delay, says):
    random = np.random.default_rng(2)
    when, dated = clock(loans(rows)["when"])
    assert says in layout(when, (random.random(rows) < rate).astype(float), Windows(), delay, dated)


def test_fewer_windows_are_taken_where_events_are_few():
    random = np.random.default_rng(3)
    when, dated = clock(loans(4000)["when"])
    found = layout(when, (random.random(4000) < 0.03).astype(float), Windows(count=6), 0.0, dated)
    assert len(found) == 2


# --- what refitting was worth ---------------------------------------------------------------------------------------


def test_where_the_world_turns_a_refit_pays_and_the_first_window_is_named(turned, told):
    paid = told["paid"]
    assert paid["clear_from"] is not None
    assert paid["cumulated"][-1]["low"] > 0
    last = told["windows"][-1]
    assert last["refit"]["auc"]["value"] > last["frozen"]["auc"]["value"] + 0.1
    assert last["difference"]["auc"]["low"] > 0
    text = printed(turned, told)
    assert "would have paid from the window 2023-" in text


def test_the_first_window_is_the_same_on_both_sides(told):
    first = told["windows"][0]
    assert first["refit"] == first["frozen"]
    assert told["paid"]["cumulated"][0] == {"value": 0, "low": 0, "high": 0}


def test_the_money_is_that_of_fits_made_by_hand(turned, told):
    when, dated = clock(turned.loaded.checked.frame["applied_on"])
    windows = layout(when, turned.sample.y, turned.settings.windows, 0.0, dated)
    recipe = recipes_of(turned.settings, {n: turned.kinds[n] for n in turned.loaded.checked.features})[0]
    plan = Plan(rule_of(turned.settings), turned.settings.model.calibrate, 2, turned.settings.seed)
    first = train_one(recipe, turned.sample.take(windows[0].of(when)[0]), plan)
    saved = 0.0
    for number, window in enumerate(windows):
        train, test = window.of(when)
        held = turned.sample.take(test)
        new = train_one(recipe, turned.sample.take(train), plan)
        cost = [
            held.costs.total(held.y, one.decider.act(one.model.probability(held.frame), held.costs))
            for one in (first, new)
        ]
        saved += cost[0] - cost[1]
        assert told["paid"]["cumulated"][number]["value"] == pytest.approx(saved)


def test_a_steady_world_gives_no_reason_to_refit(tmp_path):
    steady = study(tmp_path, loans(turn=2.0, seed=4))
    told = json.loads(to_json(windows_told(steady)))
    assert told["paid"]["clear_from"] is None
    assert "has not paid so far" in printed(steady, told)


def test_the_price_of_a_refit_is_paid_before_it_is_called_worth_it(tmp_path):
    dear = study(tmp_path, loans(), windows={"refit_cost": 1e6})
    told = windows_told(dear)
    assert told["paid"]["clear_from"] is None
    assert told["paid"]["cumulated"][-1]["high"] < 0
    assert "its cost of 1,000,000 EUR each paid" in printed(dear, json.loads(to_json(told)))


@pytest.mark.parametrize(
    ("low", "start"), [([0, 1, 2], 1), ([0, -1, 2], 2), ([0, 5, -1], None), ([1, 1], 0), ([0, float("nan"), 3], 2)]
)
def test_it_is_clear_from_the_first_window_after_the_last_doubt(low, start):
    assert clear_from(low) == start


def test_without_prices_ranking_is_compared(tmp_path):
    free = study(tmp_path, loans(), cost={})
    told = json.loads(to_json(windows_told(free)))
    assert told["paid"] is None
    assert "savings" not in told["windows"][0]["refit"]
    assert "ranks better than the one fitted first in" in printed(free, told)


def test_without_a_time_column_it_is_said(tmp_path, turned):
    frame = loans(1200).drop(columns="when")
    timeless = study(tmp_path, frame, data={"target": "default", "positive": "bad", "drop": ["credit_line"]})
    told = windows_told(timeless)
    assert "no column of time is named" in told["none"]
    assert "No column of time is named" in printed(timeless, told)
    assert printed(timeless, None) == ""


def test_a_figure_of_the_study_stands_beside(turned):
    share = Further("Share above a half", lambda rows, p: {"value": float((p > 0.5).mean()), "low": 0.0, "high": 1.0})
    told = json.loads(to_json(windows_told(turned, share)))
    assert told["windows"][1]["refit"]["further"]["value"] != told["windows"][1]["frozen"]["further"]["value"]
    assert "Share above a half by window of when" in printed(turned, told)


# --- large tables ---------------------------------------------------------------------------------------------------


def test_a_drawn_training_part_keeps_every_event_and_stands_for_all():
    random = np.random.default_rng(5)
    rows = 3 * MOST
    y, weight = (random.random(rows) < 0.01).astype(float), random.uniform(0.5, 2, rows)
    frame = pd.DataFrame({"x": random.normal(size=rows)})
    money = Costs(*(random.uniform(1, 9, rows) for _ in range(4)))
    drawn = _drawn(Sample(frame, y, weight, money), 0)
    assert len(drawn.y) == MOST
    assert drawn.y.sum() == y.sum()
    for value in (0.0, 1.0):
        assert drawn.weight[drawn.y == value].sum() == pytest.approx(weight[y == value].sum())
    same = _drawn(Sample(frame, y, weight, money), 0)
    assert (same.frame.index == drawn.frame.index).all()
    small = Sample(frame[:100], y[:100], weight[:100], money.take(np.arange(100)))
    assert _drawn(small, 0) is small


def test_a_group_in_several_windows_is_resampled_as_a_whole(turned, told):
    """Borrowers of whom each stands in all windows: the value stays, and its interval is one of 40 borrowers, not of 3,000 rows."""
    groups = pd.Series(turned.sample.frame["a"].rank().astype(int) // 150, turned.sample.frame.index)
    whole = dataclasses.replace(turned, sample=dataclasses.replace(turned.sample, group=groups))
    by_row, by_group = told["windows"][1]["refit"]["auc"], windows_told(whole)["windows"][1]["refit"]["auc"]
    assert by_group["high"] - by_group["low"] > by_row["high"] - by_row["low"]
