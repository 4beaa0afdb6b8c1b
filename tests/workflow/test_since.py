"""Since the last run: which run that is, what is said of it, and that a run's own report knows nothing of it."""

from __future__ import annotations

import re
import shutil

import pandas as pd
import pytest

import casestudies
from casestudies.errors import RunError, UsageError
from casestudies.report import Heading, Table, Text
from casestudies.runs import RunFolder, RunStore
from casestudies.workflow.reporting import build_report
from casestudies.workflow.sections.since import since_blocks
from casestudies.workflow.since import last_before, same_data, since

QUICK = (
    "demo.rows=800",
    "analyse=[]",
    "interval.rounds=100",
    "explain.rows=50",
    "explain.cases=1",
    "report.formats=[html]",
    "explain.lime.samples=100",
)
CANDIDATE = ("model.candidates=[logistic]",)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def runs(root):
    """Three runs of the demo: the second changed a price, the third nothing."""
    asked = ((), ("cost.fp=300",), ("cost.fp=300",))
    return [casestudies.run("credit", overrides=(*QUICK, *CANDIDATE, *more), runs=root, variables={}) for more in asked]


@pytest.fixture(scope="module")
def store(root):
    return RunStore(root)


def test_the_last_run_is_the_newest_before_it_on_the_same_data(runs, store):
    first, second, third = (run.folder for run in runs)
    everything = store.all("credit")
    assert last_before(third, everything).id == second.id
    assert last_before(second, everything).id == first.id
    assert last_before(first, everything) is None
    assert same_data(first, third)


def test_other_data_is_not_the_last_run(runs, root, store, tmp_path):
    from casestudies.credit.study import STUDY
    from casestudies.workflow.load import demo_csv

    demo = STUDY.demo(800, 1)
    (tmp_path / "other.csv").write_bytes(demo_csv(demo.frame))
    config = {**demo.defaults, "data": {**demo.defaults["data"], "path": str(tmp_path / "other.csv")}}
    other = casestudies.run("credit", config=config, overrides=(*QUICK[1:], *CANDIDATE), runs=root, variables={})
    assert last_before(other.folder, store.all("credit")) is None
    with pytest.raises(UsageError, match="no earlier finished run of credit on the same data"):
        since(other.folder, "last", store)


def test_figures_then_and_now_and_what_was_set_otherwise(runs, store):
    blocks = since_blocks(since(runs[1].folder, "last", store))
    assert isinstance(blocks[0], Heading)
    assert blocks[0].text == "Since the last run"
    figures, settings = (block for block in blocks if isinstance(block, Table))
    assert [row for row in settings.rows if row[0] == "cost.fp"] == [("cost.fp", "200.0", "300.0")] or settings.rows[0][
        0
    ] == "cost.fp"
    auc = next(row for row in figures.rows if row[0].startswith("AUC"))
    now = runs[1].metrics["models"][runs[1].metrics["champion"]]["auc"]["value"]
    assert auc[2].startswith(f"{now:.4f}"[:5])
    assert re.search(r"same [\d,]+ applications", " ".join(block.text for block in blocks if isinstance(block, Text)))


def test_the_same_run_again_says_so(runs, store):
    _, text = since_blocks(since(runs[2].folder, "last", store))
    assert text.text.startswith("Nothing: settings, data and versions are those of the last run")


def test_a_runs_own_report_says_nothing_of_it(runs):
    second, third = (run.folder for run in runs[1:])
    assert (second.path / "report.html").read_bytes() == (third.path / "report.html").read_bytes()
    assert b"Since the last run" not in (third.path / "report.html").read_bytes()


def test_the_report_tells_it_at_the_end_of_the_summary_where_it_is_asked_for(runs, tmp_path, store):
    (path,) = runs[1].report(["html"], out=tmp_path, since="last")
    assert "Since the last run" in path.read_text("utf-8")
    (named,) = runs[1].report(["html"], out=tmp_path / "named", since=runs[0].id)
    assert named.read_bytes() == path.read_bytes()
    report = build_report(runs[1].folder, runs[1].study, since=since(runs[1].folder, "last", store))
    titles = [block.text for block in report.sections[0].blocks if isinstance(block, Heading)]
    assert titles[-1] == "Since the last run"


def test_a_finished_run_is_not_written_into(runs):
    with pytest.raises(UsageError, match="never changed"):
        runs[1].report(["html"], since="last")


@pytest.mark.parametrize(("text", "complaint"), [("nowhere", "there is no run"), ("itself", "is the run itself")])
def test_what_cannot_be_compared_is_said_in_a_line(runs, store, text, complaint):
    named = runs[0].id if text == "itself" else text
    with pytest.raises((UsageError, RunError), match=complaint):
        since(runs[0].folder, named, store)


def test_a_last_run_whose_files_were_changed_is_not_told(runs, root, tmp_path_factory):
    home = tmp_path_factory.mktemp("changed") / "runs"
    shutil.copytree(root, home)
    first, second = (RunFolder(home / "credit" / run.id) for run in runs[:2])
    frame = pd.read_parquet(first.path / "predictions.parquet")
    frame.assign(y=0.0).to_parquet(first.path / "predictions.parquet", index=False)
    with pytest.raises(RunError, match="changed folder"):
        since(second, first.id, RunStore(home))
