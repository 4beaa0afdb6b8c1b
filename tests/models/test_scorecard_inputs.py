"""The scorecard under a notebook's hands: frames as pandas can make them, and parameters as people mistype them."""

import datetime
import decimal

import numpy as np
import pandas as pd
import pytest

from casestudies.errors import CaseError, ConfigError, DataError
from casestudies.models.scorecard.scorecard import Scorecard

ROWS = 400


@pytest.fixture(scope="module")
def rows():
    random = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "age": random.integers(18, 70, ROWS).astype(float),
            "home": random.choice(["own", "rent", "free"], ROWS),
            "flag": random.integers(0, 2, ROWS),
        }
    )
    y = (random.random(ROWS) < 1 / (1 + np.exp(0.08 * (frame["age"] - 40) + (frame["home"] == "own")))).astype(int)
    return frame, y.to_numpy()


def card(**wishes):
    return Scorecard(**{"method": "woe", "C": 0.1, "cv": 0, **wishes})


@pytest.fixture(scope="module")
def plain(rows):
    return card().fit(*rows)


SAME = {
    "Int64": lambda X: X.astype({"age": "Int64", "flag": "Int8"}),
    "boolean": lambda X: X.assign(flag=X["flag"].astype("boolean")),
    "bool": lambda X: X.assign(flag=X["flag"].astype(bool)),
    "bool objects": lambda X: X.assign(flag=X["flag"].astype(bool).astype(object)),
    "string": lambda X: X.astype({"home": "string"}),
    "unused levels": lambda X: X.assign(home=pd.Categorical(X["home"], ["zoo", "rent", "own", "free", "quay"])),
    "ordered levels": lambda X: X.assign(home=pd.Categorical(X["home"], ordered=True)),
    "pyarrow": lambda X: X.convert_dtypes(dtype_backend="pyarrow"),
    "nullable": lambda X: X.convert_dtypes(),
    "float32": lambda X: X.astype({"age": "float32"}),
    "small integers": lambda X: X.astype({"age": "int8"}),
    "objects that are numbers": lambda X: X.astype({"age": object}),
    "decimals": lambda X: X.assign(age=[decimal.Decimal(int(age)) for age in X["age"]]),
    "sparse": lambda X: X.assign(flag=pd.arrays.SparseArray(X["flag"].to_numpy())),
    "another index": lambda X: X.set_index(np.arange(ROWS)[::-1] + 7),
    "further dates": lambda X: X.assign(day=pd.date_range("2024-01-01", periods=ROWS)),
    "further spans of time": lambda X: X.assign(span=pd.to_timedelta(np.arange(ROWS), "D")),
    "further complex numbers": lambda X: X.assign(wave=np.arange(ROWS) * 1j),
    "a column of gaps": lambda X: X.assign(gap=pd.array([pd.NA] * ROWS, "Int64")),
    "a column of None": lambda X: X.assign(gap=None),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", SAME)
def test_the_same_cells_in_another_dtype_make_the_same_card(name, rows, plain):
    X, y = rows
    frame = SAME[name](X)
    made = card().fit(frame, y)
    np.testing.assert_array_equal(made.score(frame), plain.score(X))
    np.testing.assert_array_equal(plain.score(frame), plain.score(X))


@pytest.mark.parametrize(
    "home",
    [pd.Categorical([1, 2, 3, 3] * 100), pd.Series([1, "1", 1.0, None, pd.NA, True, 2.5, "x"] * 50, dtype=object)],
    ids=["numbers as levels", "texts and numbers mixed"],
)
def test_odd_levels_are_levels(home, rows):
    X, y = rows
    made = card().fit(X.assign(home=home), y)
    assert (
        Scorecard.from_json(made.to_json()).score(X.assign(home=home)).tolist()
        == made.score(X.assign(home=home)).tolist()
    )


def test_gaps_of_nullable_columns_are_missing_cells(rows):
    X, y = rows
    gaps = np.arange(ROWS) % 7 == 0
    frame = X.assign(age=X["age"].astype("Int64").mask(gaps), home=X["home"].astype("string").mask(gaps))
    usual = X.assign(age=X["age"].mask(gaps), home=X["home"].astype(object).mask(gaps, None))
    made = card().fit(frame, y)
    np.testing.assert_array_equal(made.score(frame), card().fit(usual, y).score(usual))


@pytest.mark.parametrize("names", [[0, 1, 2], [("a", "x"), ("a", "y"), ("b", "x")], [None, 2.5, True]])
def test_names_that_are_no_texts_are_named_by_their_text(names, rows, plain):
    X, y = rows
    frame = X.set_axis(pd.Index(names, tupleize_cols=False), axis=1)
    made = card().fit(frame, y)
    np.testing.assert_array_equal(made.score(frame), plain.score(X))
    assert set(made.card_.columns) <= set(map(str, names))


def test_a_frame_of_two_header_rows_is_read(rows, plain):
    X, y = rows
    frame = X.set_axis(pd.MultiIndex.from_tuples([("a", "x"), ("a", "y"), ("b", "x")]), axis=1)
    np.testing.assert_array_equal(card().fit(frame, y).score(frame), plain.score(X))


def test_weights_go_by_place_whatever_their_index(rows):
    X, y = rows
    weight = 1.0 + np.arange(ROWS) % 3
    told = pd.Series(weight, index=np.arange(ROWS)[::-1])
    np.testing.assert_array_equal(card().fit(X, y, told).score(X), card().fit(X, y, weight).score(X))


@pytest.mark.parametrize("kind", ["boolean", "Int64", "category", "string", "int64[pyarrow]"])
def test_labels_may_be_of_any_dtype(kind, rows, plain):
    X, y = rows
    np.testing.assert_array_equal(card().fit(X, pd.Series(y).astype(kind)).score(X), plain.score(X))


def test_levels_by_hand_may_be_absent_from_the_rows_at_hand(rows):
    X, y = rows
    levels = X.assign(home=pd.Categorical(X["home"], ["own", "rent", "free", "boat"]))
    made = card(bins={"home": [["own"], ["rent", "free"], ["boat"]]}).fit(levels, y)
    assert made.card_.characteristics[0].bins.labels
    with pytest.raises(ConfigError, match="there is no level 'boat'"):
        card(bins={"home": [["own"], ["boat"]]}).fit(X, y)


def test_a_card_of_nothing_still_tells_its_path():
    y = np.arange(200) % 4 == 0
    made = Scorecard("woe").fit(pd.DataFrame({"a": np.where(np.arange(200) < 3, 1.5, 2.5)}), y)
    assert made.path_.to_dict()["sizes"].keys() <= {"a"}


REFUSED = {
    "two columns of one name": (lambda X: X.set_axis(["age", "home", "age"], axis=1), {}, "two columns 'age'"),
    "0 and '0'": (lambda X: X.set_axis([0, "0", 2], axis=1), {}, "two columns '0'"),
    "lists": (lambda X: X.assign(home=[[1], [2]] * 200), {}, "column home: holds lists"),
    "text as numbers": (lambda X: X, {"kinds": {"home": "number"}}, "column home: holds cells that are no numbers"),
    "infinity": (lambda X: X.assign(age=np.inf), {}, "column age: holds 400 numbers that are not finite"),
    "a pair's name": (lambda X: X.assign(**{"age x home": X["age"]}), {"pairs": [("age", "home")]}, "'age x home'"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_frame_that_is_no_table_is_refused_in_one_line(name, rows):
    X, y = rows
    change, wishes, part = REFUSED[name]
    with pytest.raises(CaseError) as caught:
        card(**wishes).fit(change(X), y)
    assert part in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("wishes", "part"),
    [
        ({"C": np.inf}, "C: 'inf'"),
        ({"C": True}, "C: 'True'"),
        ({"max_bins": "3"}, "max_bins: '3'"),
        ({"max_bins": None}, "max_bins: None"),
        ({"pdo": "a"}, "pdo: 'a' is no number"),
        ({"pdo": 1e-300}, "pdo: 1e-300 is no scale"),
        ({"odds": 1e308}, "odds: 1e+308 is no scale"),
        ({"points": 1e300}, "points: 1e+300 is no scale"),
        ({"points": np.nan}, "points: 'nan' is no number"),
        ({"prior": "a"}, "prior: 'a' is no rate"),
        ({"monotone": ["age"]}, "monotone: '['age']' is no dictionary"),
        ({"monotone": {"age": "up"}, "bins": {"age": [40]}}, "monotone.age: 'age' has bins by hand"),
        ({"monotone": {"age": "up"}, "pairs": [("age", "home")]}, "monotone.age: 'age' is also one of a pair"),
        ({"special": {"age": 5}}, "special.age: '5' is no list"),
        ({"special": {"age": [True]}}, "special.age: 'True' is no number"),
        ({"bins": {"age": [10**400]}}, "bins.age"),
        ({"bins": {"home": "own"}}, "bins.home: 'own' is no list"),
        ({"bins": {"age": [40]}, "special": {"age": ["x"]}}, "special.age: 'x' is no number"),
        ({"force": "age"}, "force: 'age' is no list"),
        ({"exclude": None}, "exclude: 'None' is no list"),
        ({"pairs": ["age", "home"]}, "pairs: 'age' are not two columns"),
        ({"pairs": [("age", "home"), ("home", "age")]}, "pairs: a pair is named twice"),
        ({"kinds": ["age"]}, "kinds: '['age']' is no dictionary"),
        ({"seed": -1}, "seed: -1 is no seed"),
        ({"cv": "5"}, "cv: '5' is no number of folds"),
        ({"cv": 2.5}, "cv: '2.5' is no number of folds"),
    ],
    ids=str,
)
def test_a_parameter_that_makes_no_sense_is_named(wishes, part, rows):
    with pytest.raises(ConfigError) as caught:
        card(**wishes).fit(*rows)
    assert part in str(caught.value)


def test_numbers_of_numpy_are_numbers(rows):
    X, y = rows
    told = card(special={"age": [np.int64(30)]}, bins={"age": [np.float32(40), np.int64(50)]}).fit(X, y)
    plain = card(special={"age": [30]}, bins={"age": [40, 50]}).fit(X, y)
    np.testing.assert_array_equal(told.score(X), plain.score(X))


@pytest.mark.parametrize(
    ("change", "part"),
    [
        (lambda X: X.rename(columns={"age": "Age"}), "'age', which the model needs; did you mean 'Age'?"),
        (lambda X: X.drop(columns="home"), "no column 'home'"),
        (lambda X: X.assign(age="old"), "column age: holds cells that are no numbers"),
        (lambda X: X.assign(age=datetime.datetime(2024, 1, 1)), "column age: holds cells that are no numbers"),
        (lambda X: X.assign(home=[{}] * ROWS), "column home: holds lists"),
        (lambda X: pd.concat([X, X[["age"]]], axis=1), "two columns 'age'"),
    ],
)
def test_rows_that_do_not_fit_the_card_are_refused_in_one_line(change, part, rows, plain):
    with pytest.raises(DataError) as caught:
        plain.score(change(rows[0]))
    assert part in str(caught.value)


def test_what_training_never_met_is_scored(rows, plain):
    X, _ = rows
    for change in ({"home": "boat"}, {"home": None, "age": np.nan}, {"home": 3}):
        assert np.isfinite(plain.score(X.assign(**change))).all()


@pytest.mark.parametrize(("weight", "part"), [(1e-300, "1e-300"), (np.nan, "NaN"), (-1.0, "Negative"), (0.0, "zero")])
def test_weights_that_are_none_are_refused(weight, part, rows):
    with pytest.raises((CaseError, ValueError), match=part):
        card().fit(*rows, np.full(ROWS, weight))
