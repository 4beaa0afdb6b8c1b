"""Real applicants for the tests of explanations: numbers as they are, categories as codes."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

DATA = Path(os.environ.get("CASESTUDIES_TEST_DATA", Path(__file__).parents[2].parent / "shared" / "data"))


@pytest.fixture(scope="session")
def german():
    """(rows, 20) table, (rows,) 1 = bad, and the columns that hold codes, of the German credit data."""
    path = DATA / "german_credit" / "german.data"
    if not path.exists():
        pytest.skip(f"no German credit data under {DATA}")
    frame = pd.read_csv(path, sep=" ", header=None)
    y = (frame.pop(20) == 2).to_numpy(int)
    categorical = tuple(i for i, name in enumerate(frame) if not pd.api.types.is_numeric_dtype(frame[name]))
    columns = [pd.Categorical(frame[i]).codes if i in categorical else frame[i] for i in range(20)]
    order = np.random.default_rng(0).permutation(len(y))
    return np.column_stack(columns).astype(float)[order], y[order], categorical
