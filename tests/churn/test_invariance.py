"""What must not change a decision on customers: the order of the file's rows, the currency's unit, customers' names."""

from __future__ import annotations

import pandas as pd
import pytest

from casestudies.churn.config import ChurnSettings
from casestudies.churn.demo import DEFAULTS, demo
from casestudies.churn.study import STUDY
from casestudies.workflow.compare import Plan, compare
from casestudies.workflow.load import load, rule_of
from casestudies.workflow.models import recipes_of
from casestudies.workflow.resolve import resolve
from casestudies.workflow.sample import sample_of, split_of

ROWS = 3_000
QUICK = ("model.candidates=[logistic, lightgbm]", "model.penalties=[l2]", "model.C=0.1", "model.trees.trees=40")
KEY = ["customer", "as_of"]


def table() -> pd.DataFrame:
    """Each customer once at a date."""
    return demo(ROWS, 0).frame.drop_duplicates(KEY, ignore_index=True)


def judged(frame, tmp_path, *overrides):
    """The champion, and {model: (judged,) probability and decision by customer and date}."""
    file = tmp_path / "customers.csv"
    frame.to_csv(file, index=False)
    settings = resolve(ChurnSettings, defaults=DEFAULTS, overrides=(*QUICK, *overrides)).config
    loaded = load(STUDY, settings, file, incumbent=settings.model.incumbent, leaks_allowed=False)
    loaded.checked.problems.raise_if_errors(file.name)
    plan = Plan(rule_of(settings), settings.model.calibrate, settings.split.folds, settings.seed)
    recipes = recipes_of(settings, loaded.checked.kinds)
    comparison = compare(recipes, sample_of(loaded), split_of(loaded, settings), plan, lambda share, words: None)
    names = (frame["customer"].str[-6:] + " " + frame["as_of"]).to_numpy()[loaded.checked.places.rows - 1]
    return comparison.choice.champion, {
        model: pd.DataFrame({"p": held.p, "act": held.act}, index=names[comparison.rows]).sort_index()
        for model, held in comparison.judged.items()
    }


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    return judged(table(), tmp_path_factory.mktemp("plain"))


def same(one, other):
    assert one[0] == other[0]
    for model, held in one[1].items():
        assert 0 < held["act"].mean() < 1
        assert held.index.equals(other[1][model].index)  # judged are the same customers
        assert other[1][model]["p"].to_numpy() == pytest.approx(held["p"].to_numpy(), abs=1e-3), model
        assert (other[1][model]["act"] == held["act"]).mean() > 0.995, model


def test_rows_in_another_order(plain, tmp_path):
    same(plain, judged(table().sample(frac=1, random_state=1), tmp_path))


def test_other_names_of_customers(plain, tmp_path):
    frame = table()
    same(plain, judged(frame.assign(customer="no " + frame["customer"]), tmp_path))


def test_costs_in_cents(plain, tmp_path):
    cents = ("cost.clv=100 * clv", "cost.offer=2500", "cost.contact=300", "decide.budget=200000")
    same(plain, judged(table(), tmp_path, *cents, "campaign.offers=null"))
