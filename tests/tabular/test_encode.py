"""Features for linear models and for trees: exact after JSON, the same in any order, and honest about new rows."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from casestudies.errors import DataError
from casestudies.tabular.codes import CategoryCodes
from casestudies.tabular.encode import Encoder
from casestudies.tabular.levels import MOST_LEVELS, Levels

RANDOM = np.random.default_rng(11)
ROWS = 1200
KINDS = {"age": "whole", "income": "money", "purpose": "category", "owner": "flag", "opened": "date", "note": "text"}


def frame(rows=ROWS):
    levels = np.array(["car", "home", "boat", None], dtype=object)
    return pd.DataFrame(
        {
            "age": RANDOM.integers(18, 80, rows).astype(float),
            "income": np.where(RANDOM.random(rows) < 0.1, np.nan, RANDOM.lognormal(8, 1.5, rows)),
            "purpose": pd.Categorical(levels[RANDOM.choice(4, rows, p=[0.6, 0.3, 0.004, 0.096])]),
            "owner": (RANDOM.random(rows) < 0.5).astype(float),
            "opened": pd.Timestamp("2024-01-01", tz="UTC"),
            "note": "hello",
        }
    )


X = frame()
ENCODER = Encoder(KINDS).fit(X)
CODES = CategoryCodes(KINDS).fit(X)
BOTH = pytest.mark.parametrize("fitted", [ENCODER, CODES], ids=["matrix", "codes"])


def again(fitted):
    return type(fitted).from_dict(json.loads(json.dumps(fitted.to_dict())))


def test_names_and_origins_of_the_matrix():
    assert ENCODER.feature_names == [
        *["age", "income", "income is missing"],
        *["purpose = car", "purpose = home", "purpose = (other)", "purpose is missing", "owner"],
    ]
    assert ENCODER.origin == ["age", *["income"] * 2, *["purpose"] * 4, "owner"]
    assert ENCODER.transform(X).shape == (ROWS, 8)
    assert ENCODER.transform(X).dtype == np.float64


def test_numbers_are_imputed_and_scaled_as_scikit_learn_does():
    peer = make_pipeline(SimpleImputer(strategy="median", add_indicator=False), StandardScaler())
    expected = peer.fit_transform(X[["age", "income"]])
    np.testing.assert_allclose(ENCODER.transform(X)[:, :2], expected, rtol=1e-12, atol=1e-12)
    assert np.array_equal(ENCODER.transform(X)[:, 2] == 1, X["income"].isna())


def test_every_category_cell_is_in_exactly_one_column():
    block = ENCODER.transform(X)[:, 3:7]
    assert np.array_equal(block.sum(axis=1), np.ones(ROWS))
    assert np.array_equal(block[:, 0] == 1, X["purpose"] == "car")
    assert np.array_equal(block[:, 2] == 1, X["purpose"] == "boat")
    assert np.array_equal(block[:, 3] == 1, X["purpose"].isna())


def test_flags_stay_zero_and_one():
    assert np.array_equal(ENCODER.transform(X)[:, 7], X["owner"])


def test_heavy_tails_are_logged_when_asked_and_that_is_said():
    logged = Encoder(KINDS, log=True).fit(X)
    assert "the logarithm is taken of heavy-tailed columns: income" in logged.notes
    held = X["income"].notna().to_numpy()
    sizes = np.sort(np.abs(X["income"][held & (X["income"] != 0)]))
    usual = sizes[int(np.ceil(0.05 * (len(sizes) - 1)))]
    one, two = logged.transform(X)[held, 1], np.log1p(X["income"][held] / usual)
    assert np.corrcoef(one, two)[0, 1] == pytest.approx(1, abs=1e-12)
    assert np.array_equal(logged.transform(X)[:, 0], ENCODER.transform(X)[:, 0])
    assert np.array_equal(again(logged).transform(X), logged.transform(X))


def test_a_logarithm_says_the_same_in_cents_as_in_euros():
    small = Encoder(KINDS, log=True).fit(X).transform(X)
    cents = X.assign(income=X["income"] * 1000)
    np.testing.assert_allclose(Encoder(KINDS, log=True).fit(cents).transform(cents), small, atol=1e-12)


@BOTH
def test_reading_back_from_json_gives_the_same_bits(fitted):
    new = frame(300).assign(purpose=RANDOM.choice(["car", "ship", None], 300))
    assert np.asarray(again(fitted).transform(new)).tobytes() == np.asarray(fitted.transform(new)).tobytes()
    assert again(fitted).feature_names == fitted.feature_names
    assert again(fitted).to_dict() == fitted.to_dict()
    assert [str(p) for p in again(fitted).unfamiliar(new)] == [str(p) for p in fitted.unfamiliar(new)]


@BOTH
def test_the_order_of_columns_and_the_dtype_of_categories_do_not_matter(fitted):
    turned = X[X.columns[::-1]].assign(purpose=X["purpose"].astype("str"), extra=1.0)
    assert np.array_equal(fitted.transform(turned), fitted.transform(X), equal_nan=True)


@BOTH
def test_rows_are_encoded_one_by_one_as_together(fitted):
    together = np.asarray(fitted.transform(X))
    for row in (0, 7, ROWS - 1):
        assert np.array_equal(np.asarray(fitted.transform(X.iloc[[row]]))[0], together[row], equal_nan=True)


@pytest.mark.parametrize("make", [Encoder, CategoryCodes])
def test_the_order_of_training_rows_does_not_matter(make):
    shuffled = X.sample(frac=1, random_state=3)
    one, other = make(KINDS).fit(X), make(KINDS).fit(shuffled)
    assert one.feature_names == other.feature_names
    np.testing.assert_allclose(other.transform(X), one.transform(X), rtol=1e-12, atol=1e-12)


@BOTH
def test_a_missing_column_is_named_with_its_nearest(fitted):
    with pytest.raises(DataError, match="there is no column 'income', which the model needs; did you mean 'incom'"):
        fitted.transform(X.rename(columns={"income": "incom"}))
    with pytest.raises(DataError, match="no column 'age' and 3 more the model needs"):
        fitted.transform(X[["note"]])


@BOTH
def test_infinities_are_refused_with_their_row(fitted):
    with pytest.raises(DataError, match="row 4, column age: holds 1 numbers that are not finite"):
        fitted.transform(X.assign(age=np.where(np.arange(ROWS) == 3, np.inf, 30)))


@BOTH
def test_new_levels_new_gaps_and_further_columns_are_counted(fitted):
    new = X.assign(purpose=np.where(np.arange(ROWS) < 5, "ship", X["purpose"].astype("str")), extra=1.0)
    new["age"] = new["age"].mask(new.index < 2)
    said = {(p.code, p.column): p for p in fitted.unfamiliar(new)}
    assert said["new_missing", "age"].count == 2
    assert ("new_missing", "income") not in said
    assert "'ship'" in said["unseen_level", "purpose"].rule
    assert "`extra`" in said["extra_column", None].rule
    assert np.isfinite(np.asarray(ENCODER.transform(new))).all()


def test_unseen_levels_go_to_other_and_without_other_to_nothing():
    train = pd.DataFrame({"x": ["a", "b"] * 50})
    encoder = Encoder({"x": "category"}).fit(train)
    assert encoder.feature_names == ["x = a", "x = b"]
    assert encoder.transform(pd.DataFrame({"x": ["c", None, "b"]})).tolist() == [[0, 0], [0, 0], [0, 1]]


@pytest.mark.parametrize(("rows", "least"), [(400, 10), (4000, 20)])
def test_rare_levels_need_ten_rows_and_half_a_per_cent(rows, least):
    cells = ["rare"] * (least - 1) + ["kept"] * least + ["most"] * (rows - 2 * least + 1)
    encoder = Encoder({"x": "category"}).fit(pd.DataFrame({"x": cells}))
    assert encoder.feature_names == ["x = kept", "x = most", "x = (other)"]


def test_names_stay_unique_whatever_columns_are_called():
    odd = pd.DataFrame({"a": [1.0, np.nan] * 20, "a is missing": [1.0, 2.0] * 20})
    assert Encoder().fit(odd).feature_names == ["a", "a is missing", "a is missing'"]


def test_codes_are_places_of_levels_by_size():
    train = pd.DataFrame({"grade": ["10", "9", "2", None] * 5})
    codes = CategoryCodes({"grade": "category"}).fit(train)
    coded = codes.transform(pd.DataFrame({"grade": ["2", "9.0", "10", "11", None]}, index=[5, 6, 7, 8, 9]))
    assert coded["grade"].tolist()[:3] == [0, 1, 2]
    assert coded["grade"].isna().tolist() == [False, False, False, True, True]
    assert coded.index.tolist() == [5, 6, 7, 8, 9]
    assert [codes.level_of("grade", code) for code in (0.0, 2.0, np.nan)] == ["2", "10", "(missing)"]


def test_more_than_two_hundred_levels_share_a_code():
    cells = [f"s{i:03d}" for i in range(250)] + [f"s{i:03d}" for i in range(100, 250)]
    codes = CategoryCodes({"x": "category"}).fit(pd.DataFrame({"x": cells}))
    coded = codes.transform(pd.DataFrame({"x": ["s049", "s050", "s249", "new"]}))["x"].tolist()
    assert coded == [49, MOST_LEVELS, MOST_LEVELS - 1, MOST_LEVELS]  # the 150 frequent ones, then the first of the rest
    assert codes.level_of("x", 200.0) == "(other)"


@pytest.mark.parametrize("make", [Encoder, CategoryCodes])
def test_both_are_scikit_learn_transformers(make):
    assert clone(make(KINDS)).get_params() == make(KINDS).get_params()
    y = (X["age"] > 40).astype(int)
    if make is Encoder:
        fitted = make_pipeline(make(KINDS), LogisticRegression()).fit(X, y)
        assert fitted.score(X, y) > 0.95
    assert make(KINDS).fit_transform(X).shape[0] == ROWS
    assert list(make(KINDS).fit(X).get_feature_names_out()) == make(KINDS).fit(X).feature_names


@pytest.mark.parametrize("make", [Encoder, CategoryCodes])
def test_without_a_usable_column_there_is_an_error(make):
    with pytest.raises(DataError, match="no column can be used as a feature"):
        make({"note": "text"}).fit(X[["note"]])


def test_kinds_come_from_dtypes_when_none_are_given():
    assert set(Encoder().fit(X.assign(owner=X["owner"] == 1)).origin) == {"age", "income", "purpose", "owner", "note"}


CELLS = st.one_of(st.none(), st.text(max_size=3), st.integers(-3, 3).map(str))


@settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.too_slow])
@given(
    train=st.lists(CELLS, min_size=1, max_size=40),
    new=st.lists(CELLS, min_size=1, max_size=10),
    least=st.integers(1, 4),
)
def test_levels_partition_any_cells(train, new, least):
    levels = Levels.of(pd.Series(train, dtype="str"), least=least)
    assert Levels.from_dict(json.loads(json.dumps(levels.to_dict()))) == levels
    cells = pd.Series(new, dtype="str")
    codes = levels.codes(cells)
    assert ((codes == -1) == cells.isna().to_numpy()).all()
    assert ((codes >= -1) & (codes <= len(levels.kept))).all()
    assert sum(levels.strange(cells).values()) == (codes == len(levels.kept)).sum()
