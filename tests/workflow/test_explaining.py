import numpy as np
import pandas as pd
import pytest

from casestudies.decisions import Costs
from casestudies.explain import Explanation
from casestudies.explain.table import explain_table
from casestudies.models.recipes import LogisticRecipe, TreesRecipe
from casestudies.workflow.compare import Judged
from casestudies.workflow.evaluate import group_labels, judge
from casestudies.workflow.explaining import CodedTable, _cases, reasons, told


@pytest.fixture
def frame():
    random = np.random.default_rng(2)
    rows = 400
    return pd.DataFrame(
        {
            "income": np.where(random.random(rows) < 0.1, np.nan, random.normal(2000, 500, rows)),
            "housing": pd.Categorical(random.choice(["rent", "own", None], rows, p=[0.5, 0.4, 0.1])),
            "age": random.integers(18, 80, rows).astype(float),
        }
    )


KINDS = {"income": "number", "housing": "category", "age": "number"}


def label(frame):
    random = np.random.default_rng(3)
    z = -(frame["income"].fillna(2000) - 2000) / 400 + (frame["housing"] == "rent") - 0.02 * (frame["age"] - 40) - 0.5
    return (random.random(len(frame)) < 1 / (1 + np.exp(-z))).to_numpy(dtype=float)


def test_a_coded_table_gives_its_frame_back(frame):
    table = CodedTable.of(frame)
    again = table.frame(table.matrix(frame))
    pd.testing.assert_frame_equal(
        again.astype({"housing": "object"}), frame.astype({"housing": "object"}), check_dtype=False
    )


def test_a_code_never_seen_counts_as_missing(frame):
    table = CodedTable.of(frame)
    matrix = table.matrix(frame)[:3]
    matrix[:, 1] = [99, -5, 0]
    assert table.frame(matrix)["housing"].isna().tolist() == [True, True, False]


def test_typical_is_the_mean_and_the_commonest_level(frame):
    table = CodedTable.of(frame)
    typical = table.typical(table.matrix(frame))
    assert typical[0] == pytest.approx(frame["income"].mean())
    assert table.levels["housing"][int(typical[1])] == frame["housing"].mode()[0]


@pytest.mark.parametrize(
    "recipe", [LogisticRecipe(KINDS, C=1.0), TreesRecipe(KINDS, trees=30)], ids=["linear", "trees"]
)
def test_the_parts_add_up_to_the_score_on_the_analysts_own_columns(frame, recipe):
    y = label(frame)
    model = recipe.fit(frame, y, np.ones(len(y)), np.arange(len(y)) % 3).model
    explained = explain_table(model, frame)
    assert explained.names == ("income", "housing", "age")
    assert np.allclose(explained.sum(), model.margin(frame), atol=1e-9)


def test_a_linear_explanation_is_the_difference_to_the_average_row(frame):
    y = label(frame)
    model = LogisticRecipe(KINDS, C=1.0).fit(frame, y, np.ones(len(y)), np.arange(len(y)) % 3).model
    explained = explain_table(model, frame)
    assert np.allclose(explained.values.mean(axis=0), 0, atol=1e-9)
    assert explained.base == pytest.approx(model.margin(frame).mean())


def test_reasons_name_what_raises_the_risk_most_first():
    frame = pd.DataFrame({"a": [1200.0], "b": ["rent"], "c": [np.nan], "d": [0.5]})
    explained = Explanation(np.array([[0.2, 0.9, -1.0, 0.0]]), 0.0, ("a", "b", "c", "d"), "test")
    assert reasons(explained, frame) == ["b rent (+0.90); a 1,200 (+0.20)"]


@pytest.mark.parametrize(
    ("value", "text"),
    [(1200.0, "1,200"), (0.35, "0.35"), (np.nan, "missing"), ("rent", "rent"), (None, "missing"), (7, "7")],
)
def test_cells_are_told_as_a_reader_expects(value, text):
    assert told(value) == text


def test_one_case_of_each_kind_then_the_most_wrong_and_the_nearest():
    random = np.random.default_rng(4)
    rows = 300
    p = random.random(rows)
    y = (random.random(rows) < p).astype(float)
    costs = Costs(np.full(rows, 10.0), np.full(rows, 5.0), np.zeros(rows), np.zeros(rows))
    act = costs.act(p)
    chosen = _cases(y, Judged(p, act), costs, 4)
    assert [cell for _, cell, _ in chosen[:4]] == ["tp", "fn", "fp", "tn"]
    places = [place for place, _, _ in chosen]
    assert len(places) == len(set(places))
    first_fn = places[1]
    assert p[first_fn] == p[(y == 1) & ~act].min()
    assert p[places[2]] == p[(y == 0) & act].max()
    for place, cell, _ in chosen:
        assert {"tp": (1, True), "fn": (1, False), "fp": (0, True), "tn": (0, False)}[cell] == (y[place], act[place])


def test_numbers_become_bands_and_words_stay():
    ages = pd.Series([20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 25.0, 35.0, 45.0, np.nan])
    labels = group_labels(ages)
    assert len({x for x in labels if x is not None}) == 4
    assert labels[-1] is None
    assert group_labels(pd.Series(["f", "m", "f"])).tolist() == ["f", "m", "f"]


def test_the_figures_of_a_decision_equal_a_count_by_hand():
    from casestudies.credit.config import CreditSettings

    y = np.array([1, 0, 1, 0, 0, 1.0])
    act = np.array([1, 1, 0, 0, 0, 1], dtype=bool)
    p = np.array([0.9, 0.6, 0.2, 0.1, 0.3, 0.8])
    costs = Costs(*(np.full(6, value) for value in (100.0, 20.0, 5.0, 1.0)))
    from casestudies.workflow.compare import Sample

    held = Sample(pd.DataFrame(index=range(6)), y, np.ones(6), costs)
    settings = CreditSettings.model_validate({"interval": {"rounds": 100}, "cost": {"currency": "EUR"}})
    done = judge(held, {"card": Judged(p, act)}, "card", {}, settings, ("accept_all", "decline_all"))
    total = 5 + 20 + 100 + 1 + 1 + 5
    assert done.metrics["card"]["expected_cost"]["value"] == pytest.approx(total / 6)
    assert done.metrics["card"]["expected_cost"]["unit"] == "EUR per row"
    assert done.metrics["card"]["savings"]["value"] == pytest.approx(1 - total / min(3 * 100 + 3 * 1, 3 * 5 + 3 * 20))
    assert done.told["confusion"]["rows"] == {"tp": 2, "fp": 1, "fn": 1, "tn": 2}
    assert done.told["confusion"]["cost"] == {"tp": 10, "fp": 20, "fn": 100, "tn": 2}
    assert done.told["profit"]["cost_taken"] == pytest.approx(total)
    assert done.told["acted_share"]["card"] == 0.5
