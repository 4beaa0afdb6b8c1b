import pytest

from casestudies.errors import RunError
from casestudies.runs import RunStore, RunWriter


def labels(app, end):
    return [button for button in app.button if button.key and button.key.startswith(end)]


def test_each_run_is_told_with_state_data_headline_and_size(visitor, run, store):
    failed = RunStore(store).create("credit", {"config": {}, "data": "/x/loans.csv"})
    with pytest.raises(RunError), RunWriter(failed):
        raise RunError("the disk is full")
    told = visitor.words(visitor.open("runs"))
    assert "demo (synthetic)" in told
    assert "saved against the best constant decision" in told
    assert "loans.csv · the disk is full" in told
    assert "MB" in told
    assert told.index("the disk is full") < told.index("demo (synthetic)")  # newest first


def test_a_run_is_erased_only_when_it_is_confirmed(visitor, run, store):
    app = visitor.open("runs")
    labels(app, "delete:")[0].click().run()
    assert run.path.is_dir()
    assert "cannot be undone" in visitor.words(app)
    next(button for button in app.button if button.label == "Keep it").click().run()
    assert run.path.is_dir()
    labels(app, "delete:")[0].click().run()
    next(button for button in app.button if button.label == "Delete it").click().run()
    assert not run.path.exists()
    assert "There is no run yet" in visitor.words(app)


def test_a_damaged_folder_does_not_hide_the_others(visitor, run, store):
    damaged = RunStore(store).create("credit", {"config": {}, "data": None})
    (damaged.path / "request.json").write_text("{")
    told = visitor.words(visitor.open("runs"))
    assert "the folder is damaged" in told
    assert "demo (synthetic)" in told


def test_many_runs_come_in_pages(visitor, store):
    for _ in range(23):
        RunStore(store).create("credit", {"config": {}, "data": None})
    app = visitor.open("runs")
    assert len(labels(app, "delete:")) == 20
    app.number_input[0].set_value(2).run()
    assert len(labels(app, "delete:")) == 3


def test_home_has_a_card_for_each_study_and_opens_the_demo(visitor, run):
    app = visitor.open()
    told = visitor.words(app)
    assert "Will this applicant repay?" in told
    assert "The demo, on synthetic data" in told
    assert "Everything stays on this computer" in told
    labels(app, "demo:credit")[0].click().run()
    assert app.title[0].value == "Results"
    assert app.query_params["run"] == run.id


def test_a_door_to_one_study_shows_no_other(visitor, run):
    app = visitor.open("home", "credit")
    assert len(labels(app, "demo:")) == 1
    assert "do not show a study" in visitor.open("data", "credit", study="fraud").error[0].value
