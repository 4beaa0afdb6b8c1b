"""A worker dies at every point where it touches the disk: no folder may read as done unless it is."""

import contextlib
import os
import sys
from pathlib import Path

import pytest

from casestudies.runs import RunStore, RunWriter, State

_WRITES = {"open", "os.rename", "os.link", "os.mkdir", "os.remove", "os.truncate"}


def work(root):
    """A small run with every kind of write."""
    run = RunStore(root).create("credit", {"config": {"seed": 0}})
    with RunWriter(run) as writer:
        writer.event("fit", 0.5)
        writer.write_json("metrics.json", {"models": {"card": {"auc": 0.75}}})
        writer.write_bytes("model/weights.npz", bytes(5000))
        writer.write_text("metrics.json", '{"models": {}}\n')
        writer.path("tuning/journal.log").write_text("written by a library\n")
        writer.finish({"seed": 0})


def killed_at(point, root):
    """Fork, do the work, and die before the `point`-th time the disk is touched; whether it came that far.

    An audit hook sees every open, rename, link, mkdir and unlink of the interpreter, whichever function asked for it.
    At an fsync the file is cut in half first: what a power failure may leave of data that was not synced.
    """
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    touched = 0

    def die_here(before=lambda: None):
        nonlocal touched
        touched += 1
        if touched == point:
            before()
            os._exit(9)

    def hook(event, arguments):
        if event in _WRITES and str(root) in str(arguments[0]):
            die_here()

    def torn(descriptor):
        def cut():
            with contextlib.suppress(OSError):  # a directory, or opened for reading: it was synced before
                os.ftruncate(descriptor, os.fstat(descriptor).st_size // 2)

        die_here(cut)
        sync(descriptor)

    sync, os.fsync = os.fsync, torn
    sys.addaudithook(hook)
    try:
        work(root)
        os._exit(0)
    finally:
        os._exit(1)


def test_no_kill_makes_a_folder_that_reads_as_done_and_is_not(tmp_path):
    states = []
    point = 1
    while killed_at(point, tmp_path / f"{point}"):
        runs = RunStore(tmp_path / f"{point}").all()
        assert len(runs) <= 1
        for run in runs:
            states.append(run.state)
            if run.state == State.DONE:
                assert run.verify() == []
                assert run.read_json("metrics.json") == {"models": {}}
                assert run.manifest()["seed"] == 0
            else:
                assert run.state in (State.STARTING, State.LOST)
                assert run.verify()[0].endswith("there is no manifest.json")
        point += 1
    assert point > 40, "the hook saw too little"
    assert RunStore(tmp_path / f"{point}").get("latest").state == State.DONE  # the one that was not killed
    first = states.index(State.DONE)
    assert set(states[:first]) == {State.STARTING, State.LOST}
    assert set(states[first:]) == {State.DONE}  # only the last syncs are left after the manifest's name is there


def test_the_manifest_appears_only_after_all_it_lists_would_survive_a_power_failure(tmp_path, monkeypatch):
    """Of every file first the data, then the name, then its directory are on the disk; then comes the manifest."""
    log = []
    fsync = os.fsync

    def watch_sync(descriptor):
        status = os.fstat(descriptor)
        log.append(("sync", status.st_ino, status.st_size))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", watch_sync)

    def hook(event, arguments):
        if hook.on and event in ("os.rename", "os.mkdir") and str(tmp_path) in str(arguments[0]):
            log.append((event, str(arguments[1] if event == "os.rename" else arguments[0]), 0))

    hook.on = True
    sys.addaudithook(hook)
    work(tmp_path)
    hook.on = False
    [run] = RunStore(tmp_path).all()
    manifest = log.index(("os.rename", str(run.path / "manifest.json"), 0))
    before, after = log[:manifest], log[manifest:]

    def last(entries, wanted):
        return max(position for position, entry in enumerate(entries) if entry[:2] == wanted)

    for name, entry in run.manifest()["files"].items():
        path = run.path / name
        assert ("sync", path.stat().st_ino, entry["bytes"]) in before, f"{name}: its data"
        named = [n for n, line in enumerate(before) if line[:2] == ("os.rename", str(path))]
        assert last(before, ("sync", path.parent.stat().st_ino)) > max(named, default=-1), f"{name}: its name"
    for directory in (path for path in run.path.rglob("*") if path.is_dir()):
        made = last(before, ("os.mkdir", str(directory)))
        assert last(before, ("sync", directory.parent.stat().st_ino)) > made, f"{directory}: its name"
    assert last(after, ("sync", run.path.stat().st_ino)) > 0


@pytest.mark.parametrize("name", ["metrics.json", "manifest.json"])
def test_an_error_in_the_middle_of_a_write_leaves_no_result(store, monkeypatch, name):
    run = store.create("credit", {})
    replace = Path.replace

    def fail(path, target):
        if target.name == name:
            raise RuntimeError
        return replace(path, target)

    def write():
        with RunWriter(run) as writer:
            writer.write_json("metrics.json", {})
            writer.finish()

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(RuntimeError):
        write()
    assert run.state == State.FAILED
    assert not list(run.path.glob(".*"))
