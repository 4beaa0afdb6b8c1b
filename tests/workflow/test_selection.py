"""Columns chosen and checked by explanations, from the sample to the words of the report."""

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from casestudies.credit.config import CreditSettings
from casestudies.credit.study import WORDS
from casestudies.report import Figure, Note, Table, Text
from casestudies.tabular.wanted import Wanted
from casestudies.workflow.compare import Sample
from casestudies.workflow.explaining import Explained
from casestudies.workflow.sections.selection import selection_blocks
from casestudies.workflow.selection import selection_told
from casestudies.workflow.table_settings import Features

KINDS = {"a": "number", "b": "number", "c": "number", "d": "category"}
SETTINGS = CreditSettings(study="credit")


def explained(shap, cases):
    """As `explain_model` leaves it: mean |SHAP| by column, and (SHAP, LIME) effects of each case."""
    names = list(KINDS)
    everywhere = {"importance": {"names": names, "mean": shap}, "rows": 500}
    told = [
        {"names": names, "effects": np.array(one), "lime": {"names": names, "effects": other}} for one, other in cases
    ]
    return Explained(everywhere, [*told, {"names": names, "effects": np.array(shap)}], {})


AGREE = explained([1.0, 0.5, 0.3, 0.01], [([1, 0.5, -0.3, 0], [2, 0.4, -0.1, 0]), ([-1, 0.5, 0.3, 0], [-2, 1, 0.1, 0])])
DOUBT = explained([1.0, 0.01, 0.3, 0.2], [([1, 0, -0.3, 0.2], [1, 0, 0.3, 0.1]), ([1, 0, 0.3, 0.2], [1, 0, -0.3, 0.1])])


@pytest.fixture(scope="module")
def sample():
    random = np.random.default_rng(0)
    frame = pd.DataFrame({name: random.normal(size=500) for name in "abc"})
    frame["d"] = pd.Categorical(random.choice(["x", "y"], 500))
    log_odds = 1.5 * frame["a"] - 1.2 * frame["b"] + 0.9 * frame["c"]
    return Sample(frame, (random.random(500) < 1 / (1 + np.exp(-log_odds))).to_numpy(dtype=float), np.ones(500))


@pytest.fixture(scope="module")
def told(sample):
    return selection_told(sample, KINDS, SETTINGS, AGREE)


def blocks(told):
    return selection_blocks(SimpleNamespace(analysis={"selection": told}, study=SimpleNamespace(words=WORDS)))


def test_selected_columns_are_ranked_by_both_explanations(told):
    assert told["selection"]["selected"] == ("a", "b", "c")
    assert [check["shap_rank"] for check in told["checks"]] == [1, 2, 3]
    assert [check["lime_rank"] for check in told["checks"]] == [1, 2, 3]
    assert [check["lime"] for check in told["checks"]] == pytest.approx([2.0, 0.7, 0.1])
    assert [(check["same"], check["compared"]) for check in told["checks"]] == [(2, 2)] * 3
    assert all(check["doubts"] == [] for check in told["checks"])
    assert told["cases"] == 2
    json.dumps(told, allow_nan=False)


def test_a_column_that_the_model_hardly_reads_and_one_with_two_directions_are_flagged(sample):
    told = selection_told(sample, KINDS, SETTINGS, DOUBT)
    doubts = {check["name"]: check["doubts"] for check in told["checks"]}
    assert doubts["a"] == []
    assert doubts["b"] == ["selected, but next to nothing in the saved model by SHAP and LIME"]
    assert doubts["c"] == ["SHAP and LIME give it opposite directions in 2 of 2 cases"]
    (note,) = [block for block in blocks(told) if isinstance(block, Note)]
    assert note.text.startswith("b: selected, but")


def test_too_few_events_are_said_and_nothing_is_chosen(sample):
    rare = Sample(sample.frame, np.where(np.arange(500) < 29, 1.0, 0.0), np.ones(500))
    told = selection_told(rare, KINDS, SETTINGS, AGREE)
    assert "29 rows of the rarer outcome" in told["skipped"]
    assert isinstance(blocks(told)[-1], Text)


def test_the_report_shows_a_figure_a_table_of_stability_and_one_of_worth(told):
    shown = blocks(json.loads(json.dumps(told)))
    assert [type(block) for block in shown].count(Figure) == 1
    steady, worth = (block for block in shown if isinstance(block, Table))
    assert [row[0] for row in steady.rows] == ["L1 path", "Recursive elimination", "Trees, gain", "Trees, SHAP"]
    assert [row[0] for row in worth.rows] == ["a", "b", "c"]
    assert worth.rows[0][4:] == ("1", "1", "2 of 2")
    assert not any(isinstance(block, Note) for block in shown)
    assert selection_blocks(SimpleNamespace(analysis={})) == ()


def test_settings_of_made_columns_become_wishes_and_refuse_nonsense():
    given = {"interactions": [["a", "b"]], "polynomials": {"a": 3}, "target_encode": ["d"], "bins": {"c": 5}, "pca": 2}
    told = Features.model_validate(given)
    assert told.wanted() == Wanted((("a", "b"),), {"a": 3}, ("d",), {"c": 5}, 2)
    assert Features().wanted() == Wanted()
    assert told.model_dump(mode="json") == given
    for wrong in (
        {"polynomials": {"a": 1}},
        {"interactions": [["a"]]},
        {"bins": {"a": 1}},
        {"pca": -1},
        {"powers": {}},
    ):
        with pytest.raises(ValidationError):
            Features.model_validate(wrong)
