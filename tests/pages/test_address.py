import json

import pytest

from casestudies.pages import address
from casestudies.pages.fields import fields, flat
from casestudies.workflow.studies import get_study


def test_settings_come_back_from_the_address_as_they_were(visitor):
    settings = {"cost": {"fn": "0.6 * credit_line", "fp": 100}, "seed": 3}
    app = visitor.open("train", settings=json.dumps(settings))
    assert json.loads(app.query_params["settings"]) == settings
    assert app.text_input(key="train:credit:demo:cost.fn").value == "0.6 * credit_line"


@pytest.mark.parametrize(
    "settings",
    [{"data": {"path": "/etc/passwd"}}, {"report": {"logo": "/a.png"}}, {"data": {"files": {"items": "/x"}}}],
)
def test_an_address_cannot_name_a_file_of_this_computer(visitor, settings):
    for page in ("data", "train"):
        app = visitor.open(page, settings=json.dumps(settings))
        assert "cannot be set from a browser" in app.error[0].value.replace("\\", "")
        assert not app.button


@pytest.mark.parametrize("settings", ["{", "[1]", "x" * 9_000, '{"seed": ' + "[" * 3_000])
def test_settings_that_are_none_are_refused_in_a_line(visitor, settings):
    app = visitor.open("train", settings=settings)
    assert "the settings cannot be read" in app.error[0].value


@pytest.mark.parametrize("data", ["../outside", "outside", "0" * 64, ""])
def test_an_upload_is_found_by_its_hash_alone(visitor, store, data):
    for folder in (store / "outside", store / ".uploads" / "outside"):
        folder.mkdir(parents=True)
        (folder / "secret.csv").write_text("a,b\n1,2\n")
    told = visitor.words(visitor.open("data", data=data))
    assert "secret.csv" not in told
    assert "is gone" in told


def test_an_unknown_study_or_run_is_said(visitor, run):
    assert "do not show a study" in visitor.open("data", study="nothing").error[0].value
    assert "there is no run" in visitor.open("results", run="20260101T000000-abcdef").error[0].value
    assert "is not the path of a run" in visitor.open("results", run="../../x").error[0].value


def test_with_more_studies_than_one_there_is_a_way_from_one_to_the_other(visitor, monkeypatch):
    monkeypatch.setattr("casestudies.pages.address.studies", lambda: ["credit", "second"])
    app = visitor.open("data")
    assert app.query_params["study"] == "credit"
    switch = next(box for box in app.selectbox if box.label == "Study")
    assert switch.options == ["Credit", "Second"]
    switch.set_value("second").run()
    assert "there is no study" in app.error[0].value  # this one is only pretended
    assert not any(box.label == "Study" for box in visitor.open("data", "credit").selectbox)


def test_nested_and_flat_are_each_others_reverse():
    leaves = {field.key for field in fields(get_study("credit").settings)}
    told = {"cost.fn": 5, "data.map": {"income": "a.b"}, "model.trees.leaves": 7, "seed": 1}
    assert flat(address.nested(told), leaves) == told
