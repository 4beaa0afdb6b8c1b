"""States, events and errors as they are read from a folder, whoever wrote it."""

import json
import os
import signal
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casestudies.errors import RunError
from casestudies.runs import Event, RunFolder, RunWriter, State, events
from casestudies.runs.process import Process


@pytest.fixture
def run(store):
    return store.create("credit", {"config": {}})


def put(run, name, value):
    (run.path / name).write_text(value if isinstance(value, str) else json.dumps(value))


def alive(worker=False):
    me = Process.of(os.getpid(), worker=worker)
    return {"pid": me.pid, "start": me.start, "worker": worker}


DEAD = {"pid": 2**22 + 1, "start": "boot:1", "worker": True}  # above the largest pid Linux gives


@pytest.mark.parametrize(
    ("files", "state"),
    [
        ({}, State.STARTING),
        ({"process.json": alive()}, State.RUNNING),
        ({"process.json": DEAD}, State.LOST),
        ({"process.json": DEAD, "cancel": ""}, State.CANCELLED),
        ({"process.json": alive(), "cancel": ""}, State.RUNNING),
        ({"process.json": DEAD, "error.json": {"kind": "failed"}}, State.FAILED),
        ({"process.json": DEAD, "error.json": {"kind": "cancelled"}}, State.CANCELLED),
        ({"process.json": DEAD, "error.json": "{"}, State.FAILED),
        ({"process.json": DEAD, "manifest.json": {}}, State.DONE),
        ({"process.json": alive(), "manifest.json": {}}, State.DONE),
        ({"process.json": DEAD, ".manifest.json.7.tmp": {}}, State.LOST),
    ],
)
def test_the_state_is_what_the_files_say(run, files, state):
    for name, value in files.items():
        put(run, name, value)
    assert run.state == state


def test_a_folder_nobody_claims_is_lost_after_a_while(run):
    os.utime(run.path, (time.time() - 60,) * 2)
    assert run.state == State.LOST


def test_a_folder_that_was_erased_is_lost(tmp_path):
    gone = RunFolder(tmp_path / "credit" / "20260101T000000-000000")
    assert gone.state == State.LOST
    assert gone.events() == []
    assert gone.size() == 0


def test_a_reused_pid_is_not_the_worker(run):
    put(run, "process.json", alive() | {"start": Process.of(os.getpid(), worker=True).start + "0"})
    assert run.state == State.LOST


def test_a_zombie_is_not_the_worker(run, until):
    child = os.fork()
    if child == 0:
        time.sleep(60)
        os._exit(0)
    Process.of(child, worker=True).claim(run.path)
    assert run.state == State.RUNNING
    os.kill(child, signal.SIGKILL)
    until(lambda: run.state == State.LOST)  # though nobody has waited for it
    os.waitpid(child, 0)


def test_without_proc_the_number_alone_counts(run, monkeypatch):
    exists = Path.exists
    monkeypatch.setattr(Path, "exists", lambda path: path.parts[1] != "proc" and exists(path))
    put(run, "process.json", {"pid": os.getpid(), "start": None, "worker": False})
    assert run.state == State.RUNNING
    put(run, "process.json", DEAD)
    assert run.state == State.LOST


@pytest.mark.parametrize("pid", [0, -1, True, "1", 1.5, 2**40, None, [1]])
def test_a_crafted_process_file_reaches_no_process(run, pid, monkeypatch):
    monkeypatch.setattr(os, "kill", lambda *_: pytest.fail("a signal was sent"))
    put(run, "process.json", {"pid": pid, "start": None, "worker": True})
    os.utime(run.path, (0, 0))
    assert run.state == State.STARTING or run.state == State.LOST
    assert Process.read(run.path) is None


def test_cancel_sends_no_signal_to_a_process_that_is_not_the_runs_own(run, monkeypatch):
    monkeypatch.setattr(os, "kill", lambda *_: pytest.fail("a signal was sent"))
    put(run, "process.json", alive(worker=False))
    run.cancel()
    assert (run.path / "cancel").exists()


def test_a_run_that_has_ended_cannot_be_cancelled(run):
    put(run, "manifest.json", {})
    with pytest.raises(RunError, match="is done, so there is nothing to cancel"):
        run.cancel()
    assert not (run.path / "cancel").exists()


def test_events_come_back_as_they_were_written(run):
    seen = []
    with RunWriter(run, on_event=seen.append) as writer:
        writer.event("read", message="1,000 rows\u2028and \x85 a column named 'é\n'")
        writer.event("fit", 1 / 3, loss=0.1, depth=3)
        writer.finish()
    assert run.events() == seen
    assert [event.stage for event in seen] == ["read", "fit"]
    assert seen[1].metrics == {"loss": 0.1, "depth": 3}


@given(cut=st.integers(0, 200))
def test_half_a_last_line_hides_nothing_but_itself(cut):
    whole = [Event(1.0, "fit", n / 3, message="é\u2028") for n in range(3)]
    data = b"".join(event.line() for event in whole)
    ends = [len(b"".join(event.line() for event in whole[: n + 1])) for n in range(3)]
    # A line without its line feed is whole JSON already.
    assert events.parse(data[:cut]) == whole[: sum(end - 1 <= cut for end in ends)]


def test_a_line_cut_by_a_full_disk_costs_itself_and_its_neighbour_only():
    first, second, third = (Event(float(n), "fit").line() for n in range(3))
    assert [event.time for event in events.parse(first + second[:9] + third + second)] == [0.0, 1.0]


@pytest.mark.parametrize(
    "line",
    ["7", "[1]", '"x"', "{}", '{"time": 1}', '{"time": "1", "stage": "a"}', '{"time": 1, "stage": 2}', "[" * 100_000]
    + [json.dumps({"time": 1, "stage": "a"} | wrong) for wrong in ({"fraction": "x"}, {"more": 1}, {"metrics": []})],
)
def test_a_strange_line_is_no_event(line):
    assert events.parse(line.encode()) == []


def test_seconds_left_are_those_of_the_stage_at_its_pace():
    times = iter([0.0, 0.0, 0.1, 10.0, 40.0, 41.0, 50.0])
    stages = events.Stages(lambda: next(times))
    assert stages.reach("read", None) is None
    assert stages.reach("read", 0.5) is None  # too early to say
    assert stages.reach("fit", 0.0) is None
    assert stages.reach("fit", 0.75) == 10.0  # 30 s for three quarters
    assert stages.reach("read", 1.0) is None
    assert stages.seconds() == {"read": 10.0 + 9.0, "fit": 31.0, "total": 50.0}


@pytest.mark.parametrize(
    "name", ["../x.json", "/etc/passwd", "", "a/../../x.json", "a\0.json", ".hidden.json", "..", "link.json"]
)
def test_no_name_reads_outside_the_folder(run, name):
    outside = run.path.parent / "x.json"
    outside.write_text("{}")
    (run.path / "link.json").symlink_to(outside)
    with pytest.raises(RunError, match="is not a file of the run"):
        run.read_json(name)


@pytest.mark.parametrize("text", ["", "{", "\xff", "[" * 100_000])
def test_a_damaged_file_is_one_line(run, text):
    (run.path / "metrics.json").write_text(text, "latin-1")
    with pytest.raises(RunError, match="is not whole JSON; the file was changed or damaged") as caught:
        run.read_json("metrics.json")
    assert "\n" not in str(caught.value)


def test_the_size_is_that_of_all_files(run):
    before = run.size()
    (run.path / "model").mkdir()
    (run.path / "model" / "card.json").write_bytes(b"x" * 1000)
    assert run.size() - before == 1000


def test_there_is_no_manifest_before_the_end(run):
    with pytest.raises(RunError, match="is starting, so there is no manifest yet"):
        run.manifest()
