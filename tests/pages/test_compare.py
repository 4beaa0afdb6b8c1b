"""The Compare page: which runs the address names, what can be chosen, what can be taken away."""

import json
import shutil

import pytest

from casestudies.runs import RunFolder
from casestudies.workflow.compared import compared


@pytest.fixture
def two(run) -> list[RunFolder]:
    """The run, and an older copy of it that is judged as other prices would have it."""
    older = run.path.with_name("20200101T000000-000000")
    shutil.copytree(run.path, older)
    return [RunFolder(older), run]


def links(app):
    return {link.proto.label: link.proto.query_string for link in app.get("page_link")}


def test_without_an_address_the_newest_run_stands_beside_the_one_before_it(visitor, two):
    app = visitor.open("compare")
    assert not app.exception
    assert app.multiselect[0].value == [one.id for one in two]
    assert app.query_params["runs"] == ",".join(one.id for one in two)
    said = visitor.words(app)
    assert "the differences are paired" in said
    assert "Every setting is the same" in said


def test_the_address_says_which_and_in_which_order(visitor, two):
    app = visitor.open("compare", runs=f"{two[1].id},{two[0].id}")
    assert app.multiselect[0].value == [two[1].id, two[0].id]
    assert links(app)["Results of A"] == f"run={two[1].id}"
    app.multiselect[0].set_value([two[0].id]).run()
    assert "Choose at least two runs" in visitor.words(app)
    assert app.query_params["runs"] == two[0].id


def test_what_is_taken_away_is_the_comparison(visitor, two):
    app = visitor.open("compare")
    labels = [button.label for button in app.get("download_button")]
    assert labels == ["Download HTML", "Download PDF", "Download JSON"]
    told = json.loads(json.dumps(compared(two).to_dict()))
    assert told["pairs"][0]["differences"]["auc"]["verdict"] == "same"
    assert links(app)["Results of A"] == f"run={two[0].id}"


def test_a_run_that_is_not_there_is_named(visitor, two):
    said = visitor.words(visitor.open("compare", runs=f"{two[0].id},20990101T000000-000000"))
    assert "there is no run" in said
    assert "20990101T000000-000000" in said


def test_one_run_alone_has_nothing_beside_it(visitor, run):
    assert "fewer than two finished runs" in visitor.words(visitor.open("compare", study="credit"))


def test_results_and_runs_lead_to_it(visitor, two):
    both = f"runs={two[0].id}%2C{two[1].id}"
    assert links(visitor.open("results", run=two[1].id))["Compare with other runs"] == both
    assert links(visitor.open("runs"))["Compare"].startswith("runs=")
