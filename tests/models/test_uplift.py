"""Uplift: the learners' formulas by hand, nothing leaks, planted effects are found, and chance is called chance."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casestudies.errors import DataError, RunError
from casestudies.models.uplift import (
    Campaign,
    LearntEffect,
    Linear,
    TLearner,
    Trees,
    XLearner,
    balance,
    bases,
    learn,
    propensities,
    too_small,
)
from casestudies.models.uplift.bases import Folded
from casestudies.models.uplift.effects import CONSTANT, SHARE, Candidate, _Residuals, _scores, _simplest
from casestudies.runs.disk import to_json

VIEWS = [("constant", 0), ("share", 0), ("T", 1), ("trees", 2)]
KINDS = {"a": "number", "b": "number", "c": "category"}


class CellMeans:
    """A base without any choice: the mean of each cell of one column, times a factor. It can be reckoned by hand."""

    name = "means"

    def __init__(self, factor=1.0):
        self.factor = factor

    @property
    def encoder(self):
        return self

    def transform(self, frame):
        return frame[["cell"]]

    def encoded(self, frame):
        return frame[["cell"]].to_numpy(dtype=float)

    def chances(self, X, y, weight, folds):
        return self.amounts(X, [self.factor * y] * (int(folds.max()) + 2), weight, folds)

    def amounts(self, X, targets, weight, folds):
        def fitted(target, rows):
            cells = X[rows, 0]
            means = {
                cell: np.average(target[rows][cells == cell], weights=weight[rows][cells == cell])
                for cell in np.unique(cells)
            }
            return lambda new: np.array([means[cell] for cell in new[:, 0]])

        models = [fitted(target, folds != fold) for fold, target in enumerate(targets)]
        return Folded(tuple(models[:-1]), models[-1])


def by_hand():
    """Two folds that hold the same rows, so that what one fold teaches is known: two cells, both arms."""
    rows = [
        # cell, treated, y
        *[(0, True, y) for y in (0, 0, 1, 0)],
        *[(0, False, y) for y in (1, 1, 0, 0, 1)],
        *[(1, True, y) for y in (1, 0)],
        *[(1, False, y) for y in (0, 0, 0, 1)],
    ]
    cell, treated, y = map(np.array, zip(*rows, strict=True))
    twice = lambda values: np.tile(values, 2)  # noqa: E731
    n = 2 * len(rows)
    frame = pd.DataFrame({"cell": twice(cell)})
    folds = np.repeat([0, 1], len(rows))
    return Campaign(
        frame, {"cell": "number"}, twice(y).astype(float), twice(treated), np.ones(n), np.full(n, 6 / 15), folds
    )


def test_a_t_learner_on_cell_means_is_the_difference_of_the_means_of_each_cell():
    campaign = by_hand()
    learner = TLearner(CellMeans()).fit(campaign)
    expected = np.where(campaign.frame["cell"] == 0, 3 / 5 - 1 / 4, 1 / 4 - 1 / 2)
    assert learner.effect_ == pytest.approx(expected)
    assert learner.without_ == pytest.approx(np.where(campaign.frame["cell"] == 0, 3 / 5, 1 / 4))
    assert learner.effect(pd.DataFrame({"cell": [1, 0]})) == pytest.approx([-0.25, 0.35])


def test_an_x_learner_weighs_the_imputed_effects_of_the_two_arms_by_the_chance_of_contact():
    campaign = by_hand()
    e = np.where(campaign.frame["cell"] == 0, 0.4, 0.25)
    campaign = campaign.sent_with(e)
    # a first stage that says half of what it saw, or both arms would impute the same
    learner = XLearner(TLearner(CellMeans(0.5)).fit(campaign)).fit(campaign)
    first = campaign.frame["cell"] == 0
    # of the treated what was expected without contact (0.3, 0.125) less y; of the controls y less what was with (0.125, 0.25)
    of_treated = np.where(first, np.mean([0.3, 0.3, -0.7, 0.3]), np.mean([-0.875, 0.125]))
    of_control = np.where(first, np.mean([0.875, 0.875, -0.125, -0.125, 0.875]), np.mean([-0.25, -0.25, -0.25, 0.75]))
    assert learner.effect_ == pytest.approx(e * of_control + (1 - e) * of_treated)


def test_the_scores_are_the_augmented_inverse_propensity_ones():
    campaign = by_hand()
    nuisance = TLearner(CellMeans(0.5)).fit(campaign)
    scores, leaving = _scores(campaign, nuisance)
    e = 6 / 15
    for row in (0, 2, 4, 7, 9, 12):
        cell, z, y = campaign.frame["cell"][row], campaign.treated[row], campaign.y[row]
        without, with_ = (0.3, 0.125) if cell == 0 else (0.125, 0.25)
        seen_without = without + (0 if z else (y - without) / (1 - e))
        seen_with = with_ + ((y - with_) / e if z else 0)
        assert (leaving[row], scores[row]) == pytest.approx((seen_without, seen_without - seen_with))


def test_the_simplest_within_one_standard_error_of_the_best_is_taken():
    def candidates(*worse):
        return [Candidate(name, level, 1.0, w, 0.1) for (name, level), w in zip(VIEWS, worse, strict=True)]

    assert _simplest(candidates(0.09, 0.12, 0.05, 0.0)).name == "constant"
    assert _simplest(candidates(0.11, 0.12, 0.05, 0.0)).name == "T"
    assert _simplest(candidates(0.11, 0.12, 0.13, 0.0)).name == "trees"
    assert _simplest(candidates(0.0, 0.12, 0.13, 0.2)).name == "constant"


def simulated(rows=4000, effect="own", seed=0, e=0.4, group=None):
    """A planted effect: none, the same share of the risk, the same for all, or one of each customer's own."""
    random = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "a": random.normal(size=rows),
            "b": random.normal(size=rows),
            "c": pd.Categorical(random.choice(list("xyz"), rows)),
        }
    )
    a, b = frame["a"].to_numpy(), frame["b"].to_numpy()
    risk = 1 / (1 + np.exp(1.0 - 0.8 * a))
    planted = {
        "none": np.zeros(rows),
        "share": 0.4 * risk,
        "constant": np.minimum(0.1, risk),
        "own": np.where(b > 0, 0.6, -0.2) * risk,
    }[effect]
    chance = np.full(rows, e) if np.isscalar(e) else e(frame)
    treated = random.random(rows) < chance
    y = (random.random(rows) < risk - planted * treated).astype(float)
    folds = random.permutation(np.arange(rows) % 5)
    weight = np.ones(rows)
    return Campaign(frame, KINDS, y, treated, weight, np.full(rows, treated.mean()), folds, group), planted


@pytest.mark.parametrize("base", [Linear, Trees])
def test_no_customer_is_scored_by_a_model_that_saw_how_it_ended(base, monkeypatch):
    monkeypatch.setattr(bases, "C_GRID", (0.1,))  # as in LogisticRecipe one strength is chosen for all folds
    campaign, _ = simulated(800)
    held = campaign.folds == 2
    other = replace(campaign, y=np.where(held, 1 - campaign.y, campaign.y))
    before, after = (TLearner(base(KINDS)).fit(one) for one in (campaign, other))
    x_before, x_after = XLearner(before).fit(campaign), XLearner(after).fit(other)
    for one, two in ((before, after), (x_before, x_after)):
        assert two.effect_[held] == pytest.approx(one.effect_[held], abs=1e-6)
        assert np.mean(np.abs(two.effect_[~held] - one.effect_[~held]) > 1e-3) > 0.9


@pytest.mark.parametrize("base", [Linear, Trees])
def test_the_arms_exchanged_turn_the_effect_round(base):
    campaign, _ = simulated(800)
    turned = replace(campaign, treated=~campaign.treated, propensity=1 - campaign.propensity)
    first, second = (TLearner(base(KINDS)).fit(one) for one in (campaign, turned))
    assert second.effect_ == pytest.approx(-first.effect_, abs=1e-9)
    assert XLearner(second).fit(turned).effect_ == pytest.approx(-XLearner(first).fit(campaign).effect_, abs=1e-6)


def test_the_r_loss_of_a_constant_is_that_of_the_regression_of_what_remained():
    campaign, _ = simulated(600)
    nuisance = TLearner(Linear(KINDS)).fit(campaign)
    rows = _Residuals.of(campaign, nuisance)
    everyone = np.ones(600, dtype=bool)
    numbers, covariance = rows.line(np.ones((600, 1)), everyone)
    e = campaign.propensity
    outcome = campaign.y - (e * nuisance.with_ + (1 - e) * nuisance.without_)
    contact = campaign.treated - e
    assert numbers[0] == pytest.approx(-(contact @ outcome) / (contact @ contact))
    left = outcome + contact * numbers[0]
    assert covariance[0, 0] == pytest.approx(((contact * left) ** 2).sum() / (contact @ contact) ** 2)


def test_the_standard_error_of_the_constant_is_that_of_a_difference_of_shares():
    errors, found = [], []
    for seed in range(12):
        campaign, _ = simulated(1500, "constant", seed)
        rows = _Residuals.of(campaign, TLearner(Linear(KINDS)).fit(campaign))
        numbers, covariance = rows.line(np.ones((1500, 1)), np.ones(1500, dtype=bool))
        errors.append(np.sqrt(covariance[0, 0]))
        found.append(numbers[0])
    assert np.mean(errors) == pytest.approx(0.023, abs=0.004)  # root of p(1 - p)/n of both arms, a little less
    assert np.std(found) == pytest.approx(np.mean(errors), rel=0.5)


def test_a_row_of_weight_two_is_the_row_twice():
    campaign, _ = simulated(500)
    twice = np.arange(500) < 200
    weighed = replace(campaign, weight=np.where(twice, 2.0, 1.0), group=np.arange(500))
    rows = np.concatenate([np.arange(500), np.flatnonzero(twice)])
    repeated = replace(campaign, group=np.arange(500)).take(rows)
    one, other = (learn(each, [Linear(KINDS)]) for each in (weighed, repeated))
    assert one.chosen.name == other.chosen.name
    # the encoder standardises by rows, so the penalty of the two differs a little
    assert other.effect[:500] == pytest.approx(one.effect, abs=2e-2)


@pytest.mark.parametrize("planted", ["share", "constant", "none"])
def test_one_number_is_enough_where_one_was_planted(planted):
    names = []
    for seed in range(5):
        campaign, truth = simulated(2000, planted, seed)
        found = learn(campaign, [Linear(KINDS)])
        names.append(found.chosen.one_number)
        error = float(np.std(found.scores) / np.sqrt(2000))
        assert abs(found.scores.mean() - truth.mean()) < 3.5 * error
        if found.chosen.name == SHARE:
            assert found.effect == pytest.approx(found.line[0] * found.without)
        elif found.chosen.name == CONSTANT:
            assert found.effect == pytest.approx(np.minimum(found.line[0], found.without))
    assert all(names)


def test_a_planted_effect_of_each_customers_own_is_found_and_for_others_too():
    campaign, truth = simulated(5000, "own")
    found = learn(campaign, [Linear(KINDS), Trees(KINDS)])
    assert not found.chosen.one_number
    assert np.corrcoef(found.effect, truth)[0, 1] > 0.75
    driven, kept = found.effect < np.quantile(found.effect, 0.1), found.effect > np.quantile(found.effect, 0.9)
    assert found.scores[driven].mean() < 0 < found.scores[kept].mean()
    others, new_truth = simulated(2000, "own", seed=9)
    effect, error, without = found.learnt.at(others.frame)
    assert np.corrcoef(effect, new_truth)[0, 1] > 0.75
    assert ((error > 0) & (effect <= without)).all()


@pytest.fixture(scope="module")
def kept():
    """Of each view and learner the effect that is kept, and what it says of other customers."""
    campaign, _ = simulated(1200, "own")
    others = simulated(300, "own", seed=9)[0].frame
    out = {}
    for base in (Linear(KINDS), Trees(KINDS)):
        first = TLearner(base).fit(campaign)
        second = XLearner(first).fit(campaign)
        line, spread = np.array([0.02, 0.9]), np.array([[1e-4, 1e-5], [1e-5, 2e-3]])
        out[first.name] = LearntEffect(first.name, line, spread, first.of_others[0], first.of_others)
        out[second.name] = LearntEffect(second.name, line, spread, first.of_others[0], second.of_others, second.share_)
        for name, numbers in ((CONSTANT, line[:1]), (SHARE, line[:1])):
            out[f"{name}, {base.name}"] = LearntEffect(name, numbers, spread[:1, :1], first.of_others[0])
        without = first.of_others[0](others)
        wanted = {first.name: first.effect(others), second.name: second.effect(others), CONSTANT: 1.0, SHARE: without}
        for key, one in out.items():
            view = key.removesuffix(f", {base.name}") if key.startswith((CONSTANT, SHARE)) else key
            if base.name in key:  # by hand: level and slope over the learner, one factor else; never more than the risk
                expected = 0.02 + 0.9 * wanted[view] if one.own else 0.02 * wanted[view]
                assert one.at(others)[0] == pytest.approx(np.minimum(expected, without), abs=1e-12)
                assert one.at(others)[2] == pytest.approx(without)
    return out, others


def test_a_kept_effect_gives_the_same_bits_from_json(kept):
    for one in kept[0].values():
        again = LearntEffect.from_dict(json.loads(to_json(one.to_dict())))
        for found, was in zip(again.at(kept[1]), one.at(kept[1]), strict=True):
            np.testing.assert_array_equal(found, was)
        assert again.columns == ["a", "b", "c"]
        half = kept[1].iloc[150:].reset_index(drop=True)
        np.testing.assert_array_equal(again.at(half)[0], one.at(kept[1])[0][150:])


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2},
        {"line": [1.0]},
        {"line": [1.0, None]},
        {"covariance": [[1.0, 0.0]]},
        {"own": []},
        {"share": 1.5},
        {"without": {}},
        {"view": CONSTANT},
    ],
)
def test_a_damaged_effect_is_refused_in_one_line(kept, change):
    told = json.loads(to_json(kept[0]["X-learner, logistic"].to_dict()))
    with pytest.raises(RunError, match="the saved effect of the campaign is damaged") as error:
        LearntEffect.from_dict({**told, **change})
    assert "\n" not in str(error.value)
    for key in told:
        with pytest.raises(RunError, match="damaged"):
            LearntEffect.from_dict({name: value for name, value in told.items() if name != key})
    told["own"][0]["coef"] = told["own"][0]["coef"][1:]
    with pytest.raises(RunError, match="damaged"):
        LearntEffect.from_dict(told)
    trees = json.loads(to_json(kept[0]["X-learner, lightgbm"].to_dict()))
    trees["own"][1]["trees"] = trees["own"][1]["trees"].replace("leaf_value=", "leaf_value=1", 1)
    with pytest.raises(RunError, match="damaged"):
        LearntEffect.from_dict(trees)


def test_the_chosen_line_says_what_the_scores_say_in_the_mean():
    campaign, _ = simulated(4000, "own")
    found = learn(campaign, [Linear(KINDS)])
    upper = found.effect > np.median(found.effect)
    for half in (upper, ~upper):
        error = found.scores[half].std() / np.sqrt(half.sum())
        assert abs(found.effect[half].mean() - found.scores[half].mean()) < 3 * error


def test_a_learner_whose_order_held_out_customers_turn_round_is_fitted_by_its_level_alone():
    campaign, _ = simulated(1000)
    nuisance = TLearner(Linear(KINDS)).fit(campaign)
    rows, everyone = _Residuals.of(campaign, nuisance), np.ones(1000, dtype=bool)
    basis = np.column_stack([np.ones(1000), -nuisance.effect_])
    numbers, covariance = rows.line(basis, everyone)
    level, variance = rows.line(basis[:, :1], everyone)
    assert numbers.tolist() == [level[0], 0.0]
    assert covariance.tolist() == [[variance[0, 0], 0.0], [0.0, 0.0]]


def test_a_random_campaign_passes_and_a_targeted_one_does_not():
    passed = [balance(simulated(1200, seed=seed)[0], seed).random for seed in range(10)]
    assert sum(passed) >= 9
    aimed, _ = simulated(1200, e=lambda frame: 0.25 + 0.3 * (frame["a"].to_numpy() > 0))
    told = balance(aimed, 0)
    assert not told.random
    assert told.p_value == pytest.approx(1 / 200)
    assert told.columns[0].column == "a"
    assert told.auc > told.usual


def test_chances_that_were_known_make_a_campaign_random_again():
    chances = lambda frame: 0.25 + 0.3 * (frame["a"].to_numpy() > 0)  # noqa: E731
    aimed, truth = simulated(4000, "share", e=chances)
    known = aimed.sent_with(chances(aimed.frame))
    assert balance(known, 0).random
    estimated = aimed.sent_with(propensities(aimed))
    assert np.corrcoef(estimated.propensity, known.propensity)[0, 1] > 0.75
    for campaign in (known, estimated):
        scores = learn(campaign, [Linear(KINDS)]).scores
        assert abs(scores.mean() - truth.mean()) < 3 * scores.std() / np.sqrt(4000)


def test_repeated_customers_who_were_contacted_together_do_not_make_chance_look_like_aim():
    passed = []
    for seed in range(8):
        campaign, _ = simulated(120, seed=seed)
        group = np.repeat(np.arange(120), 12)
        many = replace(campaign.take(group), group=group)
        passed.append(balance(many, seed).p_value >= 0.01)
    assert all(passed)


@given(st.sampled_from([0.0, 1.0, -0.2, np.nan]), st.integers(0, 299))
@settings(max_examples=12)
def test_a_row_without_a_chance_of_both_is_refused_with_its_number(chance, row):
    campaign, _ = simulated(300)
    wrong = campaign.propensity.copy()
    wrong[row] = chance
    with pytest.raises(DataError, match=f"row {row + 1}: 1 rows had no chance"):
        campaign.sent_with(wrong)


def test_too_small_a_campaign_is_said_in_counts():
    y, treated = np.tile([0.0, 1.0], 200), np.arange(400) < 50
    assert too_small(y, treated, np.ones(400)) == (
        "50 customers were contacted, and 25 of them left; at least 100 are needed, with 20 who left and 20 who stayed"
    )
    assert too_small(y, np.arange(400) < 200, np.ones(400)) is None
    assert "100 customers were not contacted" in too_small(
        np.where(treated, y, 0.0), np.arange(400) < 300, np.ones(400)
    )
