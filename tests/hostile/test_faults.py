"""Disks that fill up, become read-only, lose their permission or fail, writes cut in half and clocks set back, at every write."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks.robustness.faults import MODES, Struck, compiled
from casestudies.runs import RunStore, State

HERE = Path(__file__).resolve().parent
WITHOUT_HARM = ("one write is cut in half", "the clock goes back a day")


@pytest.fixture(scope="module")
def attempts(tmp_path_factory):
    if sys.platform != "linux" or shutil.which("cc") is None:
        pytest.skip("needs Linux and a C compiler")
    folder = tmp_path_factory.mktemp("faults")
    variables = {**os.environ, "LD_PRELOAD": str(compiled(folder)), "PYTHONPATH": str(HERE.parents[1])}
    subprocess.run([sys.executable, str(HERE / "failing_disk.py"), str(folder)], env=variables, check=True)
    return [Struck(**one) for one in json.loads((folder / "struck.json").read_text())]


def test_every_write_was_struck_in_every_way(attempts):
    counts = {mode: sum(one.mode == mode for one in attempts) for mode in MODES}
    assert len(set(counts.values())) == 1
    assert counts["the disk is full"] > 50


def test_no_half_run_reads_as_done_and_every_error_is_one_line(attempts):
    assert [one for one in attempts if one.fault] == []


def test_a_disk_that_fails_for_good_is_never_a_success_before_the_manifest(attempts):
    for mode in ("the disk is full", "the disk becomes read-only", "the permission is lost"):
        states = [one.state for one in attempts if one.mode == mode]
        first = states.index("done") if "done" in states else len(states)
        assert set(states[first:]) == {"done"}, mode
        assert first > 40, mode


def test_a_write_that_is_cut_and_a_clock_that_goes_back_do_no_harm(attempts):
    some = [one for one in attempts if one.mode in WITHOUT_HARM]
    assert {one.state for one in some} == {"done"}
    assert {one.code for one in some} == {0}


def test_each_reason_is_said_with_what_to_do(attempts):
    told = {mode: {one.line for one in attempts if one.mode == mode and one.line} for mode in MODES}
    for mode, word in (("the disk is full", "free space"), ("the disk becomes read-only", "another folder")):
        assert told[mode]
        assert all(word in line for line in told[mode]), mode


def test_a_folder_of_the_future_does_not_hold_a_slot(tmp_path):
    """A run that was lost before the clock was set back: it must not read as about to start until the clock comes by."""
    store = RunStore(tmp_path)
    run = store.create("credit", {})
    assert run.state == State.STARTING
    tomorrow = time.time() + 86_400
    os.utime(run.path, (tomorrow, tomorrow))
    assert run.state == State.LOST
    assert store.running() == []
