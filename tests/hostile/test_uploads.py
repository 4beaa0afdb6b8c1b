"""Two uploads of 60,000 rows that differ in one cell: nothing that is remembered of the one may be shown for the other."""

from __future__ import annotations

import json
import time

import pandas as pd
import pytest

pytest.importorskip("streamlit")

from streamlit import config
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from casestudies.credit.demo import demo
from casestudies.pages import jobs, tables
from casestudies.runs import RunStore, State
from casestudies.workflow.load import demo_csv
from casestudies.workflow.studies import get_study

ROWS, FAR = 60_000, 51_234  # a row that no sample of the first thousands would hold
LEAN = {
    "model": {"candidates": ["logistic"]},
    "interval": {"rounds": 100},
    "explain": {"rows": 50, "cases": 1, "lime": {"samples": 200, "seeds": 2}},
    "analyse": [],
    "report": {"formats": []},
}


def pages():
    from casestudies.pages.main import main

    main(None)


@pytest.fixture(scope="module")
def contents():
    """The table; the same but for one amount; the same but for one label."""
    one = demo(None, 0).frame
    frame = pd.concat([one] * (ROWS // len(one) + 1), ignore_index=True).head(ROWS)
    frame["application"] = [f"A{row:06}" for row in range(ROWS)]
    line, label = frame["credit_line"].astype(object).copy(), frame["default"].astype(object).copy()
    line.iloc[FAR] = str(float(line.iloc[FAR]) + 1)  # the demo's cells are as a lender would type them
    label.iloc[FAR] = "perhaps"
    return [demo_csv(frame), demo_csv(frame.assign(credit_line=line)), demo_csv(frame.assign(default=label))]


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("CASESTUDIES_RUNS", str(tmp_path / "runs"))
    before = config.get_option("server.address")
    config.set_option("server.address", "127.0.0.1")
    yield RunStore(tmp_path / "runs")
    config.set_option("server.address", before)


def differing(one: bytes, other: bytes) -> int:
    return sum(a != b for a, b in zip(one.splitlines(), other.splitlines(), strict=True))


def test_the_files_differ_in_one_cell_and_in_no_byte_of_length(contents):
    first, amount, label = contents
    assert differing(first, amount) == 1
    assert differing(first, label) == 1


def test_the_page_that_checks_one_upload_does_not_show_the_other(contents, store):
    """In one session, under one name, with the same answers."""
    app = AppTest.from_function(pages, default_timeout=300)
    app.query_params = {"study": "credit"}
    app._page_hash = calc_hash("data")
    app.run()
    app.radio[0].set_value("My own file").run()
    told = {}
    for name, content in zip(("sound", "spoilt", "sound again"), (*contents[::2], contents[0]), strict=True):
        app.get("file_uploader")[0].set_value(("loans.csv", content, "text/csv"))
        app.run()
        positive = next(radio for radio in app.radio if str(radio.key).endswith(":data.positive:default"))
        positive.set_value("yes").run()
        told[name] = ([error.value for error in app.error], app.query_params["data"])
    assert not told["sound"][0]
    assert "1 error" in told["spoilt"][0][0]
    assert told["sound again"] == told["sound"]
    assert told["sound"][1] != told["spoilt"][1]


def test_what_is_remembered_goes_by_the_whole_file(contents, store):
    study, settings = get_study("credit"), {"data": {"target": "default", "positive": "yes"}}
    paths = [store.keep_upload(content, "loans.csv") for content in contents]
    assert len({path.parent for path in paths}) == 3
    assert len({tables.preview(study, path, settings).source.sha256 for path in paths}) == 3
    verdicts = [tables.verdict(study, path, settings, {}) for path in paths]
    assert [len(verdict.errors) for verdict in verdicts] == [0, 0, 1]
    assert verdicts[0] is not verdicts[1]


@pytest.mark.slow
def test_two_runs_of_them_have_two_results(contents, store):
    settings = {**LEAN, "data": {"target": "default", "positive": "yes", "time": "applied_on"}}
    runs = []
    for content in contents[:2]:
        path = store.keep_upload(content, "loans.csv")
        runs.append(jobs.start("credit", path, {**settings, "cost": {"fn": "credit_line", "fp": "100"}}, {}))
        end = time.monotonic() + 600
        while runs[-1].state.active and time.monotonic() < end:
            time.sleep(0.05)
    assert [run.state for run in runs] == [State.DONE, State.DONE], [run.error() for run in runs]
    manifests = [run.manifest() for run in runs]
    assert manifests[0]["data_sha256"] != manifests[1]["data_sha256"]
    assert manifests[0]["result_id"] != manifests[1]["result_id"]
    assert json.dumps(runs[0].read_json("metrics.json")) != json.dumps(runs[1].read_json("metrics.json"))
