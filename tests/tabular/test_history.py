"""Ranges of earlier rows of a key, against a search row by row; names as numbers; amounts as whole numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from casestudies.tabular.history import GAP, Past, fingerprint, fingerprints, millionths, mixed

keys = st.lists(st.integers(0, 4), min_size=1, max_size=40)


@given(keys=keys, seed=st.integers(0, 10_000))
def test_a_range_holds_the_rows_of_its_key_from_a_position_on(keys, seed):
    random = np.random.default_rng(seed)
    codes = np.array(keys, dtype=np.uint64)
    asked = random.random(len(codes)) < 0.6
    past = Past.of(codes, asked)
    assert sorted(past.rows) == np.flatnonzero(asked).tolist()
    position = random.integers(0, len(codes) + 1, len(past.rows))
    values = random.integers(-5, 9, len(codes))
    total, place, end = past.running(values), past.place(position), past.place(np.full(len(past.rows), len(codes)))
    for i, row in enumerate(past.rows):
        same = [at for at in range(len(codes)) if codes[at] == codes[row] and at >= position[i]]
        assert end[i] - place[i] == len(same)
        assert total[end[i]] - total[place[i]] == sum(values[at] for at in same)


@given(keys=keys)
def test_totals_of_keys_add_up(keys):
    codes = np.array(keys, dtype=np.uint64)
    values = np.arange(len(codes), dtype=float)
    found = Past.of(codes, np.ones(len(codes), dtype=bool)).totals(values)
    assert sorted(found) == sorted(values[codes == key].sum() for key in np.unique(codes))


def test_sums_that_pass_the_largest_whole_number_keep_their_differences():
    past = Past.of(np.zeros(4, dtype=np.uint64), np.ones(4, dtype=bool))
    large = np.array([2**62, 2**62, 2**62, 5])
    with np.errstate(over="ignore"):
        total = past.running(large)
        assert total[4] - total[3] == 5


def test_equal_names_have_one_number_and_missing_ones_none():
    names = pd.Series(["a", "b", None, "a"], dtype="str")
    found = fingerprints(names)
    assert found[0] == found[3] != found[1]
    assert found[2] == 0
    assert fingerprint("a")[0] == found[0]
    assert fingerprint(None)[0] == 0


def test_names_have_the_same_number_in_every_version():
    """Saved states rest on it."""
    assert fingerprint("4971-0001")[0] == fingerprints(pd.Series(["4971-0001"]))[0]
    assert int(fingerprint("a card that no bank has issued")[0]) == 3761506523759713981


def test_amounts_are_whole_millionths_and_gaps_stay_gaps():
    found = millionths(np.array([12.34, -0.1, np.nan, 2e12, 0.0000004]))
    assert found.tolist() == [12_340_000, -100_000, GAP, GAP, 0]


def test_mixed_numbers_depend_on_every_part_and_on_their_order():
    a, b = np.array([1, 1, 2]), np.array([2, 1, 1])
    found = mixed(a, b)
    assert len(set(found.tolist())) == 3
    assert (mixed(a) != mixed(b)).any()
