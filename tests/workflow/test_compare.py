import numpy as np
import pandas as pd
import pytest

from casestudies.decisions import Costs, Rule
from casestudies.errors import ConfigError
from casestudies.models.recipes import LogisticRecipe, TreesRecipe
from casestudies.tabular.split import make
from casestudies.workflow.compare import Plan, Sample, choose, compare, refit, train_one
from casestudies.workflow.incumbent import read_incumbent


@pytest.fixture
def sample():
    random = np.random.default_rng(5)
    rows = 600
    frame = pd.DataFrame({"a": random.normal(size=rows), "b": random.normal(size=rows), "c": random.normal(size=rows)})
    p = 1 / (1 + np.exp(-(1.5 * frame["a"] - frame["b"] - 1)))
    y = (random.random(rows) < p).to_numpy(dtype=float)
    costs = Costs(random.uniform(50, 150, rows), random.uniform(10, 40, rows), np.zeros(rows), np.zeros(rows))
    return Sample(frame, y, np.ones(rows), costs)


KINDS = {"a": "number", "b": "number", "c": "number"}
PLAN = Plan(Rule.parse("bmr"), folds=3, seed=1)


def losses(*columns):
    return [dict(zip(("simple", "complex"), columns, strict=True))]


def test_within_one_standard_error_the_simpler_wins():
    random = np.random.default_rng(0)
    noise = random.normal(size=1000)
    base = random.normal(10, 1, size=1000)
    narrow, wide = losses(base + noise + 0.02, base), losses(base + noise + 0.5, base)
    assert choose(narrow, True).champion == "simple"
    assert choose(narrow, True).best == "complex" or noise.mean() + 0.02 < 0
    assert choose(wide, True).champion == "complex"
    assert choose(losses(base, base + 1), True).champion == "simple"


def test_the_standard_error_is_that_of_the_paired_difference():
    random = np.random.default_rng(1)
    shared = random.normal(100, 50, size=400)  # huge spread that both share
    told = choose(losses(shared + 3 + 0.1 * random.normal(size=400), shared), True)
    assert told.champion == "complex"
    assert told.error == 0 or told.error < 1


def test_judged_rows_have_no_say_in_what_is_chosen(sample):
    """Turning the labels of the held-out rows round changes no probability and no decision on them."""
    split = make("stratified", np.tile(sample.y, 10), test=0.2, folds=3, seed=0)
    big = sample.take(np.tile(np.arange(len(sample.y)), 10))
    turned = big.y.copy()
    turned[split.test] = 1 - turned[split.test]
    other = Sample(big.frame, turned, big.weight, big.costs)
    recipes = [LogisticRecipe(KINDS, C=1.0), TreesRecipe(KINDS, trees=10)]
    first = compare(recipes, big, split, PLAN, lambda *_: None)
    second = compare(recipes, other, split, PLAN, lambda *_: None)
    assert first.choice.champion == second.choice.champion
    for name in first.judged:
        assert np.array_equal(first.judged[name].p, second.judged[name].p)
        assert np.array_equal(first.judged[name].act, second.judged[name].act)


def test_out_of_fold_every_row_is_judged_by_a_model_that_never_saw_it(sample):
    """A column that is the label in training rows only would give perfect scores if a row were scored by its own fit."""
    random = np.random.default_rng(9)
    noise = Sample(pd.DataFrame({"a": random.normal(size=600)}), random.integers(0, 2, 600).astype(float), np.ones(600))
    split = make("cv", noise.y, folds=3, seed=0)
    told = compare(
        [TreesRecipe({"a": "number"}, trees=60, min_rows=2)],
        noise,
        split,
        Plan(Rule.parse("f1"), folds=3),
        lambda *_: None,
    )
    from sklearn.metrics import roc_auc_score

    assert roc_auc_score(noise.y, told.judged["lightgbm"].p) < 0.6
    assert told.rows.tolist() == list(range(600))
    assert set(told.part) == {0, 1, 2}


def test_costs_times_a_hundred_change_no_decision_and_no_champion(sample):
    split = make("cv", sample.y, folds=3, seed=0)
    dear = Costs(*(100 * getattr(sample.costs, cell) for cell in ("fn", "fp", "tp", "tn")))
    recipes = [LogisticRecipe(KINDS, C=1.0), TreesRecipe(KINDS, trees=10)]
    one = compare(recipes, sample, split, PLAN, lambda *_: None)
    other = compare(recipes, Sample(sample.frame, sample.y, sample.weight, dear), split, PLAN, lambda *_: None)
    assert one.choice.champion == other.choice.champion
    for name in one.judged:
        assert np.array_equal(one.judged[name].act, other.judged[name].act)


def test_the_step_may_stop_the_comparison(sample):
    def stop(fraction, message):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        compare([LogisticRecipe(KINDS)], sample, make("cv", sample.y, folds=3), PLAN, stop)


def test_a_refit_after_a_held_out_part_keeps_calibration_and_rule_as_judged(sample):
    judged = train_one(LogisticRecipe(KINDS, C=1.0), sample.take(np.arange(400)), PLAN)
    saved = refit(LogisticRecipe(KINDS, C=1.0), sample, PLAN, judged)
    assert saved.decider == judged.decider
    assert saved.model.calibrator.to_dict() == judged.calibration.calibrator.to_dict()
    assert not np.allclose(saved.model.estimator.coef_, judged.model.estimator.coef_)


def test_a_model_reads_back_from_its_files_bit_for_bit(sample):
    from casestudies.models.table import TableModel

    for recipe in (LogisticRecipe(KINDS), TreesRecipe(KINDS, trees=20)):
        model = train_one(recipe, sample, PLAN).model
        again = TableModel.from_files(model.files())
        assert np.array_equal(model.probability(sample.frame), again.probability(sample.frame))
        assert model.files() == again.files()


def parts_of(sample):
    split = make("cv", sample.y, folds=3, seed=0)
    return split.folds


def test_an_incumbent_score_may_point_either_way(sample):
    score = pd.Series(sample.frame["a"] * 100 + 500)
    up = read_incumbent("s", score, None, sample, parts_of(sample), PLAN.rule, "decline")
    down = read_incumbent("s", -score, None, sample, parts_of(sample), PLAN.rule, "decline")
    assert "higher is riskier" in up.sentence
    assert "lower is riskier" in down.sentence
    assert np.allclose(up.judged.p, down.judged.p)
    assert np.array_equal(up.judged.act, down.judged.act)


def test_an_incumbent_decision_says_which_value_acts(sample):
    decision = pd.Series(np.where(sample.frame["a"] > 0, "A", "R"))
    told = read_incumbent("d", decision, "R", sample, parts_of(sample), PLAN.rule, "decline")
    assert np.array_equal(told.judged.act, decision == "R")
    assert told.judged.p is None
    with pytest.raises(ConfigError, match=r"model\.incumbent_act.*'A', 'R'.*decline"):
        read_incumbent("d", decision, None, sample, parts_of(sample), PLAN.rule, "decline")


def test_an_incumbent_of_many_words_is_refused(sample):
    words = pd.Series([f"w{i % 9}" for i in range(len(sample.y))])
    with pytest.raises(ConfigError, match="9 values that are not numbers"):
        read_incumbent("d", words, None, sample, parts_of(sample), PLAN.rule, "decline")
