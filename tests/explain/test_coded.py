"""A coded table gives back what it was made from."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from casestudies.explain.coded import CodedTable


@pytest.fixture
def frame():
    random = np.random.default_rng(2)
    return pd.DataFrame(
        {
            "income": np.where(random.random(400) < 0.1, np.nan, random.normal(2000, 500, 400)),
            "housing": pd.Categorical(random.choice(["rent", "own", None], 400, p=[0.5, 0.4, 0.1])),
        }
    )


def test_a_coded_table_gives_its_frame_back(frame):
    table = CodedTable.of(frame)
    again = table.frame(table.matrix(frame))
    pd.testing.assert_frame_equal(
        again.astype({"housing": "object"}), frame.astype({"housing": "object"}), check_dtype=False
    )


def test_a_code_never_seen_counts_as_missing(frame):
    table = CodedTable.of(frame)
    matrix = table.matrix(frame)[:3]
    matrix[:, 1] = [99, -5, 0]
    assert table.frame(matrix)["housing"].isna().tolist() == [True, True, False]


def test_typical_is_the_mean_and_the_commonest_level(frame):
    table = CodedTable.of(frame)
    typical = table.typical(table.matrix(frame))
    assert typical[0] == pytest.approx(frame["income"].mean())
    assert table.levels["housing"][int(typical[1])] == frame["housing"].mode()[0]
