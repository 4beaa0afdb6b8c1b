"""What the report says of values: the figures, the profit's intervals and the words around them."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from casestudies.churn.sections.value import value_blocks
from casestudies.churn.study import STUDY, WORDS
from casestudies.churn.valued import value_told
from casestudies.report import Figure, Note, Table, Text
from casestudies.workflow.analyses import Work
from casestudies.workflow.compare import Plan, compare, refit
from casestudies.workflow.load import load, rule_of
from casestudies.workflow.models import recipes_of
from casestudies.workflow.sample import sample_of, split_of

_BASE: dict[str, Any] = {
    "study": "churn",
    "interval": {"rounds": 100},
    "model": {"candidates": ["logistic"], "penalties": ["l2"], "C": 0.1, "calibrate": "none"},
}
_DEMO = {
    "data": {
        "target": "left_in_3_months",
        "positive": "yes",
        "time": "as_of",
        "group": "customer",
        "drop": ["final_invoice"],
        "read": {"missing": ["n/a", "-1"]},
    },
    "split": {"delay": 92},
    "decide": {"rule": "budget", "budget": 3000},
}


def asked(config, files=None):
    """The question put to a run that fits and judges, and explains nothing; and the findings its words are made of."""
    settings = STUDY.settings.model_validate(_BASE | config)
    loaded = load(STUDY, settings, None, incumbent=None, leaks_allowed=True, files=files or {})
    loaded.checked.problems.raise_if_errors("test")
    split, sample = split_of(loaded, settings), sample_of(loaded)
    plan = Plan(rule_of(settings), "none", settings.split.folds, settings.seed)
    recipes = recipes_of(settings, {name: loaded.checked.kinds[name] for name in loaded.checked.features})
    comparison = compare(recipes, sample, split, plan, lambda *_: None)
    saved = refit(recipes[0], sample, plan, None)
    work = Work(loaded, split, sample, comparison, None, saved, None, settings, WORDS)  # type: ignore[arg-type]
    told = value_told(work)
    findings = SimpleNamespace(settings=settings, unit="EUR", analysis={} if told is None else {"value": told})
    return SimpleNamespace(work=work, told=told, findings=findings)


@pytest.fixture(scope="module")
def bought(tmp_path_factory):
    """A snapshot of synthetic purchases, and values from them."""
    file, rng, rows = tmp_path_factory.mktemp("bought") / "purchases.csv", np.random.default_rng(0), []
    for i in range(500):
        mean, rate, day = rng.gamma(6, 5), rng.gamma(1.5, 1 / 30), int(rng.integers(0, 200))
        while day < 600:
            rows.append((f"c{i:03}", str(np.datetime64("2023-01-01") + day), round(rng.gamma(4, mean / 4) + 0.01, 2)))
            if rng.random() < 0.1:
                break
            day += 1 + int(rng.exponential(1 / rate))
    pd.DataFrame(rows, columns=["customer", "time", "amount"]).to_csv(file, index=False)
    config = {
        "data": {"target": "left", "positive": "yes", "id": "customer"},
        "transactions": {"amount": "amount"},
        "snapshot": {"date": "2024-02-01", "horizon": 120, "active": 300},
        "value": {"way": "transactions"},
        "cost": {"accept": 0.3, "offer": 4, "contact": 1, "currency": "EUR"},
    }
    return asked(config, {"transactions": file})


@pytest.fixture(scope="module")
def contractual():
    value = {"way": "contractual", "tenure": "tenure_months", "margin": "monthly_margin", "window": 3, "by": "contract"}
    cost = {"clv": "clv", "accept": 0.3, "offer": 25, "contact": 3}
    return asked(_DEMO | {"value": value, "cost": cost, "demo": {"rows": 1500}})


def words(blocks):
    return " ".join(block.text for block in blocks if isinstance(block, Text | Note))


def test_the_profit_is_that_of_the_evaluation_and_lies_in_all_its_intervals(bought):
    profit, rows = bought.told["profit"], bought.work.comparison.rows
    act = bought.work.comparison.judged["logistic"].act
    realised = -bought.work.loaded.costs.take(rows).slope(bought.work.loaded.y[rows]) * act
    assert profit["value"] == pytest.approx(realised.sum())
    assert profit["acted"] == act.sum()
    for kind in ("rows", "values", "both"):
        assert profit[kind]["low"] < profit["value"] < profit[kind]["high"]


def test_both_uncertainties_together_are_wider_than_each(bought):
    profit = bought.told["profit"]
    width = {kind: profit[kind]["high"] - profit[kind]["low"] for kind in ("rows", "values", "both")}
    assert width["both"] > 0.9 * np.hypot(width["rows"], width["values"])
    assert width["both"] > width["values"]


def test_the_spread_is_that_of_the_judged_customers(bought):
    told = bought.told["spread"]
    clv = bought.work.loaded.costs.fn[bought.work.comparison.rows]  # a departure costs the customer's value
    assert told["mean"] == pytest.approx(clv.mean())
    assert told["quantiles"]["1.0"] == clv.max()
    best = np.sort(clv)[::-1][: len(clv) // 10].sum()
    assert told["top_tenth"] == pytest.approx(best / clv.sum(), abs=0.02)


def test_the_report_says_where_the_value_comes_from_whether_it_came_true_and_how_sure_it_is(bought):
    blocks = value_blocks(bought.findings)
    said = words(blocks)
    held = bought.told["facts"]["holdout"]
    assert held["split"] == "2024-01-31"  # purchases after the snapshot judge the model, and teach it nothing
    assert f"{held['totals'][0]:,.0f} came and {held['totals'][1]:,.0f} were predicted" in said
    assert "of a customer who still is one" in said
    assert "correlation of" in said
    assert "by the values’ uncertainty alone" in said
    assert sum(isinstance(block, Figure) for block in blocks) == 1
    parameters = next(block for block in blocks if isinstance(block, Table))
    assert [row[0] for row in parameters.rows] == ["r", "alpha", "a", "b", "p", "q", "v"]


def test_a_contract_s_report_says_who_is_at_risk_and_draws_the_curves(contractual):
    told = contractual.told
    blocks = value_blocks(contractual.findings)
    said = words(blocks)
    assert "left truncation" in said
    assert {one["name"] for one in told["contract"]["segments"]} == {"", "monthly", "one year"}  # few of two years left
    assert sum(isinstance(block, Figure) for block in blocks) == 1
    profit = told["profit"]
    assert profit["values"]["low"] <= profit["value"] <= profit["values"]["high"]
    assert 0 < profit["kept"] <= 1
    loyal = {one["name"]: one["worth"] for one in told["contract"]["segments"]}
    assert loyal["one year"] > loyal["monthly"]


def test_a_given_value_has_no_uncertainty_of_its_own():
    cost = {"clv": "12 * monthly_margin", "accept": 0.3, "offer": 25, "contact": 3}
    found = asked(_DEMO | {"cost": cost, "demo": {"rows": 700}})
    assert (found.told["way"], found.told["profit"]["values"]) == ("given", None)
    assert "12 * monthly_margin" in words(value_blocks(found.findings))


def test_without_a_customer_s_value_there_is_nothing_to_say():
    found = asked(_DEMO | {"cost": {"fn": 100, "fp": 5}, "demo": {"rows": 700}})
    assert found.told is None
    assert value_blocks(found.findings) == ()
