"""The sliders of a study, and what a budget does to the single cut."""

import shutil
import time

import pytest

from casestudies.pages import reading
from casestudies.pages.cuts import is_a_choice
from casestudies.runs import RunFolder
from casestudies.workflow.studies import get_study

SMALL = {
    "demo": {"rows": 600},
    "model": {"candidates": ["logistic"]},
    "interval": {"rounds": 100},
    "explain": {"rows": 50, "cases": 1, "lime": {"samples": 200, "seeds": 2}},
    "analyse": ["campaign"],
    "report": {"formats": []},
}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    import casestudies

    return casestudies.run("churn", config=SMALL, runs=tmp_path_factory.mktemp("runs"), variables={})


@pytest.fixture
def churn(store, made):
    """A finished run of the churn demo, with a budget."""
    path = store / "churn" / made.id
    shutil.copytree(made.path, path)
    return RunFolder(path)


def tried(app):
    """The table beside the sliders, as HTML."""
    (table,) = [element.proto.body for element in app.get("html") if "Beside the run" in element.proto.body]
    return table


def test_every_lever_of_the_study_is_a_slider_at_the_runs_own_value(visitor, churn):
    app = visitor.open("results", run=churn.id)
    levers = get_study("churn").tryout.levers(reading.findings(churn))
    assert [slider.key for slider in app.slider] == [f"try-{lever.key}" for lever in levers]
    assert [slider.value for slider in app.slider] == pytest.approx([lever.start for lever in levers])
    assert "Every slider stands where the run stands." in visitor.words(app)
    assert app.button(key="try:back").disabled


def test_what_is_tried_stands_beside_what_was_recommended_and_goes_back(visitor, churn):
    app = visitor.open("results", run=churn.id)
    before = tried(app)
    app.slider(key="try-budget").set_value(0.0).run()
    assert tried(app) != before
    assert "Changed: Budget (EUR)." in visitor.words(app)
    app.button(key="try:back").click().run()
    assert tried(app) == before
    assert app.button(key="try:back").disabled


def test_a_value_comes_from_the_address(visitor, churn):
    app = visitor.open("results", run=churn.id, **{"try-budget": "0"})
    assert app.slider(key="try-budget").value == 0
    wrong = visitor.open("results", run=churn.id, **{"try-budget": "-7"})
    levers = {lever.key: lever for lever in get_study("churn").tryout.levers(reading.findings(churn))}
    assert wrong.slider(key="try-budget").value == levers["budget"].start
    assert not wrong.exception


def test_where_a_budget_decides_no_single_cut_is_offered(visitor, churn):
    """One threshold would act on more customers than the budget pays for."""
    app = visitor.open("results", run=churn.id, cut="0.3")
    assert not is_a_choice(reading.findings(churn))
    assert not any(header.value == "Try another cut" for header in app.header)
    report = visitor.open("report", run=churn.id, chosen="0.3")
    assert "as the run wrote it" in visitor.words(report)


def test_the_first_page_says_whom_to_contact_and_keeps_the_rest_folded(visitor, churn):
    app = visitor.open("results", run=churn.id)
    headers = [header.value for header in app.header]
    assert headers.index("Whom to contact") < headers.index("The list: contacts")
    assert "More: whom to contact" in [expander.label for expander in app.expander]


def test_a_move_of_a_slider_takes_little_of_the_server(churn):
    """Its share of the pages: the study's own sum on what the run keeps (the pages add about as much again)."""
    findings, tryout = reading.findings(churn), get_study("churn").tryout
    values = {lever.key: lever.start for lever in tryout.levers(findings)}
    tryout.told(findings, values)
    begun = time.process_time()
    for _ in range(5):
        tryout.told(findings, values | {"budget": 100.0})
    assert (time.process_time() - begun) / 5 < 0.05
