"""Real processes: what a run does when nobody is in the same process to help it. Nine of them, 0.2 s each."""

import os
import re
import signal
import sys
from pathlib import Path

import pytest

from casestudies.errors import ConfigError, RunError, UsageError
from casestudies.runs import State, launch, worker
from casestudies.runs.process import Process


@pytest.fixture
def ended(until):
    """Wait for the end of a run; returns its state."""

    def wait(run):
        until(lambda: not run.state.active)
        return run.state

    return wait


def test_a_run_outlives_its_starter_and_leaves_a_whole_folder(store, toy, until, ended, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "signal.py").write_text("raise RuntimeError('a file of the analyst, not of Python')")
    upload = store.keep_upload(b"a,b\n1,2\n", "mine.csv")
    request = toy("write", data=str(upload), threads=3)
    starter = os.fork()
    if starter == 0:
        try:
            store.start("toy", request)
        finally:
            os._exit(0)  # the starter is gone at once
    os.waitpid(starter, 0)
    run = store.get("latest")

    assert ended(run) == State.DONE, (run.path / "worker.log").read_text()
    assert run.verify() == []
    assert run.manifest()["seed"] == 7
    assert run.request() == request
    assert [(event.stage, event.fraction) for event in run.events()] == [("fit", 0.5), ("explain", 1.0)]
    place = run.read_json("data/place.json")
    assert place == {"threads": "3", "wait": "PASSIVE", "nice": min(19, os.nice(0) + 10), "session": True}
    until(lambda: not upload.exists())  # an upload goes when its job ends


def test_sigterm_alone_ends_a_run_at_its_next_poll(store, toy, until):
    run = store.start("toy", toy("wait"))
    assert run.state == State.RUNNING  # claimed for the worker before `start` returns
    until(run.events)
    os.kill(Process.read(run.path).pid, signal.SIGTERM)
    until(lambda: not run.state.active, seconds=worker.GRACE_SECONDS - 1)
    assert run.error() == {"kind": "cancelled", "code": 130, "message": "cancelled"}
    with pytest.raises(RunError, match="is cancelled, so there is nothing to cancel"):
        run.cancel()


def test_cancel_ends_a_run_that_never_comes_back_from_c(store, toy, until, ended, monkeypatch):
    quick = "import sys, pathlib; from casestudies.runs import worker; worker.GRACE_SECONDS = 0.1; "
    monkeypatch.setattr(launch, "COMMAND", (sys.executable, "-c", quick + "worker.main(pathlib.Path(sys.argv[1]))"))
    upload = store.keep_upload(b"x", "mine.csv")
    run = store.start("toy", toy("deaf", data=str(upload)))
    until(run.events)
    run.cancel()
    assert ended(run) == State.CANCELLED
    assert run.error()["kind"] == "cancelled"
    until(lambda: not upload.exists())
    until(lambda: not Process.read(run.path).alive())


def test_a_killed_worker_is_lost_and_its_slot_is_free(store, toy, until, ended):
    run = store.start("toy", toy("wait"), limit=1)
    until(run.events)
    with pytest.raises(RunError, match=rf"1 of 1 runs are active \({run.id}\); wait"):
        store.start("toy", toy("wait"), limit=1)
    with pytest.raises(RunError, match="is running; cancel it first"):
        store.remove(run)
    pid = Process.read(run.path).pid
    os.kill(pid, signal.SIGKILL)
    assert ended(run) == State.LOST
    until(lambda: not Path(f"/proc/{pid}").exists())  # no zombie stays with its starter
    assert store.running() == []
    store.remove(run)
    assert store.all() == []


@pytest.mark.parametrize("behaviour", ["allocate", "hoard"])
def test_a_run_that_needs_more_memory_names_the_key_to_raise(store, toy, ended, behaviour):
    run = store.start("toy", toy(behaviour, memory_mb=100))
    assert ended(run) == State.FAILED
    message = "run.memory_mb: the run needs more than 100 MB of memory; raise it, or use fewer rows or columns"
    assert run.error() == {"kind": "failed", "code": 4, "message": message}


def test_a_run_that_needs_more_time_names_the_key_to_raise(store, toy, ended):
    run = store.start("toy", toy("burn", seconds=1))
    assert ended(run) == State.FAILED
    assert run.error()["code"] == 4
    assert run.error()["message"].startswith("run.seconds: the run needs more than 1 s of processor time; raise it")


def test_a_study_may_end_its_own_children(store, toy, ended):
    assert ended(store.start("toy", toy("forked"))) == State.DONE


def test_a_failed_run_says_one_line_and_keeps_the_traceback_in_its_log(store, toy, until, ended):
    run = store.start("toy", toy("fail"))
    assert ended(run) == State.FAILED
    assert run.error() == {"kind": "failed", "code": 1, "message": r"ZeroDivisionError: a line\nand another"}
    until(lambda: re.search(r"Traceback.*study.py.*ZeroDivisionError", (run.path / "worker.log").read_text(), re.S))


def test_a_worker_that_cannot_start_fails_the_run(store, toy, monkeypatch):
    monkeypatch.setattr(launch, "COMMAND", ("/there/is/no/python",))
    with pytest.raises(RunError, match="No such file"):
        store.start("toy", toy("write"))
    assert store.get("latest").state == State.FAILED


def test_what_cannot_run_is_refused_before_a_folder_is_made(store, toy):
    with pytest.raises(UsageError, match="there is no study 'toi'; did you mean 'toy'"):
        store.start("toi", toy("write"))
    with pytest.raises(ConfigError, match=r"run.threads: is '0'; write a whole number from 1"):
        store.start("toy", toy("write", threads=0))
    assert store.all() == []
