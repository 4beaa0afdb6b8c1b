"""Rules: what a config may say, and that each fitted decider is the best by a loop over all thresholds."""

import json
from itertools import product

import numpy as np
import pytest

from casestudies.decisions import CostMatrix, Costs, Decider, Rule
from casestudies.errors import ConfigError, DataError

RULES = ["bmr", "cut", "f1", "precision>=0.6", "recall>=80%", "specificity>=0.7", "approve=70%", "approve=100%"]
ALL = [
    *((text, {}) for text in RULES),
    ("cut", {"cut": 0.3}),
    ("budget", {"budget": 50.0}),
    ("capacity", {"capacity": 7}),
]


def drawn(rows: int = 300, seed: int = 0) -> tuple[np.ndarray, np.ndarray, Costs]:
    rng = np.random.default_rng(seed)
    p = np.round(rng.beta(1, 3, rows), 2)
    y = (rng.random(rows) < p).astype(float)
    fn = rng.lognormal(3, 1, rows)
    return y, p, Costs(fn, 0.2 * fn + 1, np.zeros(rows), np.zeros(rows))


def thresholds(p: np.ndarray) -> list[float]:
    """All that act differently, from nobody to everybody."""
    return [np.inf, *sorted(set(p), reverse=True)[1:], -np.inf]


@pytest.mark.parametrize(("text", "numbers"), ALL)
def test_every_decider_survives_json_and_decides_the_same(text: str, numbers: dict[str, float]) -> None:
    y, p, costs = drawn()
    decider = Rule.parse(text, **numbers).fit(y, p, costs)
    again = Decider.from_dict(json.loads(json.dumps(decider.to_dict(), allow_nan=False)))
    assert again == decider
    assert (again.act(p, costs) == decider.act(p, costs)).all()
    assert decider.in_words("EUR").endswith(".")


@pytest.mark.parametrize("text", ["cut", "f1", "precision>=0.6", "recall>=80%", "specificity>=0.7", "approve=70%"])
def test_fitted_thresholds_never_split_equal_scores(text: str) -> None:
    y, p, costs = drawn()
    decider = Rule.parse(text).fit(y, p, costs)
    assert (decider.act(p) == (p > decider.threshold)).all()
    assert decider.threshold not in set(p)
    assert decider.rows == 300


def test_bmr_uses_the_threshold_of_each_row() -> None:
    y, p, costs = drawn()
    new_p, new_costs = p[:50], costs.take(np.arange(50, 100))
    assert (Rule.parse("bmr").fit(y, p, costs).act(new_p, new_costs) == new_costs.act(new_p)).all()


def test_cut_without_a_number_is_the_cheapest_cut_of_the_fitting_rows() -> None:
    y, p, costs = drawn()
    best = costs.best_cut(y, p)
    decider = Rule.parse("cut").fit(y, p, costs)
    assert (decider.threshold, decider.reached) == (best.threshold, best.cost)


def test_a_given_cut_is_used_as_it_is_and_needs_no_money() -> None:
    y, p, _ = drawn()
    decider = Rule.parse("cut", cut=0.23).fit(y, p)
    assert (decider.act(p) == (p > 0.23)).all()
    assert decider.in_words() == "Act on each row whose score is above 0.23: the cut was given."


@pytest.mark.parametrize("weighted", [False, True])
def test_the_f1_cut_has_the_best_f1_of_all(weighted: bool) -> None:
    from sklearn.metrics import f1_score

    y, p, _ = drawn()
    weight = np.random.default_rng(4).random(300) if weighted else None
    best = max(f1_score(y, p > t, sample_weight=weight, zero_division=0) for t in thresholds(p))
    decider = Rule.parse("f1").fit(y, p, weight=weight)
    assert decider.reached == pytest.approx(best)
    assert f1_score(y, decider.act(p), sample_weight=weight) == pytest.approx(best)


def rates(y: np.ndarray, act: np.ndarray, w: np.ndarray) -> dict[str, float]:
    return {
        "precision": (w * y * act).sum() / (w * act).sum() if (w * act).sum() else -1.0,
        "recall": (w * y * act).sum() / (w * y).sum(),
        "specificity": (w * (1 - y) * ~act).sum() / (w * (1 - y)).sum(),
        "approve": (w * ~act).sum() / w.sum(),
    }


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(
    ("kind", "sign"), [("precision", ">="), ("recall", ">="), ("specificity", ">="), ("approve", "=")]
)
def test_a_target_is_reached_with_the_cut_that_gives_away_least(kind: str, sign: str, weighted: bool) -> None:
    for seed, target in product(range(4), (0.3, 0.5, 0.7)):
        y, p, _ = drawn(200, seed)
        weight = np.random.default_rng(seed).integers(1, 4, 200).astype(float) if weighted else np.ones(200)
        decider = Rule.parse(f"{kind}{sign}{target}").fit(y, p, weight=weight)
        good = [t for t in thresholds(p) if rates(y, p > t, weight)[kind] >= target - 1e-12]
        wanted = good[0] if kind == "recall" else good[-1]
        assert (decider.act(p) == (p > wanted)).all()
        assert decider.reached == pytest.approx(rates(y, p > wanted, weight)[kind])


def test_approve_leaves_the_lowest_scores_alone() -> None:
    p = np.arange(10) / 10
    decider = Rule.parse("approve=70%").fit(np.arange(10) % 2, p)
    assert decider.act(p).tolist() == [False] * 7 + [True] * 3


def test_a_precision_out_of_reach_is_answered_with_the_best_there_is() -> None:
    y, p, _ = drawn()
    y[p >= np.quantile(p, 0.95)] = 0.0
    best = max(rates(y, p > t, np.ones(300))["precision"] for t in thresholds(p))
    assert best < 0.99
    with pytest.raises(ConfigError) as error:
        Rule.parse("precision>=0.99").fit(y, p)
    assert f"precision 0.99 cannot be reached: the best of any cut is {best:.4g}" in str(error.value)
    asked = float(str(error.value).rsplit(" ", 1)[1])
    assert Rule.parse(f"precision>={asked}").fit(y, p).reached >= asked


def test_capacity_takes_the_largest_expected_gains_and_no_row_without_one() -> None:
    y, p, costs = drawn()
    decider = Rule.parse("capacity", capacity=20).fit(y, p, costs)
    act, gain = decider.act(p, costs), costs.gain(p)
    assert act.sum() == 20
    assert gain[act].min() >= np.delete(gain, np.flatnonzero(act)).max()
    everything = Rule.parse("capacity", capacity=300).fit(y, p, costs).act(p, costs)
    assert (everything == (gain > 0)).all()
    assert 0 < everything.sum() < 300


def test_capacity_without_costs_takes_the_highest_scores() -> None:
    y, p, _ = drawn()
    act = Rule.parse("capacity", capacity=20).fit(y, p).act(p)
    assert act.sum() == 20
    assert p[act].min() >= p[~act].max()


def test_a_budget_spends_the_cost_of_acting_in_order_of_gain_per_unit() -> None:
    y, p, costs = drawn()
    act = Rule.parse("budget", budget=60.0).fit(y, p, costs).act(p, costs)
    value = costs.gain(p) / costs.fp
    assert 50 < costs.fp[act].sum() <= 60
    worst = value[act].min()
    better_but_left = (value > worst) & ~act
    assert (costs.fp[better_but_left] > 60 - costs.fp[act & (value >= worst)].sum()).all()


def test_a_retention_budget_pays_what_offers_are_expected_to_cost() -> None:
    _, p, _ = drawn()
    costs = CostMatrix.retention(clv="value", accept=0.4, offer=8, contact=1).on({"value": 50 + 900 * p}, len(p))
    act = Rule.parse("budget", budget=120.0).fit(p > 0.3, p, costs).act(p, costs)
    expected = 1 + 8 * (p * 0.4 + 1 - p)
    assert 120 - expected.max() < expected[act].sum() <= 120
    assert costs.fp[act].sum() > 120  # what it would pay if nobody were about to leave
    rate = costs.gain(p) / expected
    assert rate[act].min() >= np.sort(rate)[-act.sum() - 2]


def test_costs_and_budget_in_cents_give_the_same_decisions() -> None:
    y, p, costs = drawn()
    cents = Costs(costs.fn * 100, costs.fp * 100, costs.tp * 100, costs.tn * 100)
    for text in ("bmr", "cut"):
        rule = Rule.parse(text)
        assert (rule.fit(y, p, cents).act(p, cents) == rule.fit(y, p, costs).act(p, costs)).all()
    euro = Rule.parse("budget", budget=60.0).fit(y, p, costs).act(p, costs)
    assert (Rule.parse("budget", budget=6000.0).fit(y, p, cents).act(p, cents) == euro).all()


@pytest.mark.parametrize(
    ("text", "numbers", "said"),
    [
        ("bmrr", {}, "decide.rule: unknown rule 'bmrr'; did you mean 'bmr'?"),
        ("precison>=0.8", {}, "did you mean 'precision>=0.8'"),
        ("precision>0.8", {}, "did you mean 'precision>=0.8'"),
        ("aprove=70%", {}, "did you mean 'approve=70%'?"),
        ("precision>=80", {}, "write a share as 0.8 or 80%"),
        ("budget", {}, "decide.budget: the rule budget needs a number"),
        ("capacity", {}, "decide.capacity: the rule capacity needs a number"),
        ("bmr", {"cut": 0.2}, "decide.cut: the rule 'bmr' does not read it; write decide.rule: cut"),
        ("capacity", {"capacity": 1.5}, "decide.capacity: 1.5 is not a whole number of rows"),
        ("budget", {"budget": -1.0}, "decide.budget: -1.0 is not an amount"),
        ("cut", {"cut": float("nan")}, "decide.cut: nan is not a finite number"),
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused_by_its_key(text: str, numbers: dict[str, float], said: str) -> None:
    with pytest.raises(ConfigError) as error:
        Rule.parse(text, **numbers)
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("text", "kind", "level"),
    [
        ("precision >= 80%", "precision", 0.8),
        ("Recall>=.9", "recall", 0.9),
        ("approve=70%", "approve", 0.7),
        (" BMR ", "bmr", None),
    ],
)
def test_spelling_of_rules_is_forgiving(text: str, kind: str, level: float | None) -> None:
    assert Rule.parse(text) == Rule(kind, level)


@pytest.mark.parametrize(("text", "numbers"), [("bmr", {}), ("cut", {}), ("budget", {"budget": 5.0})])
def test_rules_of_money_need_costs(text: str, numbers: dict[str, float]) -> None:
    y, p, costs = drawn()
    rule = Rule.parse(text, **numbers)
    with pytest.raises(ConfigError, match=f"decide.rule: the rule {text} needs costs; write cost.fn and cost.fp"):
        rule.fit(y, p)
    if text != "cut":
        with pytest.raises(ConfigError, match="needs costs"):
            rule.fit(y, p, costs).act(p)


def test_costs_that_mean_nothing_for_a_rule_are_refused() -> None:
    y, p, costs = drawn(20)
    flat = Costs(costs.fn, costs.fp, costs.fn, costs.fp)
    with pytest.raises(ConfigError, match="acting changes the cost of no row"):
        Rule.parse("bmr").fit(y, p, flat)
    free = Costs(costs.fn, np.zeros(20), costs.tp, costs.tn)
    with pytest.raises(ConfigError, match="a budget cannot bind"):
        Rule.parse("budget", budget=5.0).fit(y, p, free)


def test_money_rules_refuse_scores_that_are_no_probabilities() -> None:
    y, p, costs = drawn(20)
    with pytest.raises(DataError, match="outside 0 to 1"):
        Rule.parse("bmr").fit(y, 10 * p + 1, costs)


def test_fitting_rows_without_what_a_rule_looks_for_are_refused() -> None:
    for text in ("f1", "recall>=0.5"):
        with pytest.raises(DataError, match="hold no event"):
            Rule.parse(text).fit([0, 0], [0.1, 0.2])
    with pytest.raises(DataError, match="are all events"):
        Rule.parse("specificity>=0.5").fit([1, 1], [0.1, 0.2])
    with pytest.raises(DataError, match="there are no rows"):
        Rule.parse("f1").fit([], [])


def test_a_stored_decider_with_wrong_keys_is_refused() -> None:
    values = Decider("bmr", priced=True).to_dict()
    with pytest.raises(DataError, match="unknown key 'treshold'; did you mean 'threshold'"):
        Decider.from_dict({**values, "treshold": 1})
    with pytest.raises(DataError, match="the key 'kind' is missing"):
        Decider.from_dict({key: value for key, value in values.items() if key != "kind"})


def test_words_name_targets_and_limits() -> None:
    y, p, costs = drawn()
    assert "a recall of at least 80.0%" in Rule.parse("recall>=80%").fit(y, p).in_words()
    assert "until 5,000 EUR are spent" in Rule.parse("budget", budget=5000).fit(y, p, costs).in_words("EUR")
    assert (
        "at most 1,200 rows, those with the highest score" in Rule.parse("capacity", capacity=1200).fit(y, p).in_words()
    )
    assert Rule.parse("approve=100%").fit(y, p).in_words().startswith("Act on no row")
    assert Rule.parse("recall>=1").fit([1, 0], [0.1, 0.2]).in_words().startswith("Act on every row")
