"""Candidates taught money beside those taught log loss: decided, calibrated, judged, saved and explained like them."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from casestudies.decisions import Costs, Rule
from casestudies.errors import ConfigError, DataError
from casestudies.explain import additivity_error
from casestudies.explain.table import AT_STAKE, explain_table
from casestudies.models.costsensitive.names import LOSSES, by_name, named
from casestudies.models.costsensitive.scored import in_its_order
from casestudies.models.recipes import LogisticRecipe, TreesRecipe
from casestudies.models.table import TableModel
from casestudies.report import Figure, Table, Text
from casestudies.tabular.split import make
from casestudies.workflow.compare import Plan, Sample, compare, refit, train_one
from casestudies.workflow.losses import compared
from casestudies.workflow.sections.losses import losses_blocks
from casestudies.workflow.studies import Words

KINDS = {"a": "number", "b": "number", "stake": "number", "level": "category"}
PLAN = Plan(Rule.parse("bmr"), folds=3, seed=1)
SETTINGS = SimpleNamespace(interval=SimpleNamespace(rounds=200, level=0.95), seed=0)


def drawn_rows(rows=900, seed=5):
    random = np.random.default_rng(seed)
    frame = pd.DataFrame({name: random.normal(size=rows) for name in ("a", "b", "stake")})
    frame["level"] = pd.Categorical(random.choice(["x", "y", "z"], rows))
    odds = 1.5 * frame["a"] - frame["b"] + (frame["level"] == "z") - 1
    y = (random.random(rows) < expit(odds)).to_numpy(dtype=float)
    fn = np.exp(4 + frame["stake"].to_numpy())
    return Sample(frame, y, np.ones(rows), Costs(fn, np.full(rows, 20.0), np.full(rows, 12.0), np.zeros(rows)))


@pytest.fixture(scope="module")
def sample():
    return drawn_rows()


def recipe(kind, train):
    return LogisticRecipe(KINDS, train=train) if kind == "logistic" else TreesRecipe(KINDS, trees=15, train=train)


@pytest.fixture(scope="module")
def trained(sample):
    return {
        named(kind, train): train_one(recipe(kind, train), sample, PLAN)
        for kind in ("logistic", "lightgbm")
        for train in LOSSES
    }


NAMES = [named(kind, train) for kind in ("logistic", "lightgbm") for train in LOSSES]
DECIDING = [name for name in NAMES if by_name(name)[1] in ("weighted", "cost")]


@pytest.mark.parametrize("name", NAMES)
def test_a_candidate_is_named_by_its_kind_and_its_loss(name, trained):
    kind, train = by_name(name)
    assert trained[name].model.kind == kind
    assert recipe(kind, train).name == name
    assert by_name("scorecard") == ("scorecard", "log")


@pytest.mark.parametrize("name", DECIDING)
def test_a_score_taught_the_money_decides_where_its_margin_is_above_0(name, trained, sample):
    fresh = drawn_rows(seed=8)
    one = trained[name]
    act = one.decider.act(one.model.probability(fresh.frame), fresh.costs)
    assert np.array_equal(act, one.model.margin(fresh.frame) > 0)
    assert fresh.costs.total(fresh.y, act) < min(fresh.costs.constant(fresh.y))
    own = one.decider.act(one.calibration.probability)
    assert np.array_equal(own, one.fit.margins > 0)
    assert one.loss.sum() == pytest.approx(sample.costs.total(sample.y, own))


@pytest.mark.parametrize("name", NAMES)
def test_what_leaves_a_model_is_a_probability_of_the_event(name, trained):
    fresh = drawn_rows(3000, seed=9)
    p = trained[name].model.probability(fresh.frame)
    assert p.mean() == pytest.approx(fresh.y.mean(), abs=0.04)
    for part in np.array_split(np.argsort(p), 3):
        assert p[part].mean() == pytest.approx(fresh.y[part].mean(), abs=0.08)


@pytest.mark.parametrize("name", [name for name in NAMES if by_name(name)[1] not in ("log", "weighted", "cost")])
def test_tilted_scores_are_calibrated_and_then_each_row_decides(name, trained):
    assert trained[name].decider.kind == "bmr"
    assert trained[name].model.calibrator.kind != "none"


def test_every_other_rule_reads_the_calibrated_probability(sample):
    for rule in (Rule.parse("budget", budget=900.0), Rule.parse("capacity", capacity=40), Rule.parse("cut")):
        one = train_one(recipe("lightgbm", "cost"), sample, replace(PLAN, rule=rule))
        assert one.decider.kind == rule.kind
        assert one.model.calibrator.kind != "none"
        assert one.calibration.probability.mean() == pytest.approx(sample.y.mean(), abs=0.01)
    budget = train_one(recipe("lightgbm", "cost"), sample, replace(PLAN, rule=Rule.parse("budget", budget=900.0)))
    act = budget.decider.act(budget.model.probability(sample.frame), sample.costs)
    assert 0 < np.maximum(sample.costs.fp, 0)[act].sum() <= 900.0


@pytest.mark.parametrize("name", [name for name in NAMES if by_name(name)[1] != "log"])
def test_probabilities_of_weighed_rows_are_refused_without_calibration(name, sample):
    with pytest.raises(ConfigError, match=rf"model\.calibrate: none, and '{name}' is taught weighed rows"):
        train_one(recipe(*by_name(name)), sample, replace(PLAN, calibrate="none"))


def test_balanced_row_weights_are_refused_before_anything_is_fitted(sample):
    weight = np.where(sample.y > 0, 0.5 / sample.y.mean(), 0.5 / (1 - sample.y.mean()))
    with pytest.raises(ConfigError, match=r"data\.weight: balanced weights"):
        compare(
            [recipe("logistic", "log")],
            replace(sample, weight=weight),
            make("cv", sample.y, folds=3),
            PLAN,
            lambda *_: pytest.fail("something is fitted"),
        )


@pytest.mark.parametrize("train", ["clv", "weighted", "cost"])
def test_a_loss_of_money_without_money_says_which_key_to_write(train, sample):
    bare = replace(sample, costs=None)
    plan = Plan(Rule.parse("f1"), folds=3)
    with pytest.raises(
        ConfigError, match=r"model\.candidates: .*write cost\.fn and cost\.fp, or leave such candidates"
    ):
        train_one(recipe("lightgbm", train), bare, plan)
    nothing = replace(sample, costs=Costs(*np.zeros((4, len(sample.y)))))
    with pytest.raises(DataError, match="cost: acting changes the cost of no training row"):
        train_one(recipe("lightgbm", "cost"), nothing, plan)


@pytest.mark.parametrize("name", NAMES)
def test_saved_and_read_back_it_is_the_same_to_the_last_bit(name, trained, sample):
    model = trained[name].model
    again = TableModel.from_files(model.files())
    assert np.array_equal(model.probability(sample.frame), again.probability(sample.frame))
    assert model.files() == again.files()
    assert again.decides is model.decides is (name in DECIDING)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("rows", [40, 1200])
def test_explanations_add_up_to_the_margin(name, rows, trained):
    frame, model = drawn_rows(rows, seed=2).frame, trained[name].model
    explained = explain_table(model, frame)
    assert additivity_error(explained, model.margin(frame)) < 1e-9
    assert (explained.scale == AT_STAKE) == (name in DECIDING)
    assert set(explained.names) == set(KINDS)


def test_a_refit_keeps_the_own_decision(sample):
    judged = train_one(recipe("lightgbm", "weighted"), sample.take(np.arange(600)), PLAN)
    saved = refit(recipe("lightgbm", "weighted"), sample, PLAN, judged)
    p = saved.model.probability(sample.frame)
    assert np.array_equal(saved.decider.act(p), saved.model.margin(sample.frame) > 0)


@pytest.mark.parametrize("kind", ["logistic", "lightgbm"])
@pytest.mark.parametrize("train", ["clv", "weighted", "cost"])
def test_costs_in_cents_change_no_margin(kind, train, sample):
    cents = replace(sample, costs=Costs(*(128 * getattr(sample.costs, cell) for cell in ("fn", "fp", "tp", "tn"))))
    one, other = (train_one(recipe(kind, train), rows, PLAN) for rows in (sample, cents))
    np.testing.assert_allclose(other.fit.margins, one.fit.margins, rtol=1e-9)
    assert one.decider == other.decider


def test_larger_margins_with_fewer_events_keep_their_order_and_say_the_base_rate():
    random = np.random.default_rng(0)
    margins = random.normal(size=2000)
    y = (random.random(2000) < expit(-margins - 1)).astype(float)
    choice, cut = in_its_order(margins, y, np.arange(2000) % 5)
    assert np.array_equal(choice.probability > cut, margins > 0)
    assert np.ptp(choice.probability) < 0.01
    assert choice.probability.mean() == pytest.approx(y.mean(), abs=0.01)


@pytest.fixture(scope="module")
def comparison(sample):
    recipes = [recipe(kind, train) for train in ("log", "weighted", "cost") for kind in ("logistic", "lightgbm")]
    return compare(recipes, sample, make("cv", sample.y, folds=3, seed=0), PLAN, lambda *_: None)


def test_losses_are_compared_on_the_judged_rows(comparison, sample):
    told = compared(comparison, sample, SETTINGS)
    assert told["rows"] == len(sample.y)
    assert {kind: [one["train"] for one in entries] for kind, entries in told["kinds"].items()} == {
        "logistic": ["log", "weighted", "cost"],
        "lightgbm": ["log", "weighted", "cost"],
    }
    cost = {name: sample.costs.total(sample.y, j.act) / len(sample.y) for name, j in comparison.judged.items()}
    for kind, entries in told["kinds"].items():
        for one in entries:
            assert one["expected_cost"]["value"] == pytest.approx(cost[one["name"]])
            if one["train"] == "log":
                assert one["apart"] is None
                continue
            apart = one["apart"]["expected_cost"]
            assert apart["difference"] == pytest.approx(cost[one["name"]] - cost[kind])
            assert apart["low"] <= apart["difference"] <= apart["high"]


def test_one_loss_alone_is_not_compared(comparison, sample):
    only = replace(comparison, choice=replace(comparison.choice, loss={"logistic": 1.0, "lightgbm_cost": 2.0}))
    assert compared(only, sample, SETTINGS) is None
    assert compared(comparison, replace(sample, costs=None), SETTINGS) is None


WORDS = Words(
    event="departure",
    event_adjective="leaving",
    act="contact",
    acted="contacted",
    acting="contacting",
    rest="skip",
    rested="skipped",
    resting="skipping",
    row="customer",
    rows="customers",
)


def findings(told, rule="bmr"):
    settings = SimpleNamespace(interval=SimpleNamespace(level=0.95), decide=SimpleNamespace(rule=rule))
    return SimpleNamespace(
        analysis={} if told is None else {"losses": told},
        study=SimpleNamespace(words=WORDS),
        settings=settings,
        unit="EUR",
        baselines=("skip_all", "contact_all"),
        champion="lightgbm_cost",
        figure=lambda name, metric: {"value": 0.7, "low": 0.6, "high": 0.8},
    )


def told_of(difference, low, high, savings=0.2):
    def entry(train, cost, apart):
        figure = {"value": cost, "low": cost - 1, "high": cost + 1}
        both = {"expected_cost": apart, "savings": apart}
        share = {"value": savings, "low": savings, "high": savings}
        one = {"name": f"lightgbm_{train}", "train": train, "expected_cost": figure, "savings": share}
        return {**one, "apart": None if apart is None else both}

    best = {"difference": difference, "low": low, "high": high}
    worse = {"difference": 9.0, "low": 8.0, "high": 10.0}
    entries = [entry("log", 50.0, None), entry("clv", 59.0, worse), entry("cost", 50.0 + difference, best)]
    return {"rows": 1234, "kinds": {"lightgbm": entries}}


@pytest.mark.parametrize(
    ("apart", "said"),
    [
        ((-2.5, -4.0, -1.0), "LightGBM: trained by cost it wins, 2.50 EUR a customer cheaper than by log loss"),
        ((2.5, 1.0, 4.0), "LightGBM: log loss wins; trained by cost, the next best, it costs 2.50 EUR a customer more"),
        ((-0.5, -2.0, 1.0), "cannot be told apart from log loss; trained by cost it costs 0.50 EUR a customer less"),
        ((0.5, -1.0, 2.0), "cannot be told apart from log loss; trained by cost it costs 0.50 EUR a customer more"),
        ((0.5, None, None), "LightGBM: the losses cannot be compared, since there is no interval."),
    ],
)
def test_a_sentence_says_which_loss_wins_and_by_how_much(apart, said):
    blocks = losses_blocks(findings(told_of(*apart)))
    texts = [block.text for block in blocks if isinstance(block, Text)]
    assert said in texts[0]
    assert "1,234 judged customers" in texts[0]
    assert sum(isinstance(block, Figure) for block in blocks) == 1
    assert "A model trained by cost decides by its own score" in texts[1]
    assert "by which the same rule decides" in losses_blocks(findings(told_of(*apart), rule="budget"))[-1].text


def test_where_savings_have_no_meaning_they_are_left_out():
    table = next(b for b in losses_blocks(findings(told_of(-1.0, -2.0, 0.5, float("nan")))) if isinstance(b, Table))
    assert [row[4] for row in table.rows] == ["n/a"] * 3
    assert [row[1] for row in table.rows] == ["log loss", "by value", "by cost"]
    assert losses_blocks(findings(None)) == ()
