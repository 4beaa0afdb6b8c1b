"""The one side that writes: whole files, one spelling, refusals in one line."""

import errno
import json
import os
from pathlib import Path

import numpy as np
import pytest

from casestudies.errors import Cancelled, DataError, RunError
from casestudies.runs import RunWriter, State
from casestudies.runs.disk import to_json


@pytest.fixture
def run(store):
    return store.create("credit", {"config": {}})


@pytest.fixture
def writer(run):
    with RunWriter(run) as writer:
        yield writer


def test_json_has_one_spelling():
    value = {"b": [1, 0.1, -0.0], "a": {"nan": float("nan"), "é": float("-inf"), "none": None}, 3: (True, "x\u2028")}
    assert to_json(value, indent=None) == (
        '{"b": [1, 0.1, -0.0], "a": {"nan": null, "é": null, "none": null}, "3": [true, "x\u2028"]}\n'.encode()
    )
    assert json.loads(to_json(value))["b"][1] == 0.1


def test_arrays_are_lists_and_their_numbers_exact():
    value = {"w": np.array([[0.1, np.nan], [1e-300, 2.0]]), "n": np.int64(7), "p": np.float64(1 / 3), "b": np.True_}
    expected = {"w": [[0.1, None], [1e-300, 2.0]], "n": 7, "p": 1 / 3, "b": True}
    assert json.loads(to_json(value)) == expected


def test_a_damaged_name_survives_json():
    assert json.loads(to_json({"caf\udce9": 1})) == {"caf\udce9": 1}


@pytest.mark.parametrize("value", [object(), {"a": {1, 2}}, {(1, 2): 3}, b"bytes", Path("x")])
def test_what_json_cannot_say_is_refused(value):
    with pytest.raises(TypeError):
        to_json(value)


@pytest.mark.parametrize(
    "name",
    [
        *("../x.json", "/tmp/x.json", "a//b.json", "./a.json", ".a.json", "a/../b.json", "", "a\\b.json", "a\n.json"),
        *("manifest.json", "error.json", "request.json", "process.json", "progress.jsonl", "worker.log"),
        *("a\0.json", "x" * 101 + ".json"),
    ],
)
def test_no_name_leaves_the_folder_or_takes_the_runs_own(writer, name):
    with pytest.raises(ValueError, match="is not a name a study can write"):
        writer.write_bytes(name, b"")


@pytest.mark.parametrize("name", ["model/model.pkl", "model.pt", "model.joblib", "noextension", "model.npz.exe"])
def test_only_formats_that_run_no_code_are_written(writer, name):
    with pytest.raises(ValueError, match="is not one of our formats"):
        writer.write_bytes(name, b"")


def full(descriptor):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_file_is_replaced_whole_or_stays(writer, run, monkeypatch):
    writer.write_text("a.txt", "old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RunError, match=r"a.txt: the disk is full; free space, or choose another folder with --runs$"):
        writer.write_text("a.txt", "new")
    assert (run.path / "a.txt").read_text() == "old"
    assert [path.name for path in run.path.glob(".*")] == []  # its space is free again


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.EROFS, "the disk is read-only"), (errno.EDQUOT, "quota of this account"), (errno.EACCES, "not permitted")],
)
def test_disk_trouble_is_one_line_with_advice(store, monkeypatch, number, words):
    def refuse(*_args, **_options):
        raise OSError(number, "?")

    monkeypatch.setattr(os, "mkdir", refuse)
    with pytest.raises(RunError, match=rf"{words}.*; .*choose another folder with --runs"):
        store.create("credit", {})


def test_when_the_error_cannot_be_written_the_first_error_still_goes_on(run, monkeypatch):
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DataError, match="bad row"), RunWriter(run):
        raise DataError("bad row")
    assert not (run.path / "error.json").exists()


def test_a_run_may_not_fill_the_disk(run):
    with RunWriter(run, quota=1000) as writer:
        writer.write_bytes("a.txt", b"x" * 600)
        writer.write_bytes("a.txt", b"x" * 700)  # replaced, not added
        with pytest.raises(RunError, match=r"b.txt: the run would hold more than 0 MB; use fewer rows"):
            writer.write_bytes("b.txt", b"x" * 400)
    assert not (run.path / "b.txt").exists()


def test_files_a_library_wrote_count_too(run):
    with RunWriter(run, quota=1000) as writer:
        writer.path("tuning/journal.log").write_bytes(b"x" * 2000)
        with pytest.raises(RunError, match="all files: the run would hold more"):
            writer.finish()
    assert run.state == State.FAILED


def test_a_finished_folder_is_never_changed(run):
    with RunWriter(run) as writer:
        writer.write_json("metrics.json", {})
        writer.finish({"seed": 3, "data_sha256": "ab"})
    assert run.state == State.DONE
    assert run.verify() == []
    before = {path: path.read_bytes() for path in run.path.rglob("*") if path.is_file()}
    for change in (
        lambda: writer.write_text("metrics.json", "x"),
        lambda: writer.event("fit"),
        lambda: writer.path("x.json"),
        lambda: writer.finish(),
        lambda: writer.fail(ValueError()),
        lambda: RunWriter(run).__enter__(),
    ):
        with pytest.raises(RunError):
            change()
    assert before == {path: path.read_bytes() for path in run.path.rglob("*") if path.is_file()}


def test_the_manifest_says_what_the_bytes_depend_on(run):
    with RunWriter(run) as writer:
        writer.event("fit")
        writer.write_text("data/problems.csv", "row\n")
        with pytest.raises(ValueError, match="the manifest has its own files, versions"):
            writer.finish({"versions": {}, "files": {}})
        writer.finish({"seed": 3})
    manifest = run.manifest()
    assert list(manifest) == ["format", "study", "versions", "seed", "seconds", "files"]
    assert list(manifest["files"]) == ["data/problems.csv", "request.json"]
    assert manifest["files"]["data/problems.csv"]["bytes"] == 4
    assert list(manifest["seconds"]) == ["fit", "seal", "total"]
    assert manifest["versions"]["numpy"] == np.__version__


@pytest.mark.parametrize(
    ("error", "state", "record"),
    [
        (DataError("bad", where="row 3"), State.FAILED, {"kind": "failed", "code": 3, "message": "row 3: bad"}),
        (KeyError("x"), State.FAILED, {"kind": "failed", "code": 1, "message": "KeyError: 'x'"}),
        (Cancelled(), State.CANCELLED, {"kind": "cancelled", "code": 130, "message": "cancelled"}),
        (KeyboardInterrupt(), State.CANCELLED, {"kind": "cancelled", "code": 130, "message": "cancelled"}),
    ],
)
def test_an_error_ends_the_run_and_goes_on(run, error, state, record):
    with pytest.raises(type(error)), RunWriter(run):
        raise error
    assert run.state == state
    assert run.error() == record


def test_a_run_left_without_finish_has_failed(run):
    with RunWriter(run):
        pass
    assert run.state == State.FAILED
    assert run.error()["message"] == "the study ended without finishing its run"


def test_a_cancel_file_is_seen_at_the_next_poll(run):
    with RunWriter(run) as writer:
        writer.poll()
        run.cancel()
        with pytest.raises(Cancelled):
            writer.poll()
        writer.finish()  # a study that gets to its end all the same is done
    assert run.state == State.DONE


def test_two_writers_do_not_share_a_folder(run):
    child = os.fork()
    if child == 0:
        with RunWriter(run):
            os._exit(0)
    os.waitpid(child, 0)
    with pytest.raises(RunError, match=rf"is claimed by process {child}; start a new run"), RunWriter(run):
        pass


@pytest.mark.parametrize(("fraction", "kept"), [(1.0000001, 1.0), (-0.1, 0.0), (float("nan"), 0.0), (None, None)])
def test_a_fraction_is_cut_to_its_range(writer, run, fraction, kept):
    writer.event("fit", fraction, loss=float("nan"))
    assert run.events()[0].fraction == kept
    assert run.events()[0].metrics == {"loss": None}
