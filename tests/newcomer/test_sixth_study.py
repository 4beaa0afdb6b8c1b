"""A sixth study, from the six files that docs/how-to/own-study.md prints, runs everywhere; no shared room knows it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import casestudies
from casestudies import cli

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "how-to" / "own-study.md"
FILES = {"__init__.py", "contract.py", "demo.py", "config.py", "study.py", "findings.py"}
QUICK = ("interval.rounds=100", "explain.rows=60", "explain.lime.samples=200", "explain.lime.seeds=2", "demo.rows=900")


def the_six() -> dict[str, str]:
    return dict(re.findall(r"\n`(\w+\.py)`\n\n```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.S))


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A folder with the study in it, where this process and every worker look for packages of the house."""
    folder = tmp_path_factory.mktemp("sixth")
    package = folder / "house" / "noshow"
    package.mkdir(parents=True)
    for name, content in the_six().items():
        (package / name).write_text(content, encoding="utf-8")
    (folder / "sitecustomize.py").write_text(
        f"import casestudies\ncasestudies.__path__.append({str(folder / 'house')!r})\n"
    )
    casestudies.__path__.append(str(folder / "house"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(folder))
        patch.setenv("OMP_NUM_THREADS", "1")
        patch.chdir(folder)
        yield folder
    casestudies.__path__.remove(str(folder / "house"))
    for name in [name for name in sys.modules if name.startswith("casestudies.noshow")]:
        del sys.modules[name]


@pytest.fixture(scope="module")
def run(home):
    return casestudies.run("noshow", overrides=QUICK, runs=home / "runs", variables={})


@pytest.fixture(scope="module")
def second(home, run):
    """The command line of another process, with a file."""
    run.study.demo(400, 1).frame.to_csv(home / "mine.csv", index=False)
    words = ["run", "noshow", "--data", "mine.csv", "--no-progress", "--runs", "runs", "--set", "report.formats=[]"]
    settings = ("data.target=missed", "data.positive=yes", "cost.fn=fee", "cost.fp=2", "model.candidates=[logistic]")
    words += [word for text in (*settings, "analyse=[]", *QUICK[:4]) for word in ("--set", text)]
    done = subprocess.run([sys.executable, "-m", "casestudies", *words], cwd=home, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return casestudies.open_run("latest", runs=home / "runs")


def said(capsys, *words):
    code = cli.main(words)
    told = capsys.readouterr()
    assert code == 0, told.err
    return told.out


def test_the_guide_prints_six_files():
    assert set(the_six()) == FILES


def test_no_file_of_the_house_knows_it():
    for path in (ROOT / "casestudies").rglob("*.py"):
        assert "noshow" not in path.read_text(encoding="utf-8"), path


def test_it_is_listed_described_and_has_a_template_that_checks(home, capsys):
    assert "Will this patient miss the appointment?" in said(capsys, "list")
    told = said(capsys, "schema", "noshow")
    assert "missed_before" in told
    assert "cost.fn" in told
    said(capsys, "template", "noshow", "--out", "mine")
    assert "0 errors" in said(capsys, "check", "noshow", "--config", "mine/noshow.yaml")


def test_it_runs_with_its_own_words_in_every_report(run):
    assert run.state == "done"
    assert run.study.headline(run.metrics)
    html = (run.path / "report.html").read_text(encoding="utf-8")
    assert "Missed appointments" in html
    assert "rung up" in html
    assert "not known to have come because of the call" in html
    assert (run.path / "report.pdf").read_bytes().startswith(b"%PDF-")


def test_a_stranger_to_this_process_runs_it_too(second):
    assert second.state == "done"
    assert second.metrics["champion"] == "logistic"


def test_new_rows_are_answered_in_its_words(home, run, capsys):
    new = run.study.demo(60, 5).frame.drop(columns="missed")
    new.to_csv(home / "tomorrow.csv", index=False)
    said(capsys, "predict", run.id, "--data", "tomorrow.csv", "--out", "calls.csv", "--runs", "runs")
    rows = pd.read_csv(home / "calls.csv")
    assert len(rows) == 60
    assert set(rows["decision"]) == {"ring up", "leave alone"}


def test_its_frozen_model_is_judged_on_later_rows(home, run, capsys):
    run.study.demo(700, 7).frame.to_csv(home / "last_month.csv", index=False)
    said(capsys, "evaluate", run.id, "--data", "last_month.csv", "--runs", "runs", "--no-progress")
    judged = casestudies.open_run("latest", runs=home / "runs")
    assert judged.verdict in ("keep", "recalibrate", "refit", "too few to say")


def test_the_report_is_written_again_and_the_folder_verifies(home, run, capsys):
    said(capsys, "report", run.id, "--runs", "runs", "--out", "again", "--format", "html")
    assert list((home / "again").glob("noshow-*.html"))
    said(capsys, "runs", "verify", run.id, "--runs", "runs")
    assert "noshow" in said(capsys, "runs", "list", "--runs", "runs")


@pytest.mark.parametrize("page", ["home", "data", "train", "results", "explain", "groups", "compare", "report", "runs"])
def test_every_page_shows_it(run, second, page, monkeypatch):
    pytest.importorskip("streamlit", reason="the extra app is not installed")
    from streamlit import config
    from streamlit.testing.v1 import AppTest
    from streamlit.util import calc_hash

    monkeypatch.setenv("CASESTUDIES_RUNS", str(run.path.parents[1]))
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    before = config.get_option("server.address")
    config.set_option("server.address", "127.0.0.1")
    try:
        app = AppTest.from_function(_script, args=(), default_timeout=60)
        several = {"compare": {"runs": f"{run.id},{second.id}"}, "home": {}, "data": {}, "train": {}}
        app.query_params = {"study": "noshow", **several.get(page, {"run": run.id})}
        app._page_hash = calc_hash("" if page == "home" else page)
        app.run()
    finally:
        config.set_option("server.address", before)
    assert not app.exception, app.exception
    assert not app.error, [error.value for error in app.error]
    texts = [
        element.value for kind in ("title", "header", "subheader", "markdown", "caption") for element in app.get(kind)
    ]
    links = [link.proto.label for link in app.get("page_link")]
    said = " ".join((*texts, *links)).lower()
    assert any(word in said for word in (("differences",) if page == "compare" else ("appointment", "noshow"))), said


def _script():
    from casestudies.pages.main import main

    main(None)
