"""A search whose process is killed: nothing that ended is lost, and what was at work is taken up again."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from casestudies.runs.process import Process
from casestudies.tuning import Budget, Goal, Lease, Real, Search, Space

LOSS = Goal("loss", "minimise", "Loss")
SPACE = Space((Real("x", -5, 5, now=4.0),))
WORK = f"""
import sys, time
sys.path.insert(0, {str(Path(__file__).parent)!r})
from test_resume import search, lease
def slow(settings):
    if len(open(sys.argv[1] + ".count", "a+").read()) or True:
        with open(sys.argv[1] + ".count", "a") as file: file.write("x")
    if len(open(sys.argv[1] + ".count").read()) > 4:
        time.sleep(60)
    yield {{"loss": settings["x"] ** 2}}
from pathlib import Path
search(slow).run(Path(sys.argv[1]), lease=lease())
"""


def search(trial, trials=12):
    return Search(SPACE, (LOSS,), trial, Budget(trials), "auto", 3, (SPACE.now,))


def lease():
    here = Process.of(os.getpid(), worker=False)

    def alive(owner):
        pid, _, start = owner.partition("@")
        return Process(int(pid), start or None, worker=False).alive()

    return Lease(f"{here.pid}@{here.start}", alive)


def quick(settings):
    yield {"loss": settings["x"] ** 2}


def states(path):
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    study = optuna.load_study(study_name="tuning", storage=JournalStorage(JournalFileBackend(str(path))))
    return Counter(trial.state.name for trial in study.get_trials(deepcopy=False))


def wait_for(what, seconds=60):
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "the process never came so far"
        time.sleep(0.05)


@pytest.fixture
def killed(tmp_path):
    """The journal of a process that was killed at work on its fifth trial."""
    path = tmp_path / "j.jsonl"
    child = subprocess.Popen([sys.executable, "-c", WORK, str(path)])
    count = Path(f"{path}.count")
    wait_for(lambda: count.exists() and len(count.read_text()) == 5 and '"x"' in path.read_text())
    time.sleep(0.2)
    child.send_signal(signal.SIGKILL)
    child.wait()
    return path


def test_a_killed_search_goes_on_and_leaves_no_trial_at_work(tmp_path, killed):
    assert states(killed)["RUNNING"] == 1
    assert states(killed)["COMPLETE"] == 4
    history = search(quick).run(killed, lease=lease())
    assert states(killed)["RUNNING"] == states(killed)["WAITING"] == 0
    whole = search(quick).run(tmp_path / "whole.jsonl")
    assert [one.point for one in history.trials] == [one.point for one in whole.trials]


def test_a_trial_of_a_living_process_is_left_alone(killed):
    history = search(quick).run(killed, lease=Lease("other", lambda owner: True))
    assert states(killed)["RUNNING"] == 1
    assert len(history.trials) == 13


def test_a_line_cut_short_is_taken_off(tmp_path, killed):
    with killed.open("ab") as file:
        file.write(b'{"op_code": 5, "worker')
    history = search(quick).run(killed, lease=lease())
    assert len(history.trials) == 13


def test_what_stops_a_search_leaves_no_trial_at_work(tmp_path):
    def stops(settings):
        yield {"loss": 1.0}
        raise KeyboardInterrupt

    path = tmp_path / "j.jsonl"
    with pytest.raises(KeyboardInterrupt):
        search(stops).run(path, lease=lease())
    assert states(path)["RUNNING"] == 0
    assert states(path)["WAITING"] == 1
    assert len(search(quick).run(path, lease=lease()).trials) == 13
