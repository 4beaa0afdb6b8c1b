"""The mean of models: what it says, what it is made of, and that it comes back from its files."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from casestudies.decisions import Rule
from casestudies.errors import ConfigError, RunError
from casestudies.explain.table import explain_table
from casestudies.models.mean import MeanModel, MeanRecipe, read_model
from casestudies.models.recipes import LogisticRecipe, ScorecardRecipe, TreesRecipe
from casestudies.tabular.split import make
from casestudies.workflow.compare import Plan, Sample, choose, compare
from casestudies.workflow.models import Model, ModelSettings, fitting, recipes_of

KINDS = {"income": "number", "age": "number", "job": "category"}


@pytest.fixture(scope="module")
def table():
    random = np.random.default_rng(5)
    rows = 900
    frame = pd.DataFrame(
        {
            "income": random.lognormal(7, 0.5, rows),
            "age": random.uniform(18, 80, rows),
            "job": pd.Categorical(random.choice(["a", "b", "c"], rows)),
        }
    )
    odds = -0.03 * (frame["age"] - 40) + 0.8 * (frame["job"] == "b") - 0.0004 * frame["income"]
    y = (random.random(rows) < expit(odds.to_numpy())).astype(float)
    return frame, y, np.ones(rows), np.arange(rows) % 3


def parts():
    return (LogisticRecipe(KINDS, C=1.0), TreesRecipe(KINDS, trees=20), ScorecardRecipe(KINDS, {"C": 0.1}))


@pytest.fixture(scope="module")
def fits(table):
    return [recipe.fit(*table) for recipe in parts()]


def test_the_log_odds_are_the_mean_of_those_of_the_parts(table, fits):
    frame = table[0]
    fit = MeanRecipe(parts()).joined(fits)
    singles = np.stack([one.model.margin(frame) for one in fits])
    np.testing.assert_allclose(fit.model.margin(frame), singles.mean(axis=0), rtol=0, atol=1e-12)
    np.testing.assert_allclose(fit.margins, np.mean([one.margins for one in fits], axis=0), rtol=0, atol=1e-12)
    np.testing.assert_allclose(fit.model.probability(frame), expit(singles.mean(axis=0)), atol=1e-12)
    assert fit.model.columns == ["income", "age", "job"]


def test_fits_that_are_there_are_the_fits_it_would_make(table, fits):
    alone = MeanRecipe(parts()).fit(*table)
    np.testing.assert_array_equal(alone.margins, MeanRecipe(parts()).joined(fits).margins)


def test_it_comes_back_from_its_files_bit_for_bit_and_is_none_when_one_is_missing(table, fits):
    model = MeanRecipe(parts()).joined(fits).model
    files = model.files()
    again = read_model(files)
    assert isinstance(again, MeanModel)
    np.testing.assert_array_equal(again.probability(table[0]), model.probability(table[0]))
    for name in files:
        with pytest.raises(RunError, match="damaged"):
            read_model({other: text for other, text in files.items() if other != name})


def test_its_explanation_is_the_mean_of_the_explanations_and_adds_up(table, fits):
    model, frame = MeanRecipe(parts()).joined(fits).model, table[0].head(50)
    told = explain_table(model, frame)
    np.testing.assert_allclose(told.sum(), model.margin(frame), atol=1e-9)
    singles = [explain_table(one.model, frame) for one in fits]
    place = told.names.index("age")
    wanted = np.mean([one.values[:, one.names.index("age")] for one in singles], axis=0)
    np.testing.assert_allclose(told.values[:, place], wanted, atol=1e-12)


def test_in_a_comparison_it_is_the_mean_of_the_candidates_beside_it(table):
    frame, y, weight, _ = table
    sample = Sample(frame, y, weight)
    recipes = [*parts()[:2], MeanRecipe(parts()[:2])]
    plan = Plan(Rule.parse("f1"), "none", 3, 0)
    split = make("stratified", np.tile(y, 6), test=0.2, folds=3, seed=0)
    big = sample.take(np.tile(np.arange(len(y)), 6))
    told = compare(recipes, big, split, plan, lambda *_: None)
    odds = {name: np.log(j.p / (1 - j.p)) for name, j in told.judged.items()}
    np.testing.assert_allclose(odds["mean"], (odds["logistic"] + odds["lightgbm"]) / 2, atol=1e-9)


def test_what_it_is_the_mean_of_is_what_stands_beside_it():
    settings = ModelSettings(study="any", model=Model(candidates=["logistic", "mean", "lightgbm", "lightgbm_cost"]))
    made = recipes_of(settings, KINDS)
    assert [recipe.name for recipe in made] == ["logistic", "mean", "lightgbm", "lightgbm_cost"]
    assert [part.name for part in made[1].parts] == ["logistic", "lightgbm"]
    with pytest.raises(ConfigError, match="two others"):
        recipes_of(ModelSettings(study="any", model=Model(candidates=["logistic", "mean", "lightgbm_cost"])), KINDS)


def test_candidates_that_cannot_be_fitted_are_left_out_and_named():
    asked = ["logistic", "mean", "lightgbm", "lightgbm_cost"]
    assert fitting(asked, money=True, whole=False) == (asked, "")
    kept, said = fitting(asked, money=False, whole=False)
    assert kept == ["logistic", "mean", "lightgbm"]
    assert said == "lightgbm_cost: left out, since no costs are given"
    assert fitting(asked, money=True, whole=True)[0] == ["logistic", "lightgbm"]
    with pytest.raises(ConfigError, match="no costs are given"):
        fitting(["lightgbm_cost"], money=False, whole=False)


def test_best_takes_the_least_log_loss_of_those_that_money_does_not_tell_apart():
    random = np.random.default_rng(0)
    base, noise = random.normal(10, 1, 1000), random.normal(0, 1, 1000)
    noise -= noise.mean()
    cost = {"logistic": base, "lightgbm": base + 0.05 + noise, "lightgbm_cost": base - 1, "scorecard": base + 1}
    surprise = {name: base * scale for name, scale in zip(cost, (1.0, 0.9, 0.01, 0.1), strict=True)}
    told = choose([cost], True, "best", [surprise])
    assert (told.champion, told.best) == ("lightgbm", "logistic")  # taught money is a challenger, however cheap
    assert told.loss["lightgbm_cost"] < told.loss["logistic"]
    only = {name: cost[name] for name in ("lightgbm_cost",)}
    assert choose([only], True, "best", [surprise]).champion == "lightgbm_cost"
    assert choose([cost], True, "simplest").champion == "lightgbm_cost"
