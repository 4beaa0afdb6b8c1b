"""An evaluation on the pages: read like a run, found from its run and leading back to it."""

import pytest

from casestudies.api import Run
from casestudies.pages.evaluating import evaluations
from casestudies.workflow.studies import get_study


@pytest.fixture
def evaluation(run):
    """Of 900 other applications, beside the run."""
    later = get_study("credit").demo(900, 21).frame
    return Run(run).evaluate(later, overrides=["report.formats=[]", "interval.rounds=100"], variables={})


def links(app):
    return {link.proto.label: link.proto.query_string for link in app.get("page_link")}


def test_results_show_the_verdict_first_and_lead_to_the_run(visitor, run, evaluation):
    app = visitor.open("results", run=evaluation.id)
    assert not app.exception
    assert app.metric[0].value.replace("\\", "") == evaluation.verdict
    words = visitor.words(app)
    assert "Promised and delivered" in words
    assert "This is an evaluation" in words
    assert run.id in links(app)["The run that is judged"]
    assert "Why: the explanations" not in links(app)


def test_a_run_lists_its_evaluations_and_asks_for_rows(visitor, run, evaluation):
    assert [one.id for one in evaluations(run)] == [evaluation.id]
    app = visitor.open("results", run=run.id)
    assert not app.exception
    words = visitor.words(app)
    assert "Evaluate on labelled rows" in words
    assert f"evaluated, {evaluation.verdict}: " in words
    assert evaluation.id in links(app)["Open"]


def test_other_pages_of_an_evaluation_say_what_there_is(visitor, run, evaluation):
    explained = visitor.open("explain", run=evaluation.id)
    assert not explained.exception
    assert "no model of its own" in visitor.words(explained)
    assert run.id in links(explained)["The explanations of its run"]
    for page in ("report", "runs", "groups"):
        app = visitor.open(page, **({} if page == "runs" else {"run": evaluation.id}))
        assert not app.exception
        assert not app.error
