"""What many tests share: small settings, one finished run, and where the real data lie."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from hypothesis import settings

# the same examples every time, and no deadline: the machine may be busy
settings.register_profile("suite", deadline=None, derandomize=True)
settings.load_profile("suite")

ROOT = Path(__file__).resolve().parents[1]
# small enough for a second or two, large enough for every part of a run
SMALL = ["demo.rows=700", "interval.rounds=100", "explain.rows=100", "explain.lime.samples=200", "explain.lime.seeds=2"]


@pytest.fixture(scope="session")
def small_run(tmp_path_factory):
    """A finished run of the credit demo; read it, never change it."""
    import casestudies

    return casestudies.run("credit", overrides=SMALL, runs=tmp_path_factory.mktemp("runs"), variables={})


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of public data sets; the test is skipped where it is not."""
    folder = Path(os.environ.get("CASESTUDIES_TEST_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("no public data sets here; set CASESTUDIES_TEST_DATA to their folder")
    return folder


@pytest.fixture(autouse=True)
def _main_stays():
    """Streamlit's runner puts its script in the place of `__main__`, which processes started later would run again."""
    before = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = before
