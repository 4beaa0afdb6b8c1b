"""Creating, finding, limiting and erasing runs."""

import hashlib
import io
import os
import re
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from casestudies.errors import DataError, RunError
from casestudies.runs import RunFolder, RunStore, RunWriter, State, launch
from casestudies.runs.process import Process
from casestudies.runs.uploads import safe_name


def mode(path):
    return path.stat().st_mode & 0o777


def finished(store, study="credit"):
    run = store.create(study, {})
    with RunWriter(run) as writer:
        writer.finish()
    return run


def test_a_new_run_is_private_to_its_owner(store):
    old = os.umask(0)
    try:
        run = store.create("credit", {"data": None})
        with RunWriter(run) as writer:
            nested = writer.path("model/a/b.json").parent
    finally:
        os.umask(old)
    assert {mode(path) for path in (store.root, run.path.parent, run.path, nested)} == {0o700}
    assert re.fullmatch(r"\d{8}T\d{6}-[0-9a-f]{6}", run.id)
    assert run.study == "credit"
    assert run.request() == {"data": None, "study": "credit"}


def test_two_runs_never_share_a_folder(store, monkeypatch):
    chance = iter(["aaaaaa", "aaaaaa", "aaaaaa", "bbbbbb"])
    monkeypatch.setattr("casestudies.runs.store.secrets.token_hex", lambda _: next(chance))
    monkeypatch.setattr("casestudies.runs.store.datetime", Still)
    assert [store.create("credit", {}).id[-6:] for _ in range(2)] == ["aaaaaa", "bbbbbb"]


class Still:
    """A clock that stands still."""

    @staticmethod
    def now(zone):
        from datetime import datetime

        return datetime(2026, 1, 1, tzinfo=zone)


@pytest.mark.parametrize("study", ["", "..", "Credit", "a/b", ".uploads", "x" * 41, "a\0"])
def test_only_the_name_of_a_study_makes_a_folder(store, study):
    with pytest.raises(ValueError, match="cannot be the name of a study"):
        store.create(study, {})


def test_the_default_place_is_the_path_then_the_variable_then_here(monkeypatch, tmp_path):
    monkeypatch.delenv("CASESTUDIES_RUNS", raising=False)
    assert RunStore.default().root == Path("runs")
    monkeypatch.setenv("CASESTUDIES_RUNS", str(tmp_path))
    assert RunStore.default().root == tmp_path
    assert RunStore.default("elsewhere").root == Path("elsewhere")


def test_a_store_that_holds_nothing_makes_nothing(store):
    assert store.all() == []
    assert store.running() == []
    assert not store.root.exists()
    with pytest.raises(RunError, match="there is no run yet"):
        store.get("latest")


def test_a_run_is_found_by_id_study_and_id_path_and_latest(store, monkeypatch):
    old, new, churn = finished(store), finished(store), finished(store, "churn")
    monkeypatch.chdir(store.root.parent)
    for text in (old.id, f"credit/{old.id}", str(old.path), f"runs/credit/{old.id}", f"./runs/credit/{old.id}/"):
        assert store.get(text) == old, text
    assert RunStore("runs").get(str(old.path)).id == old.id
    assert store.get("latest") == churn
    assert store.get("credit/latest") == new
    assert store.all() == [churn, new, old]  # born in the same second
    assert store.all("credit") == [new, old]


def test_an_unknown_run_is_answered_with_the_nearest(store):
    run = finished(store)
    near = run.id[:-1] + ("0" if run.id[-1] != "0" else "1")
    with pytest.raises(RunError, match=rf"there is no run '{near}'; did you mean '{run.id}'\?; list them with"):
        store.get(near)
    with pytest.raises(RunError, match="there is no run of fraud yet"):
        store.get("fraud/latest")


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", ".", "..", "/", "~", "/etc", "/etc/passwd", "\0", "ID\0", "ID\n", "credit\\ID"),
        *("../x", "../latest", "../runs/credit/ID", "credit/../credit/ID", "ROOT/credit/../credit/ID"),
        *("credit", "credit/", "churn/ID", "ROOT/credit", ".uploads", ".trash", "OUT/credit/ID", "OUT/latest"),
        *("OUT/credit/INSIDE", "\0/credit/INSIDE"),
        *("linked/ID", "ROOT/linked/ID", "linked/latest", "LINK", "credit/LINK"),
    ],
)
def test_no_text_leads_out_of_the_store(store, tmp_path, text, monkeypatch):
    run, other = finished(store), finished(RunStore(tmp_path / "out"))
    (store.root / "linked").symlink_to(other.path.parent)
    link = "20260101T000000-00000f"
    (store.root / "credit" / link).symlink_to(other.path)
    monkeypatch.chdir(tmp_path)
    known = other.id if "linked" in text or "OUT" in text else run.id
    for name, value in {
        "INSIDE": run.id,
        "ID": known,
        "ROOT": store.root,
        "OUT": tmp_path / "out",
        "LINK": link,
    }.items():
        text = text.replace(name, str(value))
    with pytest.raises(RunError) as caught:
        store.get(text)
    assert "\n" not in str(caught.value)
    assert [found.id for found in store.all()] == [run.id]


def test_erasing_leaves_nothing_and_refuses_what_is_not_there(store, tmp_path):
    run, kept, other = finished(store), finished(store), finished(RunStore(tmp_path / "out"))
    (store.root / ".trash").mkdir()
    (store.root / ".trash" / "left-by-a-kill").mkdir()
    store.remove(RunFolder(run.path))
    assert store.all() == [kept]
    assert list((store.root / ".trash").iterdir()) == []
    for gone in (run, other, RunFolder(store.root)):
        with pytest.raises(RunError):
            store.remove(gone)
    assert other.verify() == []


def test_a_removal_that_is_killed_leaves_no_run(store, monkeypatch):
    run = finished(store)
    monkeypatch.setattr("casestudies.runs.store.shutil.rmtree", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        store.remove(run)
    assert store.all() == []


def test_racing_starters_never_pass_the_limit(store, toy, monkeypatch):
    """Two processes with three threads each want two places; the gap between counting and creating is made wide."""
    monkeypatch.setattr(launch, "COMMAND", ("sh", "-c", "exec sleep 60"))
    create = RunStore.create

    def slow(self, study, request):
        time.sleep(0.05)
        return create(self, study, request)

    monkeypatch.setattr(RunStore, "create", slow)

    def try_to_start(_):
        try:
            return store.start("toy", toy("wait"), limit=2).id
        except RunError:
            return None

    other = os.fork()
    if other == 0:
        with ThreadPoolExecutor(3) as pool:
            list(pool.map(try_to_start, range(3)))
        os._exit(0)
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(try_to_start, range(3)))
    os.waitpid(other, 0)
    runs = store.all()
    for run in runs:
        os.kill(Process.read(run.path).pid, signal.SIGKILL)
    assert len(runs) == 2


def test_a_run_on_its_way_counts_before_its_process_is_known(store, toy):
    store.create("toy", toy("wait"))
    assert [run.state for run in store.running()] == [State.STARTING]
    with pytest.raises(RunError, match="1 of 1 runs are active"):
        store.start("toy", toy("wait"), limit=1)


def test_an_upload_lies_under_its_hash_and_goes_with_its_job(store, toy):
    path = store.keep_upload(io.BytesIO(b"a,b\n"), "../../etc/Kredite März.csv")
    assert path == store.root / ".uploads" / hashlib.sha256(b"a,b\n").hexdigest() / "Kredite_März.csv"
    assert path.read_bytes() == b"a,b\n"
    assert mode(path.parent) == mode(store.root / ".uploads") == 0o700
    assert store.keep_upload(b"a,b\n", "Kredite März.csv") == path
    run = store.create("toy", toy("wait", data=str(path)))
    store.drop_upload(path)
    assert path.exists()  # a run still reads it
    with RunWriter(run) as writer:
        writer.finish()
    store.drop_upload(path)
    assert not path.parent.exists()


def test_an_upload_beyond_the_limit_is_refused_while_it_comes(store):
    class Endless(io.RawIOBase):
        taken = 0

        def read(self, size=-1):
            self.taken += size
            return b"x" * size

    endless = Endless()
    with pytest.raises(DataError, match=r"big.csv: is larger than 50 MB; run it from the command line"):
        store.keep_upload(endless, "big.csv")
    assert 50 * 2**20 < endless.taken < 52 * 2**20
    assert list((store.root / ".uploads").iterdir()) == []


def test_only_uploads_are_dropped(store, tmp_path):
    upload = store.keep_upload(b"a\n", "a.csv")
    mine = [tmp_path / "mine.csv", store.root / "mine.csv"]
    for path in mine:
        path.write_text("a\n")
    for path in (*mine, store.root, upload.parent, store.root / ".uploads" / ".." / "mine.csv"):
        store.drop_upload(path)
    assert all(path.exists() for path in (*mine, upload))


def test_uploads_nobody_used_go_after_a_day(store, toy):
    stale, used = (store.keep_upload(data, "a.csv") for data in (b"stale", b"used"))
    store.create("toy", toy("wait", data=str(used)))
    part = store.root / ".uploads" / ".0123.tmp"
    part.write_bytes(b"half")
    for path in (stale, used, part):
        os.utime(path, (time.time() - 90_000,) * 2)
    fresh = store.keep_upload(b"fresh", "a.csv")
    assert [path.exists() for path in (stale, stale.parent, part, used, fresh)] == [False, False, False, True, True]


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("a.csv", "a.csv"),
        ("дані.csv", "дані.csv"),
        ("C:\\x\\b c.csv", "b_c.csv"),
        ("../.bashrc", "bashrc"),
        ("=1+1.csv", "_1_1.csv"),
        ("x" * 300 + ".csv", "x" * 56 + ".csv"),
        ("a\0\n/..", "upload"),
        ("..", "upload"),
        ("", "upload"),
    ],
)
def test_a_name_is_kept_only_as_far_as_it_is_harmless(name, safe):
    assert safe_name(name) == safe


def test_waiting_starters_are_freed_when_the_holder_of_the_lock_dies(store, toy):
    reader, waker = os.pipe()
    holder = os.fork()
    if holder == 0:
        with store._locked():
            os.write(waker, b"x")
            time.sleep(60)
        os._exit(0)
    os.read(reader, 1)
    done = threading.Event()
    threading.Thread(target=lambda: (store.keep_upload(b"x", "x"), done.set()), daemon=True).start()
    assert not done.wait(0.1)
    os.kill(holder, signal.SIGKILL)
    os.waitpid(holder, 0)
    assert done.wait(5)
