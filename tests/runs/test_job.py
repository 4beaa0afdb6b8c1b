"""Running a request in this process, and which studies there are."""

import doctest
import errno
import subprocess
import sys

import pytest

import casestudies
from casestudies import runs
from casestudies.errors import CaseError, ConfigError, DataError, RunError, UsageError
from casestudies.runs import Limits, State, comparison, execute, studies
from casestudies.runs.limits import explained
from casestudies.runs.studies import load


@pytest.fixture
def perform(store, toy):
    def run(behaviour, **options):
        request = toy(behaviour)
        return execute(request, store.create("toy", request), **options)

    return run


def test_a_request_becomes_a_finished_run(perform):
    seen = []
    run = perform("write", on_event=seen.append)
    assert run.state == State.DONE
    assert run.verify() == []
    assert run.manifest()["seed"] == 7
    assert [event.stage for event in seen] == ["fit", "explain"]
    assert run.events() == seen


def test_an_error_of_the_study_is_recorded_and_raised(perform, store):
    with pytest.raises(ZeroDivisionError):
        perform("fail")
    assert store.get("latest").state == State.FAILED


def test_memory_that_runs_out_in_this_process_is_one_line(perform, store):
    with pytest.raises(RunError, match="this machine has too little free memory"):
        perform("exhaust")
    assert store.get("latest").error()["code"] == 7


def test_a_cancel_before_the_first_step_trains_nothing(store, toy):
    run = store.create("toy", toy("fail"))
    run.cancel()
    with pytest.raises(CaseError, match="cancelled"):
        execute(run.request(), run)
    assert run.state == State.CANCELLED


@pytest.mark.parametrize("name", ["nothing", "../toy", "os", "runs", "toy.study", "", None, "Toy"])
def test_only_studies_are_imported(store, toy, name):
    run = store.create("toy", toy("write"))
    with pytest.raises(UsageError, match="there is no study"):
        execute({"study": name}, run)
    assert run.state == State.FAILED


def test_studies_are_found_without_being_imported(tmp_path, monkeypatch):
    for name in ("alpha", "beta", "Upper", "_private", "empty"):
        (tmp_path / name).mkdir()
        if name != "empty":
            (tmp_path / name / "study.py").write_text("raise RuntimeError('imported')")
    monkeypatch.setattr(casestudies, "__path__", [str(tmp_path), str(tmp_path / "not there")])
    assert studies() == ["alpha", "beta"]


def test_a_study_without_its_object_is_our_fault(tmp_path, monkeypatch):
    (tmp_path / "hollow").mkdir()
    (tmp_path / "hollow" / "study.py").write_text("")
    monkeypatch.setattr(casestudies, "__path__", [str(tmp_path)])
    with pytest.raises(CaseError, match="casestudies.hollow.study: defines no STUDY"):
        load("hollow")


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        OSError(errno.ENOMEM, "Cannot allocate memory"),
        RuntimeError("[enforce fail at alloc_cpu.cpp:124] err == 0. DefaultCPUAllocator: can't allocate memory"),
        ValueError("std::bad_alloc"),
    ],
)
def test_too_little_memory_is_told_in_one_way_whoever_ran_out(error):
    with pytest.raises(ConfigError, match=r"^run.memory_mb: the run needs more than 5 MB"), explained(Limits(1, 5)):
        raise error
    with pytest.raises(RunError, match=r"^this machine has too little free memory"), explained():
        raise error


def test_a_disk_that_is_full_is_told_in_one_way_whoever_wrote():
    with pytest.raises(RunError, match=r"^model.txt: the disk is full; free space"), explained():
        raise OSError(errno.ENOSPC, "No space left on device", "model.txt")


@pytest.mark.parametrize("error", [FileNotFoundError(errno.ENOENT, "no", "loans.csv"), ValueError("x"), DataError("x")])
def test_other_errors_are_left_as_they_are(error):
    with pytest.raises(type(error)) as caught, explained(Limits()):
        raise error
    assert caught.value is error


def test_limits_come_from_the_config_and_have_defaults():
    assert Limits.of({}) == Limits(threads=1, memory_mb=4000, seconds=1800)
    assert Limits.of({"config": {"run": {"threads": 2, "other": 1}}}) == Limits(threads=2)
    assert Limits(threads=3).environment()["OPENBLAS_NUM_THREADS"] == "3"


@pytest.mark.parametrize("value", [0, -1, 1.5, True, "4", None, 10**9])
def test_a_limit_is_a_whole_number(value):
    with pytest.raises(ConfigError, match=r"run.seconds: is '.*'; write a whole number from 1 to 1000000"):
        Limits.of({"config": {"run": {"seconds": value}}})


@pytest.mark.parametrize("module", [runs, comparison])
def test_examples_in_the_docstrings_hold(module):
    done = doctest.testmod(module)
    assert done.attempted > 0
    assert done.failed == 0


def test_the_room_loads_the_standard_library_only():
    code = "import sys, casestudies.runs; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    bare = subprocess.run(
        [sys.executable, "-c", code.replace(", casestudies.runs", "")], capture_output=True, text=True, check=True
    )
    assert loaded - set(bare.stdout.split()) - sys.stdlib_module_names == {"casestudies"}


def test_a_verb_is_worked_by_the_study_as_it_is_for_it(store, toy):
    folder = store.create("toy", {**toy("write"), "verb": "again"})
    execute(folder.request(), folder)
    assert folder.verb == "again"
    assert folder.read_json("again.json") == {"of": "write"}
    assert store.create("toy", toy("write")).verb == "run"
