"""The bench of rare events as it is written to a run, and what the section says of it."""

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from casestudies.credit.study import STUDY
from casestudies.decisions import Costs
from casestudies.runs.disk import to_json
from casestudies.workflow.compare import Sample
from casestudies.workflow.imbalance import _winner, imbalance_told
from casestudies.workflow.resolve import resolve
from casestudies.workflow.sections.imbalance import imbalance_blocks

SETTINGS = resolve(STUDY.settings, values={"study": "credit", "interval": {"rounds": 200}}).config
KINDS = {"a": "number", "c": "category", "unused": "number"}


def sample(rows=900, costs=True, weight=None):
    random = np.random.default_rng(1)
    frame = pd.DataFrame({"a": random.normal(size=rows), "c": pd.Categorical(random.choice(["x", "y"], rows))})
    z = 1.5 * frame["a"] + (frame["c"] == "x") - 2.2
    y = (random.random(rows) < 1 / (1 + np.exp(-z))).to_numpy(dtype=float)
    money = Costs(random.uniform(50, 150, rows), random.uniform(10, 40, rows), np.zeros(rows), np.zeros(rows))
    return Sample(frame, y, np.ones(rows) if weight is None else weight, money if costs else None)


@pytest.fixture(scope="module")
def told():
    return json.loads(to_json(imbalance_told(sample(), KINDS, SETTINGS)))


def findings(told):
    return SimpleNamespace(analysis={"imbalance": told}, study=STUDY, settings=SETTINGS, unit="EUR")


def text_of(blocks):
    return " ".join(getattr(block, "text", "") for block in blocks)


def test_the_plain_model_differs_from_itself_by_nothing(told):
    plain = told["lines"][0]
    assert plain["treatment"] == "plain"
    assert [plain["decisions"]["own"][key] for key in ("difference", "low", "high")] == [0, 0, 0]


def test_uncorrected_scores_cost_money_as_probabilities_and_are_no_rival(told):
    naive = next(line for line in told["lines"] if line["treatment"] == "undersampling" and not line["corrected"])
    assert naive["decisions"]["own"]["low"] > 0
    assert naive["ece"] > 0.1
    assert told["winner"]["rivals"] == 16  # eleven cuts and the own thresholds of five corrected lines
    assert told["winner"]["corrected"] or told["winner"]["decision"] == "cut"


def test_the_table_has_a_line_for_each_and_the_sentence_names_the_nearest(told):
    blocks = imbalance_blocks(findings(told))
    [table] = [block for block in blocks if hasattr(block, "rows")]
    assert len(table.rows) == 11
    assert "Nothing beats training on the rows as they are in money" in text_of(blocks)
    assert "refused unless it is corrected" in text_of(blocks)
    assert "inside the training folds" in text_of(blocks)


def test_a_rival_wins_only_if_it_would_among_so_many():
    def line(p_value, high):
        told = {"difference": -5.0, "low": -9.0, "high": high, "p_value": p_value}
        return {"treatment": "smote", "corrected": True, "decisions": {"own": told, "cut": {**told, "difference": 1.0}}}

    assert _winner([line(0.01, -1.0)], 0.95)["beats"]
    assert not _winner([line(0.04, -1.0)], 0.95)["beats"]  # two rivals: 0.04 times 2 is above 0.05
    assert not _winner([line(0.001, 0.5)], 0.95)["beats"]


def test_a_winner_is_said_to_win(told):
    best = {**told["winner"], "beats": True, "difference": -12.0, "low": -20.0, "high": -4.0}
    assert "beats training on the rows as they are in money (-12.00 EUR per application" in text_of(
        imbalance_blocks(findings({**told, "winner": best}))
    )


def test_without_costs_treatments_are_told_apart_by_log_loss():
    told = json.loads(to_json(imbalance_told(sample(costs=False), KINDS, SETTINGS)))
    assert told["measure"] == "log_loss"
    assert {tuple(line["decisions"]) for line in told["lines"]} == {("p",)}
    blocks = imbalance_blocks(findings(told))
    assert "in log loss" in text_of(blocks)
    assert "Log loss" in next(block for block in blocks if hasattr(block, "rows")).head


def test_a_large_table_is_drawn_from_evenly_and_that_is_said():
    held = sample(3000)
    told = imbalance_told(held, KINDS, SETTINGS, most=1000)
    assert (told["rows"], told["of"]) == (1000, 3000)
    assert told["event_share"] == pytest.approx(held.y.mean(), abs=0.002)
    assert "drawn from 3,000" in text_of(imbalance_blocks(findings(json.loads(to_json(told)))))


def test_rows_of_weight_zero_are_as_if_not_given(told):
    held = sample()
    more = Sample(
        pd.concat([held.frame, held.frame.iloc[:300]], ignore_index=True),
        np.concatenate((held.y, 1 - held.y[:300])),
        np.concatenate((held.weight, np.zeros(300))),
        held.costs.take(np.append(np.arange(900), np.arange(300))),
    )
    again = json.loads(to_json(imbalance_told(more, KINDS, SETTINGS)))
    assert again["lines"] == told["lines"]


def test_too_few_events_end_in_a_reason():
    held = sample()
    few = Sample(held.frame, (np.arange(900) < 12).astype(float), held.weight, held.costs)
    told = imbalance_told(few, KINDS, SETTINGS)
    assert "rows of each class" in told["skipped"]
    assert "were not compared: 3 folds with at least 4 rows" in text_of(imbalance_blocks(findings(told)))
    assert imbalance_blocks(SimpleNamespace(analysis={})) == ()


def test_two_runs_are_the_same(told):
    assert json.loads(to_json(imbalance_told(sample(), KINDS, SETTINGS))) == told
