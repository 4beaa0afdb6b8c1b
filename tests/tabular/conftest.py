"""Tables made by hand, and real files read by plain pandas, so that these tests do not lean on our own reader."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from casestudies.tabular.read import Source, Table

_DATA = Path(os.environ.get("CASESTUDIES_TEST_DATA", Path(__file__).parents[3] / "shared" / "data"))


def make_table(columns: Mapping[str, Any] | pd.DataFrame, *, decimal: str = ".", name: str = "loans.csv") -> Table:
    frame = pd.DataFrame(columns)
    source = Source(name, "0" * 64, 1, "csv", "utf-8", ",", decimal, 1, len(frame), frame.shape[1])
    return Table(frame, source, np.arange(len(frame)) + 2)


@pytest.fixture(scope="session")
def table_of() -> Callable[..., Table]:
    """Columns of texts (None = missing) to a table whose first data row stands in line 2."""
    return make_table


@pytest.fixture(scope="session")
def real() -> Callable[..., Table]:
    """A published file as text cells; skips where the data folder lacks it."""

    def read(path: str, **options: Any) -> Table:
        if not (_DATA / path).is_file():
            pytest.skip(f"{path} is not in the data folder (CASESTUDIES_TEST_DATA)")
        frame = pd.read_csv(_DATA / path, dtype=str, keep_default_na=False, **options)
        return make_table(frame.mask(frame == ""), name=Path(path).name)

    return read
