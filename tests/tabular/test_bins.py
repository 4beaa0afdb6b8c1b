"""Bins: every cell has one, labels say which, and JSON gives them back."""

import json

import numpy as np
import pandas as pd
import pytest

from casestudies.errors import DataError
from casestudies.tabular.bins import Bins, PairBins

AGE = Bins("age", edges=(25.0, 40.5), special=(-9.0,))
HOME = Bins("home", groups=(("own",), ("rent", "1")), special=("n/a",))
FRAME = pd.DataFrame(
    {
        "age": [18, 25, 40.4999, 40.5, np.nan, -9, -8],
        "home": ["own", "1", "rent", None, "n/a", "castle", "own"],
    }
)


def test_every_cell_falls_into_the_bin_its_label_names():
    assert [AGE.labels[code] for code in AGE.codes(FRAME)] == [
        "below 25",
        "25 to below 40.5",
        "25 to below 40.5",
        "40.5 or more",
        "missing",
        "-9",
        "below 25",
    ]
    assert [HOME.labels[code] for code in HOME.codes(FRAME)] == [
        "own",
        "rent or 1",
        "rent or 1",
        "missing",
        "n/a",
        "other",
        "own",
    ]


def test_a_level_is_the_same_whatever_the_dtype_that_holds_it():
    bins = Bins("x", groups=(("1",), ("2",)))
    columns = (["1", "2", "3"], [1, 2, 3], [1.0, 2.0, 3.0], pd.Categorical([2, 1, 3])[[1, 0, 2]])
    for cells in columns:
        np.testing.assert_array_equal(bins.codes(pd.DataFrame({"x": cells})), [0, 1, 2])


def test_labels_keep_all_digits_of_edges():
    labels = Bins("x", edges=(0.3, 0.30000001, 1234567.8, 2e20), special=(-99.25,)).labels
    assert labels[1:4] == ("0.3 to below 0.30000001", "0.30000001 to below 1234567.8", "1234567.8 to below 2e+20")
    assert labels[5] == "-99.25"
    assert len(set(labels)) == len(labels)


def test_a_pair_has_a_bin_for_every_two_bins():
    pair = PairBins(AGE, HOME)
    codes = pair.codes(FRAME)
    assert pair.labels[codes[0]] == "age below 25 and home own"
    assert pair.labels[codes[4]] == "age missing and home n/a"
    assert len(pair.labels) == len(AGE.labels) * len(HOME.labels)


def test_json_gives_the_same_bins():
    assert Bins.from_dict(json.loads(json.dumps(AGE.to_dict()))) == AGE
    assert Bins.from_dict(json.loads(json.dumps(HOME.to_dict()))) == HOME
    pair = PairBins(AGE, HOME)
    assert PairBins.from_dict(json.loads(json.dumps(pair.to_dict()))) == pair


def test_infinities_are_named():
    with pytest.raises(DataError, match="row 2, column age"):
        AGE.codes(pd.DataFrame({"age": [1.0, np.inf]}))
