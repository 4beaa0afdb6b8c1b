import json
import time

import pytest

from casestudies.errors import RunError
from casestudies.runs import RunFolder, RunStore, RunWriter

SMALL = {
    "demo": {"rows": 400},
    "interval": {"rounds": 100},
    "explain": {"rows": 60, "lime": {"samples": 200, "seeds": 2}},
}


def button(app, label):
    return next((found for found in app.button if found.label == label), None)


def links(app):
    return {link.proto.label.replace("\\", ""): link.proto for link in app.get("page_link")}


def lose(run: RunFolder) -> None:
    """A process that is gone claimed the run."""
    (run.path / "process.json").write_text('{"pid": 999999999, "start": "boot:1", "worker": true}')


def wait_for(run: RunFolder, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while run.state.active and time.monotonic() < end:
        time.sleep(0.05)


def test_a_run_starts_in_a_process_of_its_own_is_found_again_and_cancelled(visitor, store):
    app = visitor.open("train", settings=json.dumps(SMALL))
    button(app, "Start").click().run()
    (run,) = RunStore(store).all()
    assert run.state.active
    assert run.request()["config"]["demo"]["rows"] == 400
    assert run.request()["origins"]["demo.rows"] == "given"
    other = visitor.open("train", run=run.id)  # another browser, the same address
    assert other.title[0].value == "A run"
    assert "Synthetic data" in visitor.words(other)
    button(other, "Cancel").click().run()
    wait_for(run)
    assert str(run.state) == "cancelled"
    app.run()
    assert "Cancelled" in visitor.words(app)
    assert "Start another run" in links(app)
    assert button(app, "Cancel") is None


def test_a_finished_run_leads_to_its_results(visitor, run):
    app = visitor.open("train", run=run.id)
    assert "Done: " in app.success[0].value.replace("\\", "")
    assert "saved against the best constant decision" in visitor.words(app)
    assert links(app)["Open results"].query_string == f"run={run.id}"
    assert "fit" in visitor.words(app)


def test_a_failed_run_shows_its_one_line_and_a_lost_one_says_so(visitor, store):
    failed = RunStore(store).create("credit", {"config": {}, "data": None})
    with pytest.raises(RunError), RunWriter(failed):
        raise RunError("the disk is full", where="/runs", advice="make room")
    app = visitor.open("train", run=failed.id)
    assert "the disk is full" in app.error[0].value
    lost = RunStore(store).create("credit", {"config": {}, "data": None})
    lose(lost)
    assert "left no word" in visitor.open("train", run=lost.id).error[0].value


def test_progress_is_read_from_the_folder(visitor, store):
    run = RunStore(store).create("credit", {"config": {}, "data": None})
    with RunWriter(run) as writer:
        writer.event("check", 0.0, "reading and checking the table")
        writer.event("fit", 0.25, "logistic, training part 2 of 5")
        app = visitor.open("train", run=run.id)
        assert "✓ Check" in visitor.words(app)
        bar = app.get("progress")[0].proto
        assert bar.value == 25
        assert bar.text.replace("\\", "").startswith("Fit: logistic, training part 2 of 5")
        writer.event("explain", 0.9, "case 3")
        app.run()
        assert app.get("progress")[0].proto.value == 90
        assert "✓ Fit" in visitor.words(app)


def test_at_most_two_runs_work_at_one_time_and_it_is_said(visitor, store):
    running = [
        RunStore(store).create("credit", {"config": {}, "data": None}) for _ in range(2)
    ]  # starting: seconds old
    app = visitor.open("train")
    assert "At most 2 runs work at one time; 2 do now." in visitor.words(app)
    assert button(app, "Start").disabled
    assert {link.proto.query_string for link in app.get("page_link")} >= {
        f"study=credit&run={run.id}" for run in running
    }


def test_a_setting_out_of_range_is_said_below_its_input_before_any_start(visitor):
    app = visitor.open("train")
    app.text_input(key="train:credit:demo:decide.rule").set_value("guess").run()
    button(app, "Start").click().run()
    assert any("unknown rule" in error.value for error in app.error)
    app.text_input(key="train:credit:demo:decide.rule").set_value("bmr").run()
    app.text_input(key="train:credit:demo:cost.fn").set_value("[1, 2]").run()
    assert any("cost.fn" in error.value.replace("\\", "") for error in app.error)
    assert button(app, "Start").disabled


def test_an_error_of_the_table_is_said_before_the_start(visitor, store):
    path = RunStore(store).keep_upload(b"a,b\n1,yes\n2,no\n", "tiny.csv")
    settings = {"data": {"target": "b", "positive": "maybe"}}
    app = visitor.open("train", data=path.parent.name, settings=json.dumps(settings))
    assert "tiny.csv" in visitor.words(app)
    button(app, "Start").click().run()
    assert "maybe" in app.error[0].value
    assert RunStore(store).all() == []


def test_the_settings_of_the_data_page_go_through_unchanged(visitor, store):
    path = RunStore(store).keep_upload(b"a,b\n1,yes\n2,no\n", "tiny.csv")
    settings = {"data": {"target": "b", "positive": "yes", "map": {"income": "a"}}, "cost": {"fn": 5, "fp": 1}}
    app = visitor.open("train", data=path.parent.name, settings=json.dumps(settings))
    key = next(field.key for field in app.number_input if field.key.endswith(":seed"))
    app.number_input(key=key).set_value(7).run()
    assert json.loads(app.query_params["settings"]) == {**settings, "seed": 7}
    assert app.query_params["data"] == path.parent.name


def test_an_upload_left_by_a_killed_worker_is_erased(visitor, store):
    path = RunStore(store).keep_upload(b"a,b\n1,yes\n", "tiny.csv")
    run = RunStore(store).create("credit", {"config": {}, "data": str(path)})
    lose(run)
    visitor.open("train", run=run.id)
    assert not path.exists()
