"""What must not change a decision: the currency's unit, a column's unit, the order of rows, names and types of labels."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from casestudies.credit.config import CreditSettings
from casestudies.credit.demo import DEFAULTS, demo
from casestudies.credit.study import STUDY
from casestudies.workflow.compare import Plan, compare
from casestudies.workflow.load import load, rule_of
from casestudies.workflow.models import recipes_of
from casestudies.workflow.resolve import resolve
from casestudies.workflow.sample import sample_of, split_of

ROWS = 1500
MODELS = ("scorecard", "logistic", "lightgbm")


def table():
    return demo(ROWS, 0).frame


def decisions(frame, tmp_path, *overrides):
    """{model: {application: declined}} of the rows judged out of time."""
    file = tmp_path / "loans.csv"
    frame.to_csv(file, index=False)
    settings = resolve(CreditSettings, defaults=DEFAULTS, overrides=overrides).config
    loaded = load(STUDY, settings, file, incumbent=settings.model.incumbent, leaks_allowed=False)
    split = split_of(loaded, settings)
    sample = sample_of(loaded)
    plan = Plan(rule_of(settings), settings.model.calibrate, settings.split.folds, settings.seed)
    comparison = compare(recipes_of(settings, loaded.checked.kinds), sample, split, plan, lambda share, words: None)
    names = loaded.checked.frame["application"].astype("str").to_numpy()[comparison.rows]
    return {
        model: pd.Series(judged.act, index=names).groupby(level=0).first()
        for model, judged in comparison.judged.items()
    }


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    return decisions(table(), tmp_path_factory.mktemp("plain"))


def same(one, other, share=1.0):
    """Whether every model decides alike on at least `share` of the rows that both judged."""
    assert tuple(one) == tuple(other) == MODELS
    for model in MODELS:
        a, b = one[model].align(other[model], join="inner")
        assert len(a) > ROWS / 8
        assert 0 < a.mean() < 1
        assert (a == b).mean() >= share, model


def test_costs_in_cents(plain, tmp_path):
    same(plain, decisions(table(), tmp_path, "cost.fn=75 * credit_line", "cost.fp=100 * interest_margin"))


def test_a_column_in_another_unit(plain, tmp_path):
    frame = table()
    for column in ("debt_payments", "card_utilisation"):
        numbers = pd.to_numeric(frame[column], errors="coerce") * 1000
        frame[column] = numbers.map(lambda value: "" if np.isnan(value) else f"{value:.10g}")
    same(plain, decisions(frame, tmp_path), share=0.999)


def test_other_names_of_levels_in_another_order(plain, tmp_path):
    frame = table()
    renamed = {level: f"{9 - place} {level}" for place, level in enumerate(sorted(frame["purpose"].unique()))}
    frame["purpose"] = frame["purpose"].map(renamed)
    same(plain, decisions(frame, tmp_path), share=0.999)


@pytest.mark.parametrize(
    ("labels", "positive"), [({"no": "0", "yes": "1"}, "1"), ({"no": "good", "yes": "bad"}, "bad")]
)
def test_labels_of_another_type(plain, tmp_path, labels, positive):
    frame = table()
    frame["default"] = frame["default"].map(labels)
    same(plain, decisions(frame, tmp_path, f"data.positive={positive}"))


def test_two_threads(plain, tmp_path):
    same(plain, decisions(table(), tmp_path, "run.threads=2"))


def test_rows_in_another_order(plain, tmp_path):
    same(plain, decisions(table().sample(frac=1, random_state=1), tmp_path), share=0.999)
