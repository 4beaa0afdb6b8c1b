import doctest
import gzip
import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import sklearn
import sklearn.linear_model
from scipy.optimize import minimize
from scipy.sparse import csr_matrix
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import get_scorer
from sklearn.model_selection import GridSearchCV, GroupKFold, ShuffleSplit, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from casestudies.errors import DataError
from casestudies.models import linear
from casestudies.models.linear import LogisticRegression, LogisticRegressionCV, SoftmaxRegression, cross_validated_path
from casestudies.optim import Reason

DATA = Path(os.environ.get("CASESTUDIES_TEST_DATA", Path(__file__).parents[3] / "shared" / "data"))


@parametrize_with_checks(
    [
        LogisticRegression(),
        LogisticRegression(C=10.0, class_weight="balanced"),
        LogisticRegression(penalty="l1"),
        LogisticRegressionCV(Cs=3),
        SoftmaxRegression(),
    ]
)
def test_scikit_learn_finds_nothing_against_it(estimator, check):
    check(estimator)


def sample(rows=300, columns=5, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(rows, columns)) @ (np.eye(columns) + 0.3 * rng.normal(size=(columns, columns)))
    y = rng.random(rows) < 1 / (1 + np.exp(1 - X @ rng.normal(size=columns)))
    return X, y.astype(int)


def objective(model, X, y, weights=1.0):
    """scikit-learn's objective, written out."""
    z = X @ model.coef_[0] + model.intercept_[0]
    return model.C * (weights * (np.logaddexp(0, z) - y * z)).sum() + (model.coef_**2).sum() / 2


@pytest.mark.parametrize("C", [1e-3, 1.0, 1e3])
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("class_weight", [None, "balanced", {0: 0.5, 1: 3.0}])
@pytest.mark.parametrize("shape", [(300, 5), (40, 60)], ids=["long", "wide"])
def test_the_optimum_is_scikit_learns(C, fit_intercept, class_weight, shape):
    X, y = sample(*shape)
    weights = np.random.default_rng(1).random(len(y))
    settings = {"C": C, "fit_intercept": fit_intercept, "class_weight": class_weight}
    ours = LogisticRegression(**settings).fit(X, y, sample_weight=weights)
    theirs = sklearn.linear_model.LogisticRegression(**settings, solver="newton-cholesky", tol=1e-12, max_iter=1000)
    theirs.fit(X, y, sample_weight=weights)
    share = {None: [1, 1], "balanced": weights.sum() / (2 * np.bincount(y, weights))}
    by_row = weights * np.array(share[class_weight] if not isinstance(class_weight, dict) else [0.5, 3.0])[y]
    assert objective(ours, X, y, by_row) == pytest.approx(objective(theirs, X, y, by_row), rel=1e-8)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    "held",
    [
        lambda X: X.astype(np.float32),
        lambda X: np.round(4 * X).astype(int),
        lambda X: X.tolist(),
        lambda X: np.asfortranarray(X),
        lambda X: pd.DataFrame(X).add_prefix("column "),
    ],
    ids=["float32", "whole numbers", "lists", "column by column", "frame"],
)
def test_tables_of_every_kind_are_read(held):
    X, y = sample()
    held = held(X)
    plain = np.asarray(held, dtype=np.float64)
    np.testing.assert_allclose(
        LogisticRegression().fit(held, y).decision_function(held),
        LogisticRegression().fit(plain, y).decision_function(plain),
        rtol=1e-5,
        atol=1e-6,
    )


def test_arrays_that_may_not_be_written_are_not():
    X, y = sample()
    weights = np.ones(len(y))
    for array in (X, y, weights):
        array.flags.writeable = False
    LogisticRegression().fit(X, y, sample_weight=weights).predict(X)


def test_any_two_labels_will_do_and_the_second_in_order_is_the_event():
    X, y = sample()
    named = LogisticRegression().fit(X, np.array(["late", "repaid"])[y])
    plain = LogisticRegression().fit(X, y)
    np.testing.assert_array_equal(named.predict_proba(X), plain.predict_proba(X))
    np.testing.assert_array_equal(named.predict(X), np.array(["late", "repaid"])[plain.predict(X)])


def test_a_row_of_weight_zero_is_not_there():
    X, y = sample()
    weights = np.arange(300) % 2
    np.testing.assert_array_equal(
        LogisticRegression().fit(X, y, sample_weight=weights).coef_,
        LogisticRegression().fit(X[weights == 1], y[weights == 1]).coef_,
    )


def test_weight_two_equals_the_row_twice():
    X, y = sample()
    times = 1 + np.arange(300) % 2
    for class_weight in (None, "balanced"):
        np.testing.assert_allclose(
            LogisticRegression(class_weight=class_weight).fit(X, y, sample_weight=times).coef_,
            LogisticRegression(class_weight=class_weight).fit(X.repeat(times, 0), y.repeat(times)).coef_,
            rtol=1e-9,
        )


def test_without_a_penalty_units_do_not_matter():
    X, y = sample()
    scale = 10.0 ** np.array([0, 6, -3, 2, 4])
    plain, scaled = (LogisticRegression(C=np.inf).fit(table, y) for table in (X, X * scale))
    np.testing.assert_allclose(scaled.coef_ * scale, plain.coef_, rtol=1e-7)
    assert plain.n_iter_ == scaled.n_iter_ <= 10


def test_separated_outcomes_leave_finite_coefficients_and_a_finding():
    X = np.linspace(-10, 10, 40)[:, None]
    model = LogisticRegression().fit(X, X[:, 0] > 1)
    assert np.isfinite(model.coef_).all()
    assert [finding.code for finding in model.diagnosis_] == ["separable"]


def test_a_fit_says_how_it_ended():
    X, y = sample()
    model = LogisticRegression().fit(X, y)
    assert model.reason_ is Reason.CONVERGED
    assert model.certificate_.suboptimality[0] <= 1e-8
    assert model.n_iter_ == model.trace_.of(0)["step"][-1]
    assert model.diagnosis_ == []


def test_too_few_steps_are_a_warning_that_says_how_far_it_got():
    X, y = sample()
    with pytest.warns(
        ConvergenceWarning, match=r"largest number of steps .* The fit is within .* of the optimal value"
    ):
        model = LogisticRegression(max_iter=1).fit(X, y)
    assert model.reason_ is Reason.STEPS
    assert [finding.code for finding in model.diagnosis_] == ["not_converged"]


def test_row_weights_find_their_way_through_a_pipeline():
    X, y = sample()
    weights = np.where(y == 1, 50.0, 1.0)
    with sklearn.config_context(enable_metadata_routing=True):
        scaler = StandardScaler().set_fit_request(sample_weight=False)
        model = make_pipeline(scaler, LogisticRegression().set_fit_request(sample_weight=True))
        clone(model).fit(X, y)
        model.fit(X, y, sample_weight=weights)
    direct = LogisticRegression().fit(StandardScaler().fit_transform(X), y, sample_weight=weights)
    np.testing.assert_allclose(model.predict_proba(X)[:, 1], direct.predict_proba(model[0].transform(X))[:, 1])


def test_a_search_over_c_and_a_pickle_give_the_same_model():
    X, y = sample()
    search = GridSearchCV(LogisticRegression(), {"C": [1e-6, 1.0]}, scoring="neg_log_loss").fit(X, y)
    assert search.best_params_ == {"C": 1.0}
    again = pickle.loads(pickle.dumps(search.best_estimator_))
    np.testing.assert_array_equal(again.predict_proba(X), search.predict_proba(X))
    assert again.reason_ is Reason.CONVERGED


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_missing_values_are_refused_in_words(bad):
    X, y = sample()
    X[3, 1] = bad
    with pytest.raises(ValueError, match="Input X contains"):
        LogisticRegression().fit(X, y)


@pytest.mark.parametrize("C", [0.0, -1.0, np.nan])
def test_a_c_that_is_no_price_is_refused(C):
    with pytest.raises(ValueError, match=r"C is .*; it must be above 0"):
        LogisticRegression(C=C).fit(*sample())


def test_one_label_is_refused():
    X, _ = sample()
    with pytest.raises(ValueError, match="one class only"):
        LogisticRegression().fit(X, np.ones(len(X)))


def test_the_path_is_every_fit_one_by_one():
    X, y = sample(200)
    folds = np.random.default_rng(2).integers(0, 3, 200)
    weights = np.random.default_rng(3).random(200)
    Cs = [1e-2, 1.0, 100.0]
    coef, intercepts, margins = cross_validated_path(X, y, Cs, folds, weights)
    for k, C in enumerate(Cs):
        whole = LogisticRegression(C=C).fit(X, y, sample_weight=weights)
        np.testing.assert_allclose(coef[:, k], whole.coef_[0], rtol=1e-6, atol=1e-9)
        np.testing.assert_allclose(intercepts[k], whole.intercept_[0], rtol=1e-6)
        for fold in range(3):
            out = folds == fold
            part = LogisticRegression(C=C).fit(X[~out], y[~out], sample_weight=weights[~out])
            np.testing.assert_allclose(margins[out, k], part.decision_function(X[out]), rtol=1e-6, atol=1e-8)


def test_a_row_held_out_has_no_say_in_its_own_margin():
    X, y = sample(100)
    folds = np.arange(100) % 5
    before = cross_validated_path(X, y, [1.0], folds).margins
    y[7] = 1 - y[7]
    after = cross_validated_path(X, y, [1.0], folds).margins
    mates = folds == folds[7]
    np.testing.assert_allclose(after[mates], before[mates], rtol=1e-7)
    assert not np.allclose(after[~mates], before[~mates], rtol=1e-3)


def test_folds_may_have_names_and_single_labels_outside_a_fold_are_refused_by_name():
    X, y = sample(60)
    names = np.array(["north", "south"])[np.arange(60) % 2]
    np.testing.assert_array_equal(
        cross_validated_path(X, y, [1.0], names).margins, cross_validated_path(X, y, [1.0], names == "south").margins
    )
    with pytest.raises(DataError) as caught:
        cross_validated_path(X, y, [1.0], np.where(y == 1, "south", "north"))
    assert str(caught.value).startswith("rows outside fold 'north': labels are not 0 and 1, both present")
    with pytest.raises(DataError, match="labels are not 0 and 1"):
        cross_validated_path(X, y + 1, [1.0], names)


def test_a_fit_brings_in_neither_torch_nor_numba():
    code = (
        "import sys, numpy as np; from casestudies.models.linear import LogisticRegression;"
        "LogisticRegression().fit(np.arange(12.0).reshape(6, 2), [0, 1, 0, 1, 0, 1]).predict_proba(np.ones((1, 2)));"
        "print(sorted({'torch', 'numba', 'lightgbm'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_examples_in_the_docstrings_hold():
    assert doctest.testmod(linear).failed == 0


def test_real_applicants_in_raw_units_reach_the_optimum_in_ten_steps():
    path = DATA / "taiwan_credit_default" / "UCI_Credit_Card.csv.gz"
    if not path.exists():
        pytest.skip(f"{path.name} is not at hand: set CASESTUDIES_TEST_DATA")
    with gzip.open(path) as file:
        table = pd.read_csv(file).dropna()
    X, y = table.iloc[:, 1:-1].to_numpy(float), table.iloc[:, -1].to_numpy()
    model = LogisticRegression().fit(X, y)
    peer = sklearn.linear_model.LogisticRegression(solver="newton-cholesky", tol=1e-12).fit(X, y)
    assert objective(model, X, y) <= objective(peer, X, y) * (1 + 1e-8)
    assert model.n_iter_ <= 10
    folds = np.empty(len(y), dtype=int)
    for fold, (_, out) in enumerate(StratifiedKFold(5).split(X, y)):
        folds[out] = fold
    margins = cross_validated_path(StandardScaler().fit_transform(X), y, [1e-3, 1.0], folds).margins
    loss = (np.logaddexp(0, margins) - y[:, None] * margins).mean(0)
    assert (loss < 0.47).all()  # 0.528 without any column


@pytest.mark.parametrize("penalty", ["l1", "elasticnet"])
@pytest.mark.parametrize("shape", [(300, 5), (40, 60)], ids=["long", "wide"])
def test_l1_and_elastic_net_are_scikit_learns(penalty, shape):
    X, y = sample(*shape)
    ratio = {"l1": 1.0, "elasticnet": 0.3}[penalty]
    ours = LogisticRegression(C=0.3, penalty=penalty, l1_ratio=None if ratio == 1 else ratio).fit(X, y)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONWARNINGS", "ignore")
        theirs = sklearn.linear_model.LogisticRegression(
            C=0.3, l1_ratio=ratio, solver="saga", tol=1e-9, max_iter=50_000
        ).fit(X, y)

    def value(model):
        z = X @ model.coef_[0] + model.intercept_[0]
        price = ratio * np.abs(model.coef_).sum() + (1 - ratio) * (model.coef_**2).sum() / 2
        return 0.3 * (np.logaddexp(0, z) - y * z).sum() + price

    assert value(ours) <= value(theirs) * (1 + 1e-7)
    assert ((ours.coef_ == 0) == (np.abs(theirs.coef_) < 1e-6)).all()


def test_bounds_hold_and_those_that_do_not_matter_change_nothing():
    X, y = sample()
    free = LogisticRegression().fit(X, y)
    np.testing.assert_allclose(LogisticRegression(bounds=(-50, 50)).fit(X, y).coef_, free.coef_, rtol=1e-5)
    signed = LogisticRegression(bounds=(0, np.inf)).fit(X, y)
    assert (signed.coef_ >= 0).all()
    each = LogisticRegression(bounds=(np.full(5, -0.1), np.arange(5.0))).fit(X, y)
    assert (each.coef_[0] >= -0.1).all()
    assert (each.coef_[0] <= np.arange(5)).all()
    kept = free.coef_[0] > 0
    assert kept.any()
    assert not kept.all()
    assert (signed.coef_[0][~kept] == 0).sum() >= 1


@pytest.mark.parametrize(("penalty", "l1_ratio"), [("l1", None), ("elasticnet", 0.4)])
def test_bounds_with_kinks_are_the_optimum_of_a_general_solver(penalty, l1_ratio):
    X, y = sample()
    lower, upper, share = np.full(5, -0.1), np.array([np.inf, 0.05, np.inf, 0.2, 0.0]), l1_ratio or 1.0
    ours = LogisticRegression(penalty=penalty, l1_ratio=l1_ratio, C=0.05, bounds=(lower, upper)).fit(X, y)

    def value(both):  # a coefficient is the difference of two that are not negative
        w = both[:5] - both[5:10]
        z = X @ w + both[10]
        return (np.logaddexp(0, z) - y * z).sum() + 20 * (share * both[:10].sum() + (1 - share) / 2 * w @ w)

    ends = [(0, max(top, 0)) for top in upper] + [(0, max(-end, 0)) for end in lower] + [(None, None)]
    theirs = minimize(value, np.zeros(11), method="L-BFGS-B", bounds=ends, options={"ftol": 1e-14, "gtol": 1e-9})
    w = ours.coef_[0]
    mine = value(np.concatenate([np.maximum(w, 0), np.maximum(-w, 0), ours.intercept_]))
    assert mine <= theirs.fun * (1 + 1e-7)
    assert ((lower <= w) & (w <= upper)).all()
    assert 0 < np.count_nonzero(w) < 5


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"penalty": "l3"}, "penalty is 'l3'; it is one of 'l2', 'l1', 'elasticnet' and None"),
        ({"penalty": "elasticnet"}, "l1_ratio is None"),
        ({"l1_ratio": 0.5}, "l1_ratio is 0.5"),
    ],
)
def test_a_penalty_that_is_none_is_refused(settings, words):
    X, y = sample()
    with pytest.raises(ValueError) as caught:
        LogisticRegression(**settings).fit(X, y)
    assert words in str(caught.value)


@pytest.mark.parametrize("scoring", ["neg_log_loss", "roc_auc", "accuracy"])
@pytest.mark.parametrize("cv", [StratifiedKFold(4, shuffle=True, random_state=0), ShuffleSplit(3, random_state=0)])
def test_scores_and_choice_are_those_of_scikit_learns_loop(scoring, cv):
    X, y = sample(400, 6)
    Cs = np.geomspace(1e-3, 10, 5)
    weights = np.random.default_rng(0).random(400) + 0.5
    ours = LogisticRegressionCV(Cs=Cs, cv=cv, scoring=scoring).fit(X, y, sample_weight=weights)
    for fold, (train, test) in enumerate(cv.split(X, y)):
        for k, C in enumerate(Cs):
            one = sklearn.linear_model.LogisticRegression(C=C, solver="newton-cholesky", tol=1e-12)
            one.fit(X[train], y[train], sample_weight=weights[train])
            np.testing.assert_allclose(ours.coefs_paths_[fold, k, :-1], one.coef_[0], rtol=1e-4, atol=1e-6)
            score = get_scorer(scoring)(one, X[test], y[test], sample_weight=weights[test])
            assert ours.scores_[fold, k] == pytest.approx(score, abs=1e-6)
    assert Cs[ours.scores_.mean(axis=0).argmax()] == ours.C_
    np.testing.assert_allclose(
        ours.coef_, LogisticRegression(C=ours.C_).fit(X, y, sample_weight=weights).coef_, rtol=1e-6, atol=1e-8
    )
    np.testing.assert_array_equal(ours.coefs_path_[list(Cs).index(ours.C_), :-1], ours.coef_[0])


def test_the_share_of_l1_is_chosen_too():
    X, y = sample(300, 8)
    model = LogisticRegressionCV(Cs=4, penalty="elasticnet", l1_ratios=[0.0, 0.5, 1.0]).fit(X, y)
    assert model.scores_.shape == (5, 3, 4)
    assert model.coefs_paths_.shape == (5, 3, 4, 9)
    share, C = np.unravel_index(model.scores_.mean(axis=0).argmax(), (3, 4))
    assert (model.l1_ratio_, model.C_) == ([0.0, 0.5, 1.0][share], model.Cs_[C])


def test_groups_go_to_the_splitter_by_metadata_routing():
    X, y = sample(200)
    groups = np.arange(200) // 20
    with sklearn.config_context(enable_metadata_routing=True):
        model = LogisticRegressionCV(Cs=3, cv=GroupKFold(5)).set_fit_request(groups=True, sample_weight=True)
        pipe = make_pipeline(StandardScaler().set_fit_request(sample_weight=False), model).fit(
            X, y, groups=groups, sample_weight=np.ones(200)
        )
    assert pipe[-1].scores_.shape == (5, 3)


def test_folds_with_one_class_are_refused_by_number():
    X, y = sample(40)
    split = [(np.flatnonzero(y == 0), np.flatnonzero(y == 1))]
    with pytest.raises(ValueError, match="the rows that fold 1 trains on have one class only"):
        LogisticRegressionCV(cv=split).fit(X, y)


@pytest.mark.parametrize("C", [0.01, 1.0, 100.0])
@pytest.mark.parametrize("fit_intercept", [True, False])
def test_softmax_regression_is_scikit_learns(C, fit_intercept):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 4))
    y = np.array(["a", "b", "c"])[(X @ rng.normal(size=(4, 3)) + rng.gumbel(size=(300, 3))).argmax(1)]
    weights = rng.integers(1, 3, 300).astype(float)
    settings = {"C": C, "fit_intercept": fit_intercept}
    ours = SoftmaxRegression(**settings).fit(X, y, sample_weight=weights)
    theirs = sklearn.linear_model.LogisticRegression(**settings, tol=1e-10, max_iter=5000)
    theirs.fit(X, y, sample_weight=weights)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-4)
    np.testing.assert_allclose(ours.intercept_, theirs.intercept_ - theirs.intercept_.mean(), atol=1e-4)
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-5)
    assert ours.certificate_.suboptimality.max() <= 1e-8


def test_sparse_rows_give_what_dense_rows_give():
    X, y = sample(300)
    X = np.where(np.abs(X) > 1, X, 0.0)
    for model in (LogisticRegression(), LogisticRegressionCV(Cs=3), SoftmaxRegression()):
        sparse, dense = clone(model).fit(csr_matrix(X), y), clone(model).fit(X, y)
        np.testing.assert_allclose(sparse.coef_, dense.coef_, rtol=1e-5, atol=1e-7)
        np.testing.assert_allclose(sparse.predict_proba(csr_matrix(X)), dense.predict_proba(X), rtol=1e-5)
