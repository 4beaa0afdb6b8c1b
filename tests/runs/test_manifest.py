"""A run is whole, or `verify` says what is wrong with it."""

import hashlib
import json
import os
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casestudies.errors import CaseError
from casestudies.runs import RunWriter, State
from casestudies.runs.manifest import is_inside


@pytest.fixture
def run(store):
    run = store.create("credit", {"config": {}})
    with RunWriter(run) as writer:
        writer.write_json("metrics.json", {"models": {}})
        writer.write_bytes("model/weights.npz", bytes(range(256)))
        writer.finish()
    return run


def edit(run, change):
    value = json.loads((run.path / "manifest.json").read_text())
    change(value)
    (run.path / "manifest.json").write_text(json.dumps(value))


def test_the_hashes_are_those_of_sha256sum(run):
    done = subprocess.run(["sha256sum", "model/weights.npz"], cwd=run.path, capture_output=True, text=True, check=True)
    assert run.manifest()["files"]["model/weights.npz"] == {"bytes": 256, "sha256": done.stdout.split()[0]}


def test_every_changed_byte_is_found(run):
    path = run.path / "model" / "weights.npz"
    data = bytearray(path.read_bytes())
    for position in range(len(data)):
        data[position] ^= 1
        path.write_bytes(data)
        assert run.verify() == ["model/weights.npz: was changed: another SHA-256"]
        data[position] ^= 1
    path.write_bytes(data)
    assert run.verify() == []


def outside(run):
    path = run.path.parent / "secret.json"
    path.write_text("{}")
    return path


def listed(name):
    entry = {"bytes": 2, "sha256": hashlib.sha256(b"{}").hexdigest()}
    return lambda run: (outside(run), edit(run, lambda value: value["files"].update({name: entry})))


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (lambda run: (run.path / "metrics.json").unlink(), "metrics.json: is missing"),
        (lambda run: (run.path / "metrics.json").write_text("{}"), "metrics.json: has 2 bytes, not 19"),
        (lambda run: (run.path / "model" / "more.json").write_text("{}"), "model/more.json: is not listed"),
        (lambda run: (run.path / "error.json").write_text("{}"), "error.json: is not listed"),
        (lambda run: (run.path / "model" / "m.pkl").write_text(""), "model/m.pkl: is not a file format of ours"),
        (lambda run: (run.path / "link.json").symlink_to(outside(run)), "link.json: is a link"),
        (lambda run: (run.path / "data").symlink_to(run.path.parent), "data: is a link"),
        (lambda run: os.mkfifo(run.path / "pipe.json"), "pipe.json: is a link or a device"),
        (listed("../secret.json"), "lists '../secret.json', which is not a name inside the folder"),
        (listed("/etc/passwd"), "lists '/etc/passwd', which is not a name inside the folder"),
        (listed("worker.log"), "lists 'worker.log', which is not a name"),
        (listed("gone\n.json"), r"lists 'gone\n.json', which is not a name"),
        (lambda run: edit(run, lambda value: value.update(files=[])), "lists no files"),
        (lambda run: edit(run, lambda value: value.update(format=2)), "has format '2', not 1"),
        (lambda run: edit(run, lambda value: value["files"].update({"metrics.json": 7})), "has no size and SHA-256"),
        (lambda run: (run.path / "manifest.json").write_text("{"), "is not whole JSON"),
        (lambda run: (run.path / "manifest.json").write_text("[]"), "lists no files"),
        (lambda run: (run.path / "manifest.json").unlink(), "there is no manifest.json"),
    ],
)
def test_a_run_that_is_not_as_it_was_made_is_told(run, damage, problem):
    damage(run)
    found = run.verify()
    assert [line for line in found if problem in line], found
    assert not any("\n" in line for line in found)


def test_a_listed_link_is_not_followed(run):
    path = run.path / "metrics.json"
    data = path.read_bytes()
    path.unlink()
    (run.path.parent / "same.json").write_bytes(data)
    path.symlink_to(run.path.parent / "same.json")
    assert run.verify() == ["metrics.json: is a link or a device, not a file of ours", "metrics.json: is missing"]


def test_how_a_run_went_may_be_told_after_its_end(run):
    (run.path / "worker.log").write_text("a warning at exit")
    (run.path / "cancel").touch()
    assert run.verify() == []
    assert run.state == State.DONE


def test_a_study_that_leaves_a_strange_file_does_not_finish(store):
    run = store.create("credit", {})
    with RunWriter(run) as writer:
        writer.path("model/m.json").with_suffix(".pkl").write_text("")
        with pytest.raises(CaseError, match=r"model/m.pkl: is not a file format of ours"):
            writer.finish()
    assert run.state == State.FAILED


@given(st.text(st.sampled_from("./\\a\0:~ \n"), max_size=8) | st.text(max_size=8))
def test_a_name_inside_resolves_inside(name):
    if is_inside(name):
        assert os.path.normpath(f"/run/{name}").startswith("/run/")
        assert not set(name) & set("\\\0:~\n")
