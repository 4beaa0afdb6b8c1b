"""What is resampled, and what is left as it was."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casestudies.errors import DataError
from casestudies.models.resampling import class_weights, smote, undersampled


def table(seed, rows=150, rate=0.2, gaps=True, kind="mixed", weighted=False):
    """Two numbers (one of a large scale) and two codes."""
    random = np.random.default_rng(seed)
    y = (np.arange(rows) < max(3, rows * rate)).astype(float)
    random.shuffle(y)
    X = np.column_stack(
        (
            random.normal(5 + 2 * y, 1),
            random.normal(1e6, 1e5, rows),
            random.integers(0, 4, rows),
            random.integers(0, 3, rows) + 0.0,
        )
    )
    if gaps:
        X[random.random(X.shape) < 0.15] = np.nan
    columns = {"mixed": [0, 1, 2, 3], "numbers": [0, 1], "codes": [2, 3]}[kind]
    weight = random.choice([0.5, 1.0, 4.0], rows) if weighted else np.ones(rows)
    return X[:, columns], y, weight, tuple(i for i, c in enumerate(columns) if c > 1)


def masses(told):
    return told.weight[told.y > 0].sum(), told.weight[told.y == 0].sum()


@given(st.integers(0, 10_000), st.booleans(), st.sampled_from(["mixed", "numbers", "codes"]), st.booleans())
def test_smote_keeps_every_row_and_balances_the_weight(seed, gaps, kind, weighted):
    X, y, weight, codes = table(seed, gaps=gaps, kind=kind, weighted=weighted)
    told = smote(X, y, weight, codes, seed=1)
    assert np.array_equal(told.X[: len(y)], X, equal_nan=True)
    assert np.array_equal(told.y[: len(y)], y)
    assert np.array_equal(told.weight[: len(y)], weight)
    assert np.all(told.y[len(y) :] == 1)
    events, others = masses(told)
    assert events == pytest.approx(others)


@given(st.integers(0, 10_000), st.booleans(), st.sampled_from(["mixed", "numbers", "codes"]))
def test_new_rows_stand_among_the_events(seed, gaps, kind):
    X, y, weight, codes = table(seed, gaps=gaps, kind=kind)
    made = smote(X, y, weight, codes, seed=1).X[len(y) :]
    for column in range(X.shape[1]):
        few = X[y > 0, column]
        new = made[:, column]
        assert np.isnan(few).any() or not np.isnan(new).any()  # no gap where events have none
        if column in codes:
            assert set(new[~np.isnan(new)]) <= set(few[~np.isnan(few)])
        elif not gaps:
            slack = 1e-9 * np.abs(few).max()
            assert few.min() - slack <= new.min()
            assert new.max() <= few.max() + slack


def test_the_scale_of_a_column_does_not_choose_the_neighbours():
    X, y, weight, codes = table(3, gaps=False)
    other = X * np.array([1.0, 1e-6, 1.0, 1.0])
    one, two = smote(X, y, weight, codes, 0).X, smote(other, y, weight, codes, 0).X
    assert one * np.array([1.0, 1e-6, 1.0, 1.0]) == pytest.approx(two, rel=1e-9)


def test_smote_is_imbalanced_learns_where_no_preparation_is_needed():
    from imblearn.over_sampling import SMOTE

    random = np.random.default_rng(4)
    y = np.repeat([1.0, 0.0], [30, 90])
    X = random.normal(size=(120, 3))
    X = (X - np.median(X, axis=0)) / X.std(axis=0)
    told = smote(X, y, np.ones(120), (), seed=7)
    peer, labels = SMOTE(random_state=7).fit_resample(X, y)
    assert pytest.approx(peer) == told.X
    assert np.array_equal(told.y, labels)


def test_where_the_other_rows_are_rarer_they_are_the_ones_added():
    X, y, weight, codes = table(5)
    told = smote(X, 1 - y, weight, codes, 0)
    assert np.all(told.y[len(y) :] == 0)
    assert masses(told)[0] == pytest.approx(masses(told)[1])


def test_balanced_classes_are_left_alone_and_a_lonely_row_is_refused():
    X, y = np.random.default_rng(0).normal(size=(10, 2)), np.tile([0.0, 1.0], 5)
    assert smote(X, y, np.ones(10), (), 0).X is X
    with pytest.raises(DataError, match="no neighbour"):
        smote(X, (np.arange(10) == 0).astype(float), np.ones(10), (), 0)


@given(st.integers(0, 10_000), st.booleans())
def test_undersampling_keeps_all_of_the_rarer_class(seed, weighted):
    X, y, weight, _ = table(seed, weighted=weighted)
    told = undersampled(X, y, weight, seed=2)
    rare = 1.0 if weight[y > 0].sum() <= weight[y == 0].sum() else 0.0
    assert np.array_equal(told.X[told.y == rare], X[y == rare], equal_nan=True)
    if not weighted:
        assert (told.y > 0).sum() == (told.y == 0).sum()
    whole = {row.tobytes() for row in X}
    assert all(row.tobytes() in whole for row in told.X)


def test_class_weights_are_scikit_learns_balanced_ones():
    from sklearn.utils.class_weight import compute_sample_weight

    y = np.repeat([1.0, 0.0], [7, 33])
    assert class_weights(y, np.ones(40)) == pytest.approx(compute_sample_weight("balanced", y))


def test_what_is_missing_in_every_event_is_missing_in_the_new_ones():
    X, y, weight, codes = table(6, gaps=False)
    X[y > 0, 1] = np.nan
    X[y > 0, 3] = np.nan
    made = smote(X, y, weight, codes, 0).X[len(y) :]
    assert np.isnan(made).all(axis=0).tolist() == [False, True, False, True]
    assert not np.isnan(made[:, [0, 2]]).any()
