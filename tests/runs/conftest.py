import time
from pathlib import Path

import pytest

import casestudies
from casestudies.runs import RunStore

TOY = Path(__file__).parent / "toy"


@pytest.fixture
def store(tmp_path):
    return RunStore(tmp_path / "runs")


@pytest.fixture
def toy(monkeypatch):
    """Make `casestudies.toy` a study, here and in every worker started here; returns a maker of requests."""
    monkeypatch.setattr(casestudies, "__path__", [*casestudies.__path__, str(TOY / "studies")])
    monkeypatch.syspath_prepend(TOY)

    def request(behaviour, data=None, **run):
        return {"study": "toy", "data": data, "config": {"toy": behaviour, "run": run}}

    return request


@pytest.fixture
def until():
    """Wait until something holds, or fail."""

    def wait(holds, seconds=20.0):
        end = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < end, "it did not happen in time"
            time.sleep(0.01)

    return wait
