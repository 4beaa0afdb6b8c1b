"""What must not change a decision on payments: the order of the file's rows, and the names of cards and terminals."""

from __future__ import annotations

import pandas as pd
import pytest

from casestudies.fraud.config import FraudSettings
from casestudies.fraud.demo import DEFAULTS, demo
from casestudies.fraud.study import STUDY
from casestudies.workflow.compare import Plan, compare
from casestudies.workflow.load import load, rule_of
from casestudies.workflow.models import recipes_of
from casestudies.workflow.resolve import resolve
from casestudies.workflow.sample import sample_of, split_of

ROWS = 5_000
QUICK = ("model.candidates=[logistic, lightgbm]", "model.penalties=[l2]", "model.C=0.1", "model.trees.trees=40")


def table() -> pd.DataFrame:
    """Each payment once: rows of one number and one instant have no order of their own."""
    return demo(ROWS, 0).frame.drop_duplicates("transaction", ignore_index=True)


def judged(frame, tmp_path):
    """{model: (judged,) probability and decision by transaction}."""
    file = tmp_path / "payments.csv"
    frame.to_csv(file, index=False)
    settings = resolve(FraudSettings, defaults=DEFAULTS, overrides=QUICK).config
    loaded = load(STUDY, settings, file, incumbent=settings.model.incumbent, leaks_allowed=False)
    loaded.checked.problems.raise_if_errors(file.name)
    plan = Plan(rule_of(settings), settings.model.calibrate, settings.split.folds, settings.seed)
    recipes = recipes_of(settings, loaded.checked.kinds)
    comparison = compare(recipes, sample_of(loaded), split_of(loaded, settings), plan, lambda share, words: None)
    names = loaded.checked.frame["transaction"].astype("str").to_numpy()[comparison.rows]
    return comparison.choice.champion, {
        model: pd.DataFrame({"p": held.p, "act": held.act}, index=names).sort_index()
        for model, held in comparison.judged.items()
    }


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    return judged(table(), tmp_path_factory.mktemp("plain"))


def same(one, other):
    assert one[0] == other[0]
    for model, held in one[1].items():
        assert 0 < held["act"].mean() < 1
        assert held.index.equals(other[1][model].index)  # judged are the same payments
        assert other[1][model]["p"].to_numpy() == pytest.approx(held["p"].to_numpy(), abs=1e-3), model
        assert (other[1][model]["act"] == held["act"]).mean() > 0.999, model


def test_rows_in_another_order(plain, tmp_path):
    same(plain, judged(table().sample(frac=1, random_state=1), tmp_path))


def test_other_names_of_cards_and_terminals(plain, tmp_path):
    frame = table()
    frame["card"], frame["terminal"] = "no " + frame["card"].str[::-1], frame["terminal"] + " (shop)"
    same(plain, judged(frame, tmp_path))
