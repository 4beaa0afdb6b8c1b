"""Treatments of rare events: corrections against known rates, and folds that do not see what they judge."""

import numpy as np
import pandas as pd
import pytest

from casestudies.decisions import Costs, Rule
from casestudies.errors import DataError
from casestudies.metrics import auc, ece, f1
from casestudies.models.imbalance import TREATMENTS, Labelled, Learner, bench, train
from casestudies.models.pretended import Figures, smote_before_split

RATES = np.array([0.02, 0.1, 0.25, 0.6])


def groups(rows=40_000, seed=0, weighted=False):
    """One column of four groups with known event rates, so that a saturated model has to give these rates."""
    random = np.random.default_rng(seed)
    group = random.integers(0, 4, rows)
    y = (random.random(rows) < RATES[group]).astype(float)
    # every other row counts twice, with labels alike, so that rates stay what they are
    weight = np.where(np.arange(rows) % 2, 2.0, 1.0) if weighted else np.ones(rows)
    costs = Costs(random.uniform(5, 50, rows), np.full(rows, 2.0), np.zeros(rows), np.zeros(rows))
    return Labelled(group[:, None].astype(float), (), y, weight, costs)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("treatment", [t for t in TREATMENTS if t not in ("smote", "cost")])
def test_corrected_scores_are_the_rates_of_the_rows(treatment, weighted):
    rows = groups(weighted=weighted)
    scores = train(treatment, rows, Learner(trees=80, learning_rate=0.3))(rows)
    p = scores.corrected().probability
    for code in range(4):
        inside = rows.X[:, 0] == code
        rate = np.average(rows.y[inside], weights=rows.weight[inside])
        assert p[inside] == pytest.approx(rate, abs=0.02 if treatment == "undersampling" else 0.005)
    if treatment != "plain":
        assert np.abs(scores.raw - p).max() > 0.1


def test_money_as_weights_decides_as_probabilities_do_at_each_rows_own_threshold():
    """With the same stakes everywhere the shift is one number, and the correction is exact."""
    rows = groups()
    flat = Labelled(rows.X, (), rows.y, rows.weight, Costs(*(np.full(len(rows.y), c) for c in (12.0, 3.0, 0.0, 0.0))))
    scores = train("cost", flat, Learner(trees=80, learning_rate=0.3))(flat)
    for code in range(4):
        inside = flat.X[:, 0] == code
        assert scores.corrected().probability[inside] == pytest.approx(flat.y[inside].mean(), abs=0.005)
    assert np.array_equal(scores.raw > 0.5, flat.costs.act(scores.corrected()))


def test_a_row_with_nothing_at_stake_keeps_a_finite_correction():
    rows = groups(2000)
    costs = Costs(rows.costs.fn, np.where(np.arange(2000) % 3, 2.0, -1.0), np.zeros(2000), np.zeros(2000))
    scores = train("cost", Labelled(rows.X, (), rows.y, rows.weight, costs), Learner())(
        Labelled(rows.X, (), rows.y, rows.weight, costs)
    )
    assert np.isfinite(scores.corrected().margin).all()


@pytest.fixture(scope="module")
def mixed():
    random = np.random.default_rng(11)
    rows = 1500
    frame = pd.DataFrame(
        {
            "a": np.where(random.random(rows) < 0.1, np.nan, random.normal(size=rows)),
            "b": random.normal(1e4, 1e3, rows),
            "c": pd.Categorical(random.choice(["x", "y", "z"], rows)),
        }
    )
    z = 1.5 * frame["a"].fillna(1) + 0.8 * (frame["c"] == "x") - 2.2
    y = (random.random(rows) < 1 / (1 + np.exp(-z))).to_numpy(dtype=float)
    costs = Costs(random.uniform(50, 150, rows), random.uniform(10, 40, rows), np.zeros(rows), np.zeros(rows))
    kinds = {"a": "number", "b": "number", "c": "category"}
    return Labelled.of(frame, kinds, y, np.ones(rows), costs), np.arange(rows) % 3


@pytest.fixture(scope="module")
def lines(mixed):
    return bench(*mixed)


def test_every_treatment_stands_as_trained_and_corrected(lines):
    told = [(line.treatment, line.corrected) for line in lines]
    assert told[0] == ("plain", False)
    assert told[1:] == [(t, c) for t in TREATMENTS if t != "plain" for c in (False, True)]


def test_correction_sets_the_probabilities_right_and_keeps_the_ranking(mixed, lines):
    rows, _ = mixed
    for line in lines:
        if line.corrected and line.treatment in ("balanced", "undersampling", "focal"):
            raw = next(o for o in lines if o.treatment == line.treatment and not o.corrected)
            assert ece(rows.y, line.p) < 0.06 < ece(rows.y, raw.p)
            assert auc(rows.y, line.p) == pytest.approx(auc(rows.y, raw.p), abs=0.005)


def test_judged_labels_have_no_say_in_their_scores_and_cuts(mixed):
    rows, folds = mixed
    turned = np.where(folds == 0, 1 - rows.y, rows.y)
    other = Labelled(rows.X, rows.categorical, turned, rows.weight, rows.costs)
    for one, two in zip(bench(rows, folds), bench(other, folds), strict=True):
        held = folds == 0
        assert np.array_equal(one.p[held], two.p[held])
        assert np.array_equal(one.cut[held], two.cut[held])


def test_the_cut_is_the_cheapest_on_scores_of_models_that_saw_neither_fold(mixed, lines):
    rows, folds = mixed
    tuning = np.full(len(folds), np.nan)
    for fold in (1, 2):  # the cut of fold 0
        model = train("plain", rows.take((folds != 0) & (folds != fold)), Learner())
        tuning[folds == fold] = model(rows.take(folds == fold)).probability
    held, others = folds == 0, folds != 0
    cut = rows.costs.take(others).best_cut(rows.y[others], tuning[others])
    assert np.array_equal(lines[0].cut[held], lines[0].p[held] > cut.threshold)


def test_without_costs_the_cut_is_the_best_f1_and_money_has_no_line(mixed):
    rows, folds = mixed
    poor = Labelled(rows.X, rows.categorical, rows.y, rows.weight)
    lines = bench(poor, folds)
    assert {line.treatment for line in lines} == set(TREATMENTS) - {"cost"}
    assert all(line.own is None for line in lines)
    best = Rule.parse("f1").fit(rows.y, lines[0].p).reached
    assert best - 0.06 < f1(rows.y, lines[0].cut) <= best
    with pytest.raises(DataError, match="no costs to weigh rows by"):
        train("cost", poor, Learner())


def test_costs_times_a_hundred_change_no_line(mixed, lines):
    rows, folds = mixed
    dear = Costs(*(100 * getattr(rows.costs, cell) for cell in ("fn", "fp", "tp", "tn")))
    for one, two in zip(
        lines, bench(Labelled(rows.X, rows.categorical, rows.y, rows.weight, dear), folds), strict=True
    ):
        assert np.array_equal(one.own, two.own)
        assert one.p == pytest.approx(two.p)


def test_rows_without_weight_are_left_out():
    frame = pd.DataFrame({"a": [1.0, 2.0, 3.0]})
    rows = Labelled.of(frame, {"a": "number"}, np.array([0.0, 1.0, 0.0]), np.array([1.0, 0.0, 2.0]))
    assert rows.X.tolist() == [[1.0], [3.0]]
    assert rows.event_share == 0.0


def test_too_few_events_are_refused(mixed):
    rows, folds = mixed
    few = Labelled(rows.X, rows.categorical, (np.arange(len(folds)) < 20).astype(float), rows.weight)
    with pytest.raises(DataError, match="3 folds with at least 6 rows of each class"):
        bench(few, folds)
    with pytest.raises(DataError, match="2 folds"):
        bench(rows, folds % 2)


def test_smote_before_the_split_flatters(mixed, lines):
    rows, folds = mixed
    noise = Labelled(np.random.default_rng(0).normal(size=(1500, 3)), (), rows.y, rows.weight)
    before = smote_before_split(noise, folds)
    honest = np.concatenate([_held("smote", noise, folds, fold) for fold in range(3)])
    inside = Figures.of(np.concatenate([noise.y[folds == fold] for fold in range(3)]), honest, np.ones(1500))
    assert before.auc > 0.6  # of columns that say nothing
    assert inside.auc < 0.55


def _held(treatment, rows, folds, fold):
    return train(treatment, rows.take(folds != fold), Learner())(rows.take(folds == fold)).raw
