"""A search from the Train page: what is asked, how it goes, and going on with one that was stopped."""

import json

import pytest

from casestudies.runs import RunStore

pytest.importorskip("optuna")

SMALL = {"demo": {"rows": 400}, "model": {"candidates": ["logistic"]}, "split": {"folds": 2}, "report": {"formats": []}}


def button(app, label):
    return next((found for found in app.button if found.label == label), None)


def wait_for(run, seconds=120):
    import time

    end = time.monotonic() + seconds
    while run.state.active and time.monotonic() < end:
        time.sleep(0.1)


def test_a_search_starts_from_the_page_and_ends_as_a_run(visitor, store):
    app = visitor.open("train", settings=json.dumps(SMALL))
    next(found for found in app.number_input if found.label == "Trials").set_value(2)
    button(app, "Tune").click().run()
    assert not app.exception
    (run,) = RunStore(store).all()
    assert run.verb == "tune"
    assert run.request()["tune"] == {"budget": "2", "method": "auto", "goals": ["cost"], "nested": 0, "search": []}
    wait_for(run)
    assert str(run.state) == "done"
    after = visitor.open("train", run=run.id)
    assert "gained on the defaults, in cross-validation" in visitor.words(after)
    results = visitor.open("results", run=run.id)
    assert not results.exception
    assert "The settings to copy" in [tab.label for tab in results.tabs]
    report = visitor.open("report", run=run.id)
    assert "Download tuned.yaml" in [found.proto.label for found in report.get("download_button")]
    explain = visitor.open("explain", run=run.id)
    assert not explain.exception
    assert "There is no model of its own here" in visitor.words(explain)


def test_a_cancelled_search_can_go_on(visitor, store):
    app = visitor.open("train", settings=json.dumps({**SMALL, "demo": {"rows": 3000}}))
    next(found for found in app.number_input if found.label == "Trials").set_value(300)
    button(app, "Tune").click().run()
    (run,) = RunStore(store).all()
    import time

    end = time.monotonic() + 60
    while not (run.path / "journal.jsonl").is_file() and time.monotonic() < end:
        time.sleep(0.1)
    run.cancel()
    wait_for(run)
    assert str(run.state) == "cancelled"
    app = visitor.open("train", run=run.id)
    button(app, "Go on with the search").click().run()
    newest = RunStore(store).all()[0]
    assert newest.id != run.id
    assert newest.request()["resume"] == str(run.path.absolute())
    newest.cancel()
    wait_for(newest)
