"""What many tests share: small settings, one finished run, and where the real data lie."""

from __future__ import annotations

import os
import sys
from collections import Counter
from itertools import chain
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


def pytest_terminal_summary(terminalreporter):
    """Seconds by group of tests (a folder), and the slowest files: wall time, as busy as the machine is."""
    groups, files = Counter(), Counter()
    for report in chain.from_iterable(terminalreporter.stats.values()):
        if (seconds := getattr(report, "duration", None)) is not None:
            file = Path(report.nodeid.partition("::")[0])
            files[str(file)] += seconds
            groups[file.parts[1] if len(file.parts) > 2 else "others"] += seconds
    if sum(groups.values()) < 60:  # nobody asks where a minute went
        return
    terminalreporter.section("seconds by group")
    terminalreporter.write_line(", ".join(f"{name} {seconds:.0f}" for name, seconds in groups.most_common()))
    slowest = (f"{name.removeprefix('tests/')} {seconds:.0f}" for name, seconds in files.most_common(12))
    terminalreporter.write_line("slowest files: " + ", ".join(slowest))
