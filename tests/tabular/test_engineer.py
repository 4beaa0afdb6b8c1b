"""Made columns: equal to scikit-learn where it has them, the same after JSON, and blind to a row's own label."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import KBinsDiscretizer, PolynomialFeatures, StandardScaler, TargetEncoder

from casestudies.errors import ConfigError, DataError
from casestudies.models.linear import LogisticRegression
from casestudies.tabular.encode import Encoder
from casestudies.tabular.engineer import FeatureEncoder
from casestudies.tabular.rates import smoothed_rates
from casestudies.tabular.wanted import Wanted

RANDOM = np.random.default_rng(4)
ROWS = 900
KINDS = {"age": "whole", "income": "money", "purpose": "category", "home": "category", "owner": "flag"}
X = pd.DataFrame(
    {
        "age": RANDOM.integers(18, 80, ROWS).astype(float),
        "income": np.where(RANDOM.random(ROWS) < 0.1, np.nan, RANDOM.lognormal(8, 1.0, ROWS)),
        "purpose": pd.Categorical(np.array(["car", "boat", None])[RANDOM.choice(3, ROWS, p=[0.7, 0.2, 0.1])]),
        "home": np.array(["own", "rent", "hut"])[RANDOM.choice(3, ROWS, p=[0.6, 0.35, 0.05])],
        "owner": (RANDOM.random(ROWS) < 0.5).astype(float),
    }
)
Y = (RANDOM.random(ROWS) < np.where(X["home"] == "rent", 0.4, 0.15)).astype(float)
FOLDS = np.arange(ROWS) % 5
EVERYTHING = Wanted((("age", "income"), ("purpose", "owner")), {"age": 3}, ("home",), {"income": 5}, 2)


def made(wanted, frame=X):
    """The columns behind those of the plain encoder, and their names."""
    encoder = FeatureEncoder(KINDS, wanted).fit(frame, Y)
    plain = Encoder(KINDS).fit(frame).transform(frame).shape[1]
    return encoder.transform(frame)[:, plain:], encoder.feature_names[plain:]


def again(encoder):
    return FeatureEncoder.from_dict(json.loads(json.dumps(encoder.to_dict())))


def test_without_wishes_it_is_the_plain_encoder_and_reads_its_json():
    plain, fitted = Encoder(KINDS, log=True).fit(X), FeatureEncoder(KINDS, log=True).fit(X)
    assert fitted.to_dict() == plain.to_dict()
    assert again(plain).transform(X).tobytes() == plain.transform(X).tobytes() == fitted.transform(X).tobytes()
    assert list(fitted.origin) == list(plain.origin)


def test_powers_and_products_of_numbers_are_those_of_scikit_learn_scaled():
    columns, names = made(Wanted((("age", "income"),), {"age": 3}))
    numbers = Encoder(KINDS).fit(X).transform(X)[:, :2]
    peer = PolynomialFeatures(3, include_bias=False).fit(numbers)
    at = {name: i for i, name in enumerate(peer.get_feature_names_out(["age", "income"]))}
    expected = StandardScaler().fit_transform(peer.transform(numbers)[:, [at["age^2"], at["age^3"], at["age income"]]])
    assert names == ["age^2", "age^3", "age x income"]
    np.testing.assert_allclose(columns, expected, rtol=1e-10, atol=1e-12)


def test_a_number_and_a_category_give_the_number_within_each_level():
    columns, names = made(Wanted((("age", "home"),)))
    age = StandardScaler().fit_transform(X[["age"]])[:, 0]
    assert names == ["age x home = hut", "age x home = own", "age x home = rent"]
    for column, level in zip(columns.T, ["hut", "own", "rent"], strict=True):
        np.testing.assert_allclose(column, np.where(X["home"] == level, age, 0), atol=1e-12)


def test_two_categories_give_their_pairs_and_rare_pairs_are_one():
    columns, names = made(Wanted((("purpose", "home"),)))
    cells = X["purpose"].astype(object).fillna("?") + "+" + X["home"]
    counts = cells.value_counts()
    frequent = sorted(counts.index[counts >= 10])
    assert 0 < len(frequent) < len(counts)
    told = {}
    for pair in frequent:
        purpose, home = pair.split("+")
        told[pair] = f"purpose {'is missing' if purpose == '?' else '= ' + purpose} x home = {home}"
    assert set(names) == {*told.values(), "purpose x home = (other)"}
    for pair, name in told.items():
        assert np.array_equal(columns[:, names.index(name)] == 1, cells == pair)
    assert np.array_equal(columns.sum(axis=1), np.ones(ROWS))
    new = pd.DataFrame({**{name: X[name].iloc[:1] for name in X}, "purpose": ["ship"]})
    assert not FeatureEncoder(KINDS, Wanted((("purpose", "home"),))).fit(X).transform(new)[0, -len(names) :].any()


def test_bins_are_those_of_scikit_learn_and_missing_cells_are_in_none():
    columns, names = made(Wanted(bins={"income": 4}))
    held = X["income"].notna().to_numpy()
    peer = KBinsDiscretizer(4, encode="onehot-dense", strategy="quantile", quantile_method="inverted_cdf")
    assert np.array_equal(columns[held], peer.fit_transform(X.loc[held, ["income"]]))
    assert not columns[~held].any()
    assert names[0].startswith("income: below ")
    assert len(made(Wanted(bins={"owner": 10}))[1]) == 2  # equal quantiles are one edge


def test_components_are_those_of_scikit_learn_scaled_to_one():
    columns, names = made(Wanted(pca=3))
    encoded = Encoder(KINDS).fit(X).transform(X)
    expected = PCA(3, whiten=True, svd_solver="full").fit_transform(encoded)
    np.testing.assert_allclose(columns, expected, atol=1e-9)
    assert names == ["component 1", "component 2", "component 3"]


@pytest.mark.parametrize("weight", [None, 2.0])
def test_rates_are_those_of_scikit_learns_target_encoder(weight):
    cells = X["home"].to_numpy()[:, None]
    peer = TargetEncoder(smooth="auto", target_type="binary").fit(cells, Y)
    levels, codes = np.unique(cells[:, 0], return_inverse=True)
    told = smoothed_rates(codes, Y, np.full(ROWS, weight or 1.0), len(levels) + 1)
    if weight is None:
        np.testing.assert_allclose(told[:-1], peer.encodings_[0], rtol=1e-12)
    twice = smoothed_rates(np.tile(codes, 2), np.tile(Y, 2), np.ones(2 * ROWS), len(levels) + 1)
    if weight is not None:
        np.testing.assert_allclose(told, twice, rtol=1e-12)
    assert told[-1] == pytest.approx(Y.mean())


def test_a_training_row_has_the_rate_of_the_other_folds():
    encoder = FeatureEncoder(KINDS, Wanted(target_encode=("home",)))
    matrix = encoder.fit_transform(X, Y, FOLDS)
    place = encoder.feature_names.index("home (rate)")
    plan = encoder.plans_["home"]
    for fold in range(5):
        held = fold == FOLDS
        peer = TargetEncoder(smooth="auto", target_type="binary").fit(X.loc[~held, ["home"]], Y[~held])
        expected = (peer.transform(X.loc[held, ["home"]])[:, 0] - plan.centre) / plan.scale
        np.testing.assert_allclose(matrix[held, place], expected, rtol=1e-9, atol=1e-12)
    one = Y.copy()
    one[0] = 1 - one[0]
    changed = FeatureEncoder(KINDS, Wanted(target_encode=("home",)))
    other = (
        changed.fit_transform(X, one, FOLDS)[:, place] * changed.plans_["home"].scale + changed.plans_["home"].centre
    )
    assert other[0] == pytest.approx(matrix[0, place] * plan.scale + plan.centre, abs=1e-12)
    assert np.array_equal(
        encoder.transform(X)[:, place], FeatureEncoder(KINDS, encoder.wanted).fit(X, Y).transform(X)[:, place]
    )


def test_rare_levels_new_levels_and_missing_cells_have_a_rate():
    frame = pd.DataFrame({"shop": ["a"] * 40 + ["b"] * 40 + ["tiny"] * 3 + [None] * 17})
    y = np.r_[np.ones(20), np.zeros(20), np.zeros(40), np.ones(3), np.ones(17)]
    encoder = FeatureEncoder({"shop": "category"}, Wanted(target_encode=("shop",))).fit(frame, y)
    assert encoder.feature_names == ["shop (rate)"]
    assert "tiny" not in json.dumps(encoder.to_dict())
    told = encoder.transform(pd.DataFrame({"shop": ["a", "b", "tiny", "new", None]}))[:, 0]
    assert told[2] == told[3]
    assert told[1] < told[0] < told[4]
    assert {problem.code for problem in encoder.unfamiliar(pd.DataFrame({"shop": ["new"] * 2}))} == {"unseen_level"}


def test_a_category_of_chance_is_no_news_to_rows_held_out():
    """300 levels drawn at random: fitted on their own labels they look like news, cross-fitted they do not."""
    own, crossed = [], []
    for seed in range(4):
        random = np.random.default_rng(seed)
        frame = pd.DataFrame({"shop": random.integers(0, 100, 2400).astype(str)})
        y = (random.random(2400) < 0.3).astype(float)
        folds = np.arange(2400) % 4
        encoder = FeatureEncoder({"shop": "category"}, Wanted(target_encode=("shop",)))
        train = encoder.fit_transform(frame[:1600], y[:1600], folds[:1600])
        model = LogisticRegression(C=1.0).fit(train, y[:1600])
        own.append(roc_auc_score(y[:1600], encoder.transform(frame[:1600])[:, 0]))
        crossed.append(roc_auc_score(y[:1600], train[:, 0]))
        assert abs(model.coef_[0, 0]) < 0.15
    assert min(own) > 0.6
    assert abs(np.mean(crossed) - 0.5) < 0.03


def test_everything_reads_back_from_json_with_the_same_bits_and_row_by_row():
    encoder = FeatureEncoder(KINDS, EVERYTHING, log=True)
    matrix = encoder.fit_transform(X, Y, FOLDS)
    assert matrix.shape[1] == len(encoder.feature_names) == len(encoder.origin) == len(set(encoder.feature_names))
    new = X.assign(home=np.where(np.arange(ROWS) < 9, "tent", X["home"]))
    told = encoder.transform(new)
    assert again(encoder).transform(new).tobytes() == told.tobytes()
    assert again(encoder).feature_names == encoder.feature_names
    assert again(encoder).to_dict() == encoder.to_dict()
    assert again(encoder).notes == encoder.notes
    np.testing.assert_allclose(encoder.transform(new.iloc[[5]])[0], told[5], rtol=1e-12, atol=1e-14)
    turned = new[new.columns[::-1]].assign(home=new["home"].astype("category"), extra=1.0)
    assert np.array_equal(encoder.transform(turned), told)


def test_the_order_of_training_rows_does_not_matter():
    order = RANDOM.permutation(ROWS)
    one = FeatureEncoder(KINDS, EVERYTHING).fit(X, Y)
    other = FeatureEncoder(KINDS, EVERYTHING).fit(X.iloc[order], Y[order])
    assert one.feature_names == other.feature_names
    np.testing.assert_allclose(np.abs(other.transform(X)), np.abs(one.transform(X)), rtol=1e-8, atol=1e-8)


def test_origins_name_both_columns_of_a_product_and_columns_name_each_once():
    encoder = FeatureEncoder(KINDS, Wanted((("age", "income"),), {"age": 2}, pca=1)).fit(X)
    assert encoder.columns == list(KINDS)
    assert encoder.origin[-3:] == ["age", "age x income", "principal components"]
    assert encoder.sources[-3:] == [("age",), ("age", "income"), tuple(KINDS)]
    assert encoder.sources[0] == ("age",)


def test_products_name_the_columns_they_multiply():
    encoder = FeatureEncoder(KINDS, EVERYTHING).fit(X, Y)
    matrix = encoder.transform(X)
    assert len(encoder.products) == 1 + 3
    for column, (first, second, scale) in encoder.products.items():
        product = matrix[:, first] * matrix[:, second] / scale
        np.testing.assert_allclose(matrix[:, column] - matrix[:, column].mean(), product - product.mean(), atol=1e-10)
        assert encoder.origin[column] == f"{encoder.origin[first]} x {encoder.origin[second]}"


def test_components_fold_back_into_the_columns_they_are_made_of():
    encoder = FeatureEncoder(KINDS, Wanted((("age", "income"),), pca=3)).fit(X)
    matrix = encoder.transform(X)
    coef = RANDOM.normal(size=matrix.shape[1])
    spread, intercept = encoder.folded(coef, 0.3)
    np.testing.assert_allclose(matrix @ spread + intercept, matrix @ coef + 0.3, rtol=1e-10, atol=1e-10)
    assert not spread[-3:].any()
    assert FeatureEncoder(KINDS).fit(X).folded(coef, 0.3)[0] is coef


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (Wanted(polynomials={"agee": 2}), "features.polynomials: 'agee' is not a feature; did you mean 'age'"),
        (Wanted((("age", "hom"),)), "features.interactions: 'hom' is not a feature; did you mean 'home'"),
        (Wanted(bins={"home": 3}), "features.bins: 'home' is a category, and numbers are wanted"),
        (Wanted(target_encode=("age",)), "features.target_encode: 'age' holds numbers, and a category is wanted"),
        (Wanted((("age", "age"),)), "'age' is paired with itself; write features.polynomials: {age: 2}"),
        (Wanted((("age", "home"),), target_encode=("home",)), "'home' is target-encoded and has no levels left"),
        (Wanted(pca=40), "features.pca: 40 components are wanted of 10 encoded columns"),
    ],
)
def test_wishes_that_cannot_be_met_are_named_with_the_nearest_column(wanted, said):
    with pytest.raises(ConfigError, match=said.replace("(", r"\(")):
        FeatureEncoder(KINDS, wanted).fit(X, Y)


def test_target_encoding_asks_for_labels_and_for_folds():
    encoder = FeatureEncoder(KINDS, Wanted(target_encode=("home",)))
    assert encoder.supervised
    assert clone(encoder).wanted == encoder.wanted
    with pytest.raises(DataError, match="target encoding reads the label"):
        encoder.fit(X)
    with pytest.raises(ValueError, match="wants folds"):
        encoder.fit_transform(X, Y)
