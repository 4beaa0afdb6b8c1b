import numpy as np
import pandas as pd
import pytest

from casestudies.decisions import Costs
from casestudies.explain import Explanation
from casestudies.explain.table import explain_table
from casestudies.models.recipes import LogisticRecipe, TreesRecipe
from casestudies.workflow.compare import Judged
from casestudies.workflow.evaluate import group_labels, judge
from casestudies.workflow.explained_cases import choose_cases
from casestudies.workflow.reasons import reasons, told


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
    chosen = choose_cases(y, Judged(p, act), costs, 4)
    assert [one.cell for one in chosen if one.in_report] == ["tp", "fn", "fp", "tn"]
    places = [one.place for one in chosen]
    assert len(places) == len(set(places))
    first_fn = places[1]
    assert p[first_fn] == p[(y == 1) & ~act].min()
    assert p[places[2]] == p[(y == 0) & act].max()
    cells = {"tp": (1, True), "fn": (1, False), "fp": (0, True), "tn": (0, False)}
    for one in chosen:
        assert cells[one.cell] == (y[one.place], act[one.place])


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


def test_the_most_uncertain_are_nearest_to_one_half_and_every_score_is_shown():
    random = np.random.default_rng(4)
    p = random.random(400) ** 3
    y = (random.random(400) < p).astype(float)
    chosen = choose_cases(y, Judged(p, p > 0.3), None, 4)
    by_why = {}
    for one in chosen:
        by_why.setdefault(one.why, []).append(p[one.place])
    away = np.sort(np.abs(p - 0.5))
    assert np.abs(np.array(by_why["among the most uncertain"]) - 0.5).max() <= away[12]
    assert np.abs(np.array(by_why["nearest to the cut"]) - 0.3).max() <= np.sort(np.abs(p - 0.3))[16]
    assert max(by_why["one of all scores"]) == p.max() or p.max() in [p[one.place] for one in chosen]
    assert min(p[one.place] for one in chosen) == p.min()


def test_shuffled_labels_take_the_effects_away(frame):
    from casestudies.credit.config import CreditSettings
    from casestudies.workflow.compare import Sample
    from casestudies.workflow.explaining import _with_shuffled_labels

    y = label(frame)
    recipe = LogisticRecipe(KINDS, C=1.0)
    model = recipe.fit(frame, y, np.ones(len(y)), np.arange(len(y)) % 3).model
    told = _with_shuffled_labels(
        recipe, Sample(frame, y, np.ones(len(y))), explain_table(model, frame), frame, CreditSettings()
    )
    assert told.sound
    assert told.rows == len(frame)
    assert told.floor < np.abs(explain_table(model, frame).values).mean(axis=0)[0]
    few = np.zeros(len(y))
    few[:3] = 1
    sample = Sample(frame, few, np.ones(len(y)))
    assert _with_shuffled_labels(recipe, sample, explain_table(model, frame), frame, CreditSettings()) is None


def test_a_run_tells_every_test_of_its_explanations(small_run):
    quality = small_run.folder.read_json("explain/quality.json")
    assert quality["additivity_error"] < 1e-9
    assert {"ratio", "ceiling", "top_gap", "random_gap", "sentence"} <= set(quality["deletion"])
    assert quality["recovery"]["planted"][0] == "what remains after debts"
    assert quality["labels"]["rows"] == 700
    pairs = small_run.folder.read_json("explain/global.json")["interactions"]
    assert pairs["calls"] <= 6000
    assert len(pairs["first"]) == len(pairs["strength"]) <= 15
