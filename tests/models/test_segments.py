"""Groups of customers: bands by brute force, planted clusters found, and noise refused."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from casestudies.errors import DataError
from casestudies.models.segments import STABLE, banded, clustered, equal_bands

VALUES = st.lists(st.integers(0, 8), min_size=2, max_size=40)


@given(VALUES, st.integers(2, 6))
def test_bands_are_of_like_size_and_never_split_equal_values(values, count):
    order = np.array(values, dtype=float)
    band = equal_bands(order, np.ones(len(order)), count)
    assert all(len(set(band[order == value])) == 1 for value in set(values))
    assert (np.diff(band[np.argsort(order, kind="stable")]) >= 0).all()
    middle = [(np.sum(order < value) + np.sum(order == value) / 2) / len(order) for value in order]
    assert band.tolist() == [min(int(m * count + 1e-12), count - 1) for m in middle]


@given(VALUES, st.integers(2, 6))
def test_bands_do_not_change_with_the_unit_nor_where_a_row_stands_twice(values, count):
    order = np.array(values, dtype=float)
    weight = np.where(np.arange(len(order)) % 3 == 0, 2.0, 1.0)
    band = equal_bands(order, weight, count)
    assert (equal_bands(100 * order + 7, weight, count) == band).all()
    rows = np.repeat(np.arange(len(order)), weight.astype(int))
    assert (equal_bands(order[rows], np.ones(len(rows)), count) == band[rows]).all()


def test_a_group_is_the_high_and_low_fifths_of_its_columns_and_the_middle_three_are_one():
    random = np.random.default_rng(0)
    columns = {"value": random.lognormal(5, 1, 1000), "tenure": random.permutation(1000).astype(float)}
    columns["tenure"][:3] = np.nan
    told = banded(columns, np.ones(1000))
    for place, values in enumerate(columns.values()):
        band = np.array([ends[place] for ends in told.ends])[told.group]
        held = {end: values[(band == end) & np.isfinite(values)] for end in ("low", "middle", "high")}
        assert held["low"].max() < held["middle"].min()
        assert held["middle"].max() < held["high"].min()
        assert [len(held[end]) for end in ("low", "high")] == pytest.approx([200, 200], abs=1)
    assert len(told.ends) == 9
    assert {told.ends[group][1] for group in told.group[:3]} == {"middle"}
    assert told.cuts[0] == pytest.approx(tuple(np.quantile(columns["value"], [0.2, 0.8])), rel=0.02)


def test_a_column_of_one_value_sets_nobody_apart_and_is_refused():
    with pytest.raises(DataError, match="column flat: has one value only"):
        banded({"flat": np.ones(50), "x": np.arange(50.0)}, np.ones(50))
    with pytest.raises(DataError, match="column flat: has one value only"):
        clustered(pd.DataFrame({"flat": np.ones(50), "x": np.arange(50.0)}), np.ones(50), 3, 0)
    with pytest.raises(DataError, match="column plan: holds no numbers"):
        clustered(pd.DataFrame({"plan": ["a", "b"] * 25}), np.ones(50), 3, 0)


def blobs(rows=900, seed=0):
    random = np.random.default_rng(seed)
    truth = random.choice(3, rows, p=[0.5, 0.3, 0.2])
    places = np.array([[0.0, 0.0], [5.0, 0.0], [0.0, 5.0]])[truth]
    return pd.DataFrame(places + random.normal(0, 0.7, (rows, 2)), columns=["a", "b"]), truth


def test_planted_clusters_are_found_with_their_number_the_largest_first():
    frame, truth = blobs()
    told = clustered(frame, np.ones(len(frame)), 6, 3)
    assert told.group is not None
    assert adjusted_rand_score(truth, told.group) > 0.97
    assert np.bincount(told.group).tolist() == sorted(np.bincount(told.group), reverse=True)
    assert min(told.steady) > 0.95
    assert told.agreement[3] > 0.97 > told.agreement[5]


def test_units_and_the_order_of_columns_do_not_change_the_groups():
    frame, _ = blobs()
    first = clustered(frame, np.ones(len(frame)), 4, 3).group
    other = clustered((1000 * frame + 3)[["b", "a"]], np.ones(len(frame)), 4, 3).group
    assert adjusted_rand_score(first, other) == pytest.approx(1.0)


def test_rows_of_no_weight_have_a_group_but_no_say():
    frame, _ = blobs()
    far = pd.concat([frame, pd.DataFrame({"a": [300.0, 310.0], "b": [300.0, 290.0]})], ignore_index=True)
    weight = np.append(np.ones(len(frame)), [0.0, 0.0])
    told = clustered(far, weight, 3, 3)
    assert adjusted_rand_score(told.group[:-2], clustered(frame, np.ones(len(frame)), 3, 3).group) > 0.99
    assert len(told.group) == len(far)


def test_a_cloud_without_groups_is_refused_a_grouping():
    random = np.random.default_rng(0)
    told = clustered(pd.DataFrame(random.normal(size=(900, 6))), np.ones(900), 5, 1)
    assert told.group is None
    assert told.steady == ()
    assert max(told.agreement.values()) < STABLE


def test_weight_decides_which_of_three_spots_are_one_group():
    random = np.random.default_rng(0)
    spots = np.repeat([0.0, 4.0, 10.0], 60)
    frame = pd.DataFrame({"a": spots + random.normal(0, 0.05, 180)})
    alike = clustered(frame, np.ones(180), 2, 1).group
    assert alike[0] == alike[60] != alike[120]
    heavy = clustered(frame, np.where(spots == 0, 30.0, np.where(spots == 4, 1.0, 0.2)), 2, 1).group
    assert heavy[0] != heavy[60] == heavy[120]
