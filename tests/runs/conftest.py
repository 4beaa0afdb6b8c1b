import os
import signal
import time
from pathlib import Path

import pytest

import casestudies
from casestudies.runs import RunStore
from casestudies.runs.process import Process

TOY = Path(__file__).parent / "toy"


@pytest.fixture
def store(tmp_path):
    """An empty store; workers that a failed test left running are ended."""
    store = RunStore(tmp_path / "runs")
    yield store
    for run in store.all():
        process = Process.read(run.path)
        if process is not None and process.worker and process.alive():
            os.kill(process.pid, signal.SIGKILL)


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
